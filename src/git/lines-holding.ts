import { maskedText, type MaskedText } from '../untrusted/masked.ts';
import type { Tree } from '../tree/tree.ts';

/** A line of a file, without its indentation, masked as part of the whole file. */
export interface Line {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: MaskedText;
}

/** The lines of a loaded file that hold a text. */
export function linesHolding(tree: Tree, file: string, text: string): readonly Line[] {
  const content = tree.read(file)?.toString('utf8');
  if (!content?.includes(text)) return [];
  const masked = maskedText(content).split('\n');
  return content
    .split('\n')
    .flatMap((raw, index) =>
      raw.includes(text) ? [{ file, line: index + 1, text: maskedText((masked[index] ?? '').trim()) }] : [],
    );
}
