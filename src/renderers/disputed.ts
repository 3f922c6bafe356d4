import { decode } from '../edits/edit.ts';
import { positionAt } from '../edits/positions.ts';
import type { FileProblem } from './rendering.ts';

/** Where and why a text is refused. `line` counts from 1; null means the whole text. */
export type TextProblem = Pick<FileProblem, 'line' | 'message'>;

/** Line breaks to one YAML generation and ordinary characters to the other, and what no text has by accident. */
const DISPUTED: readonly (readonly [RegExp, string])[] = [
  [/\u0085/, 'U+0085'],
  [/\u2028/, 'U+2028'],
  [/\u2029/, 'U+2029'],
  [/(?<!^)\uFEFF/, 'U+FEFF, a byte order mark that is not the first character,'],
  [/\r(?!\n)/, 'U+000D, a carriage return without a line feed,'],
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  [/[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/, 'a control character'],
];

/** A character that parsers of YAML 1.1 and 1.2 read differently, wherever it stands. Null where there is none. */
export function disputedCharacter(text: string): TextProblem | null {
  const [first] = DISPUTED.flatMap(([pattern, name]) => {
    const index = text.search(pattern);
    return index < 0 ? [] : [{ index, name }];
  }).sort((a, b) => a.index - b.index);
  if (!first) return null;
  const { line, column } = positionAt(text, first.index);
  return { line, message: `has ${first.name} at column ${column}, which YAML parsers read differently` };
}

/** `decode` and {@link disputedCharacter} in one: for files that a renderer parses and that are handed on as they are. */
export function disputedBytes(content: Buffer): TextProblem | null {
  const text = decode(content);
  return text === null ? { line: null, message: 'is not UTF-8 text' } : disputedCharacter(text);
}
