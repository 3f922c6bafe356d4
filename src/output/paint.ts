import { maskDiff } from '../untrusted/mask-diff.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';

export interface TextOptions {
  readonly colour: boolean;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** Text in a style of the terminal, or as it is when colour was not asked for. */
export function paint(text: string, style: Style, { colour }: TextOptions): string {
  return colour && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** A diff, masked, without what could drive the terminal, in the usual colours. */
export function paintDiff(diff: string, options: TextOptions): string {
  return plainText(untrusted(maskDiff(diff)))
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (/^(?:---|\+\+\+|diff|index) /.test(line)) return paint(line, 'bold', options);
      if (line.startsWith('@@')) return paint(line, 'cyan', options);
      if (line.startsWith('+')) return paint(line, 'green', options);
      return line.startsWith('-') ? paint(line, 'red', options) : line;
    })
    .join('\n');
}

export function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

/** A foreign string on one line, fit for a terminal. */
export function oneLine(text: string): string {
  return plainText(untrusted(text)).replace(/\s+/g, ' ').trim();
}
