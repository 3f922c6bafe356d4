import type { Problem } from './problem.ts';
import { problem, problemAt } from './problem.ts';
import type { Replacement } from './verify.ts';

/** A `KEY=value` line of an env file, as Kustomize's generators read it: the value is everything after the first `=`. */
export interface EnvLine {
  readonly key: string;
  readonly value: string;
  /** Where the value stands; `line` and `column` count from 1. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** The lines of an env file that set something. Comments, blank lines and names without a value are left out. */
export function envLines(text: string): readonly EnvLine[] {
  const lines: EnvLine[] = [];
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (const [index, line] of text.slice(start).split('\n').entries()) {
    const match = /^(\s*([^#=\s][^=]*)=)(.*?)\r?$/.exec(line);
    if (match) {
      const [, before, key, value] = match as unknown as [string, string, string, string];
      const at = start + before.length;
      lines.push({
        key,
        value,
        start: at,
        end: at + value.length,
        line: index + 1,
        column: before.length + 1,
      });
    }
    start += line.length + 1;
  }
  return lines;
}

/** Replaces the value of one line of an env file. Nothing in such a file can be quoted, so a value has no line breaks. */
export function replaceEnvLine(
  text: string,
  key: string,
  value: string,
): { readonly kind: 'edited'; readonly edit: Replacement; readonly before: EnvLine } | Problem {
  const [line, again] = envLines(text).filter((one) => one.key === key);
  if (!line) return problem('not-found', `no line sets ${key}`);
  if (again) return problemAt('duplicate-key', `${key} is set twice`, text, again.start);
  if (/[\r\n]/.test(value) || !value.isWellFormed()) {
    return problemAt('unsupported-value', 'a value cannot hold a line break', text, line.start);
  }
  return { kind: 'edited', edit: { start: line.start, end: line.end, text: value }, before: line };
}
