import { title } from '../untrusted/markdown.ts';
import { isMeasurement } from '../untrusted/measurement.ts';
import { Untrusted, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';

/** A piece of a sentence: words of ours, or a value that is shown as code. */
export interface Run {
  readonly text: string;
  readonly isCode: boolean;
  /** Where a link on it leads; null where none does. */
  readonly address: string | null;
}

/** Of one value. */
const LONGEST = 300;
/** Nothing that ends a link in any medium. */
const ADDRESS = /^https?:\/\/[^\s()<>[\]`|"\\^{}]+$/;

/**
 * A sentence as runs, for media that have no Markdown: values lose line breaks, what makes them links, mentions or references, and what is
 * beyond their length. What we wrote between backticks is one run of code, values in it included.
 */
export function runsOf(text: Prose | Untrusted): readonly Run[] {
  if (text instanceof Untrusted) return [valueRun(text)];
  const runs: Run[] = [];
  let code: string | null = null;
  for (const [index, part] of text.parts.entries()) {
    for (const [position, piece] of part.split('`').entries()) {
      if (position > 0) {
        if (code !== null && code.trim() !== '') runs.push({ text: code, isCode: true, address: null });
        code = code === null ? '' : null;
      }
      if (code !== null) code += piece;
      else if (piece !== '') runs.push({ text: piece.replace(/\s+/g, ' '), isCode: false, address: null });
    }
    const value = text.values[index];
    if (value === undefined) continue;
    if (code === null) runs.push(valueRun(value));
    else code += valueText(value);
  }
  if (code !== null && code.trim() !== '') runs.push({ text: code, isCode: true, address: null });
  return runs;
}

function valueRun(value: Untrusted): Run {
  const text = valueText(value);
  const address = value.address !== null && ADDRESS.test(value.address) ? value.address : null;
  return { text, isCode: address === null && !isMeasurement(text), address };
}

function valueText(value: Untrusted): string {
  return shortened(title(value), LONGEST) || '(empty)';
}

/** The first runs that fit, as some writer writes each, and an ellipsis where they are not all. */
export function runsWithin(
  runs: readonly Run[],
  most: number,
  write: (run: Run) => string,
): { readonly text: string; readonly isWhole: boolean } {
  let text = '';
  for (const run of runs.flatMap(wordsOf)) {
    const written = write(run);
    if (text.length + written.length > most - 2) return { text: `${text.trimEnd()} …`, isWhole: false };
    // Two code spans side by side would be one.
    text += text.endsWith('`') && written.startsWith('`') ? ` ${written}` : written;
  }
  return { text: text.trim(), isWhole: true };
}

/** Words of ours can be cut between any two of them. */
function wordsOf(run: Run): readonly Run[] {
  if (run.isCode || run.address !== null || run.text.length < 200) return [run];
  return run.text.split(/(?<= )/).map((text) => ({ ...run, text }));
}
