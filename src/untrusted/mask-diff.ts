import { mask } from './mask.ts';

/**
 * Masks a unified diff so that it can still be applied where that is possible: context lines that hold a secret are cut
 * off their hunk instead of being changed. A secret between two changes, or on a changed line, is masked in its place.
 */
export function maskDiff(diff: string): string {
  const lines = diff.split('\n');
  const masked = mask(diff).split('\n');
  const result: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const hunk = readHunk(lines, at);
    if (hunk === null) {
      result.push(masked[at]!);
      at += 1;
    } else {
      result.push(...trimmed(hunk, masked.slice(at + 1, hunk.end)));
      at = hunk.end;
    }
  }
  return result.join('\n');
}

interface Hunk {
  readonly before: number;
  readonly after: number;
  readonly heading: string;
  readonly lines: readonly string[];
  /** Index of the line behind it. */
  readonly end: number;
}

const HEADER = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/s;

function readHunk(lines: readonly string[], at: number): Hunk | null {
  const match = HEADER.exec(lines[at]!);
  if (match === null) return null;
  const [, before, removals = '1', after, additions = '1', heading] = match;
  let [left, right] = [Number(removals), Number(additions)];
  let end = at + 1;
  while (end < lines.length && (left > 0 || right > 0 || lines[end]!.startsWith('\\'))) {
    if (!/^[+\\]/.test(lines[end]!)) left -= 1;
    if (!/^[-\\]/.test(lines[end]!)) right -= 1;
    end += 1;
  }
  return {
    before: Number(before),
    after: Number(after),
    heading: mask(heading!),
    lines: lines.slice(at + 1, end),
    end,
  };
}

function trimmed(hunk: Hunk, masked: readonly string[]): readonly string[] {
  const isContext = (line: string): boolean => !/^[+-]/.test(line);
  const isSecret = (index: number): boolean => hunk.lines[index] !== masked[index];
  const first = hunk.lines.findIndex((line) => !isContext(line));
  const last = hunk.lines.findLastIndex((line) => /^[+-]/.test(line));
  let from = 0;
  let to = hunk.lines.length;
  for (let index = 0; index < first; index += 1) if (isSecret(index)) from = index + 1;
  for (let index = to - 1; index > last; index -= 1) if (isSecret(index)) to = index;
  const shown = masked.slice(from, to);
  const removals = shown.filter((line) => !/^[+\\]/.test(line)).length;
  const additions = shown.filter((line) => !/^[-\\]/.test(line)).length;
  return [
    `@@ -${hunk.before + from},${removals} +${hunk.after + from},${additions} @@${hunk.heading}`,
    ...shown,
  ];
}
