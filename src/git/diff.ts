const CONTEXT = 3;

/** Beyond this many differing lines a shorter diff is not worth its quadratic time: the whole region is replaced. */
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
  const old = splitLines(before ?? '');
  const now = splitLines(after);
  const hunks = hunksOf(changedRegions(old, now)).map((regions) => printHunk(regions, old, now));
  return header(path, before === null, hunks.length > 0) + hunks.join('');
}

/** Lines from `oldStart` to before `oldEnd` became those from `newStart` to before `newEnd`; counted from 0. */
interface Region {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
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

/** Regions so close that their context would touch share a hunk. */
function hunksOf(regions: readonly Region[]): readonly (readonly Region[])[] {
  const hunks: Region[][] = [];
  for (const region of regions) {
    const previous = hunks.at(-1)?.at(-1);
    if (previous && region.oldStart - previous.oldEnd <= 2 * CONTEXT) hunks.at(-1)!.push(region);
    else hunks.push([region]);
  }
  return hunks;
}

function printHunk(regions: readonly Region[], old: readonly string[], now: readonly string[]): string {
  const [first, last] = [regions[0]!, regions.at(-1)!];
  const lead = Math.min(CONTEXT, first.oldStart);
  const trail = Math.min(CONTEXT, old.length - last.oldEnd);
  const oldStart = first.oldStart - lead;
  const newStart = first.newStart - lead;
  const oldCount = last.oldEnd + trail - oldStart;
  const newCount = last.newEnd + trail - newStart;

  let text = `@@ -${range(oldStart, oldCount)} +${range(newStart, newCount)} @@\n`;
  let at = oldStart;
  for (const region of regions) {
    text += printLines(' ', old.slice(at, region.oldStart));
    text += printLines('-', old.slice(region.oldStart, region.oldEnd));
    text += printLines('+', now.slice(region.newStart, region.newEnd));
    at = region.oldEnd;
  }
  return text + printLines(' ', old.slice(at, last.oldEnd + trail));
}

/** An empty range is named by the line before it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start : start + 1}${count === 1 ? '' : `,${count}`}`;
}

function printLines(sign: string, lines: readonly string[]): string {
  return lines
    .map((line) => sign + (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`))
    .join('');
}

function changedRegions(old: readonly string[], now: readonly string[]): readonly Region[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let same = 0;
  const room = Math.min(old.length, now.length) - start;
  while (same < room && old[old.length - 1 - same] === now[now.length - 1 - same]) same++;

  const [oldEnd, newEnd] = [old.length - same, now.length - same];
  const kept = keptLines(old.slice(start, oldEnd), now.slice(start, newEnd));
  const regions: Region[] = [];
  let [oldAt, newAt] = [start, start];
  for (const [oldIndex, newIndex] of [...kept, [oldEnd - start, newEnd - start] as const]) {
    const region = { oldStart: oldAt, oldEnd: start + oldIndex, newStart: newAt, newEnd: start + newIndex };
    if (region.oldStart < region.oldEnd || region.newStart < region.newEnd) regions.push(region);
    [oldAt, newAt] = [region.oldEnd + 1, region.newEnd + 1];
  }
  return regions;
}

/**
 * Pairs of indexes of the lines that stay, with as few others as possible; none at all beyond {@link MAX_DIFFERENCES}.
 * E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): a diagonal is the index in `old` minus the index in
 * `now`, and `reach` holds how far in `old` each can be followed with a given number of differences.
 */
function keptLines(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] {
  const most = Math.min(old.length + now.length, MAX_DIFFERENCES);
  const reach = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  for (let differences = 0; differences <= most; differences++) {
    history.push(reach.slice());
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      let x = stepOnto(diagonal, differences, reach).x;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x++;
      reach[at(diagonal, reach)] = x;
      if (x >= old.length && x - diagonal >= now.length) return traceBack(history, old.length, now.length);
    }
  }
  return [];
}

function traceBack(
  history: readonly Int32Array[],
  oldLength: number,
  newLength: number,
): readonly (readonly [number, number])[] {
  const kept: (readonly [number, number])[] = [];
  let [x, y] = [oldLength, newLength];
  for (const [differences, reach] of [...history.entries()].reverse()) {
    const step = stepOnto(x - y, differences, reach);
    while (x > step.x) kept.push([--x, --y]);
    if (step.isAddition) y--;
    else x--;
  }
  return kept.reverse();
}

/** A diagonal is entered from the one above by a line that was added, or from the one below by one that was removed. */
function stepOnto(
  diagonal: number,
  differences: number,
  reach: Int32Array,
): { x: number; isAddition: boolean } {
  const above = reach[at(diagonal + 1, reach)]!;
  const below = reach[at(diagonal - 1, reach)]!;
  const isAddition = diagonal === -differences || (diagonal !== differences && below < above);
  return { x: isAddition ? above : below + 1, isAddition };
}

/** Diagonals count from the middle. */
function at(diagonal: number, reach: Int32Array): number {
  return (reach.length - 1) / 2 + diagonal;
}
