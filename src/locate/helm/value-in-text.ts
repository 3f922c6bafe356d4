import { applyEdits, decode } from '../../edits/edit.ts';
import { openDocument } from '../../edits/open-document.ts';
import { replaceScalar } from '../../edits/replace-scalar.ts';
import { splitDocuments } from '../../edits/split.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import type { Revision } from '../../sources/revision.ts';
import { declined, type Declined } from '../../model/declined.ts';
import type { Replacement } from '../replacements.ts';

/** Values that are written as one text, with one of them changed; null where the text does not hold it as a value of its own. */
export function textWith(text: string, path: ConcretePath, value: Scalar): string | null {
  const [range, ...others] = splitDocuments(text);
  if (!range || others.length > 0) return null;
  const document = openDocument(text, range, { language: 'helm-values' });
  if ('code' in document) return null;
  const result = replaceScalar(document, path, value);
  return result.kind === 'edited' ? applyEdits(text, [result.edit]) : null;
}

/**
 * The replacement of a whole text in quotes, where it changes that one value and no other byte; a text that would be written anew, with
 * other line breaks or escapes, is refused.
 */
export function inQuotes(
  revision: Revision,
  replacement: Replacement,
  before: Scalar,
  after: Scalar,
): Replacement | Declined {
  const isOne = replacement.edits.every(({ file, start, end, text }) => {
    const old = decode(revision.tree.read(file)!)!.slice(start, end);
    const [from, to] = apart(old, text);
    return from.length <= String(before).length + QUOTES && to.length <= String(after).length + QUOTES;
  });
  if (isOne) return replacement;
  const { file, line } = replacement.site;
  return declined(
    'unsupported-value',
    `${file}:${line} has the values as a text that would be written anew`,
    [`${file}:${line}`],
  );
}

/** Two quotes, each with a backslash. */
const QUOTES = 4;

/** What two texts have between the beginning and the end that they share. */
function apart(one: string, other: string): readonly [string, string] {
  const most = Math.min(one.length, other.length);
  let start = 0;
  while (start < most && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}
