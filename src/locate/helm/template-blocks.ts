import { decode } from '../../edits/edit.ts';
import { positionAt } from '../../edits/positions.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Replacement } from '../replacements.ts';

/** `toYaml .Values.resources` and `.Values.resources | toYaml`. */
const BLOCK =
  /\btoYaml\s+(\$?[\w$]*\.[\w.]*|\$\w+)(?=\s*[|)}-])|(?<=\{\{-?\s*)(\$?[\w$]*\.[\w.]+|\$\w+)\s*\|\s*toYaml\b/g;

const MOST_BLOCKS = 12;

/**
 * A template that prints a mapping as a whole, with one value of its own in it:
 *
 *     toYaml .Values.resources
 *     toYaml (mergeOverwrite (deepCopy .Values.resources) (dict "limits" (dict "memory" "1Gi")))
 *
 * What else is made from the same mapping stays as it is. The proof says which of the template's places it was.
 */
export function* blockEdits(
  revision: Revision,
  file: string,
  path: ConcretePath,
  value: Scalar,
): Iterable<Replacement> {
  const content = revision.tree.read(file);
  const text = content && decode(content);
  if (typeof text !== 'string' || value === null) return;
  let count = 0;
  for (const match of text.matchAll(BLOCK)) {
    const expression = match[1] ?? match[2]!;
    const inner = innerPath(path, [expression.split('.').at(-1)!, keyBefore(text, match.index)]);
    if (inner === null) continue;
    if ((count += 1) > MOST_BLOCKS) return;
    const merged = `toYaml (mergeOverwrite (deepCopy ${expression}) ${dictOf(inner, value)})`;
    const edit = { file, start: match.index, end: match.index + match[0].length, text: merged };
    const site = { file, document: 0, ...positionAt(text, match.index), path: expression };
    yield { edits: [edit], site: { ...site, kind: 'replace' } };
  }
}

/** What is left of the field's path below the key that the block stands behind. */
function innerPath(path: ConcretePath, keys: readonly (string | null)[]): readonly string[] | null {
  const start = path.findLastIndex((step) => typeof step === 'number');
  const at = path.findIndex(
    (step, index) => index > start && typeof step === 'string' && keys.includes(step),
  );
  const inner = at < 0 ? [] : path.slice(at + 1).map(String);
  return inner.length > 0 && inner.every((step) => /^[\w./-]+$/.test(step)) ? inner : null;
}

/** The last key that is written before a place, on its line or above it. */
function keyBefore(text: string, offset: number): string | null {
  return /(?:^|\n)[ ]*(?:- +)*([\w.\-/]+):[^\n:]*(?:\n[^\n:]*)?$/.exec(text.slice(0, offset))?.[1] ?? null;
}

function dictOf(path: readonly string[], value: Scalar): string {
  const printed = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return path.reduceRight((inner, key) => `(dict ${JSON.stringify(key)} ${inner})`, printed);
}
