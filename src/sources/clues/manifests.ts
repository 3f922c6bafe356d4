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
  if (!mentionsKind(revision, file, wanted.kind)) return null;
  const { objects, problem } = revision.manifests(file);
  if (problem) return clueInUnreadable(revision, file, wanted);
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

function clueInUnreadable({ tree }: Revision, file: string, { name }: Wanted): Clue {
  return name === undefined || containsText(tree.read(file) ?? Buffer.of(), name) ? 'named' : 'open';
}

/** By the kinds that were asked for, and the files: object after object is looked for in the same files. */
const MENTIONS = new WeakMap<Revision, Map<string, Map<string, boolean>>>();

function mentionsKind(revision: Revision, file: string, kind: string): boolean {
  const kinds = MENTIONS.get(revision) ?? new Map<string, Map<string, boolean>>();
  MENTIONS.set(revision, kinds);
  const files = kinds.get(kind) ?? new Map<string, boolean>();
  kinds.set(kind, files);
  const known = files.get(file);
  if (known !== undefined) return known;
  const content = revision.tree.read(file);
  // What is not loaded yet may be later.
  if (content === undefined) return false;
  const isMentioned = containsText(content, kind);
  files.set(file, isMentioned);
  return isMentioned;
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
