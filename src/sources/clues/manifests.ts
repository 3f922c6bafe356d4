import { refOf } from '../../kubernetes/objects.ts';
import { containsText } from '../../tree/contains-text.ts';
import type { Revision } from '../revision.ts';
import type { Wanted } from '../wanted.ts';
import { strongest, type Clue } from './clue.ts';

/** What may still change about the objects of a file before they are applied. */
export interface Reshaping {
  /** Something may be put before and after the names. */
  readonly extendsNames: boolean;
  /** What an object with a name of its own is where something may write another one: see {@link Clue}; else null. */
  readonly renamed: Clue | null;
  /** True where the namespace that an object names is not replaced. */
  readonly keepsNamespaces: boolean;
}

/** The objects of the kind in one file. What cannot be read may hold one, if it speaks of it. */
export function clueInFile(
  revision: Revision,
  file: string,
  wanted: Wanted,
  reshaping: Reshaping,
): Clue | null {
  const content = revision.tree.read(file);
  if (content === undefined || !containsText(content, wanted.kind)) return null;
  const { objects, problem } = revision.manifests(file);
  if (problem) return wanted.name === undefined || containsText(content, wanted.name) ? 'named' : 'open';
  return strongest(
    objects.map(({ object }): Clue | null => {
      if (object.kind !== wanted.kind) return null;
      const namespace = object.metadata.namespace;
      const isElsewhere =
        reshaping.keepsNamespaces &&
        typeof wanted.namespace === 'string' &&
        namespace !== undefined &&
        namespace !== wanted.namespace &&
        !namespace.includes('$');
      return isElsewhere ? null : clueInName(refOf(object).name, wanted.name, reshaping);
    }),
  );
}

function clueInName(
  written: string,
  wanted: string | undefined,
  { extendsNames, renamed }: Reshaping,
): Clue | null {
  if (wanted === undefined || written === wanted) return 'named';
  if (extendsNames && wanted.includes(written)) return 'named';
  // A variable is filled in later.
  return written.includes('$') ? 'related' : renamed;
}
