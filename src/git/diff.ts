import { structuredPatch, type StructuredPatchHunk } from 'diff';

const CONTEXT = 3;

/** Beyond this many differing lines a shorter diff is not worth its quadratic time: the whole file is replaced. */
const MAX_DIFFERENCES = 1000;

/**
 * A unified diff of one file that `git apply` turns `before` into `after` with, byte for byte. Lines end at `\n` alone, so
 * carriage returns stay part of them. Empty when nothing differs.
 *
 * @param path relative to the repository
 * @param before null for a file that is new
 */
export function unifiedDiff(path: string, before: string | null, after: string): string {
  if (before === after) return '';
  const hunks = hunksBetween(before ?? '', after, MAX_DIFFERENCES) ?? [replacing(before ?? '', after)];
  return header(path, before === null, hunks.length > 0) + hunks.map(printHunk).join('');
}

function hunksBetween(
  before: string,
  after: string,
  maxEditLength: number,
): StructuredPatchHunk[] | undefined {
  return structuredPatch('', '', before, after, '', '', { context: CONTEXT, maxEditLength })?.hunks;
}

/** All lines out, all lines in. */
function replacing(before: string, after: string): StructuredPatchHunk {
  const [out] = hunksBetween(before, '', Infinity)!;
  const [into] = hunksBetween('', after, Infinity)!;
  return {
    oldStart: 1,
    oldLines: out?.oldLines ?? 0,
    newStart: 1,
    newLines: into?.newLines ?? 0,
    lines: [...(out?.lines ?? []), ...(into?.lines ?? [])],
  };
}

function header(path: string, isNew: boolean, hasHunks: boolean): string {
  const [from, to] = [quoted(`a/${path}`), quoted(`b/${path}`)];
  // Only git's own header can say that a file is new and empty.
  const created = isNew ? `diff --git ${from} ${to}\nnew file mode 100644\n` : '';
  return hasHunks ? `${created}--- ${isNew ? '/dev/null' : ended(from)}\n+++ ${ended(to)}\n` : created;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '"': '"',
  '\\': '\\',
};

/** A name with control characters, quotes or backslashes is written as a string of C, as git does. */
function quoted(name: string): string {
  // oxlint-disable-next-line no-control-regex
  const escaped = name.replace(/[\u0000-\u001f\u007f"\\]/g, (character) => {
    return `\\${ESCAPES[character] ?? character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return escaped === name ? name : `"${escaped}"`;
}

/** After a name with a space a tab says where it ends: a time stamp could follow. */
function ended(name: string): string {
  return name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name;
}

function printHunk({ oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk): string {
  const ranges = `-${range(oldStart, oldLines)} +${range(newStart, newLines)}`;
  return `@@ ${ranges} @@\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** An empty range is named by the line before it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start}${count === 1 ? '' : `,${count}`}`;
}
