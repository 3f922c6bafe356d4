import type { Json } from '../kubernetes/objects.ts';

/** What drives a terminal, reorders text or is not seen. JSON escapes only the first 32 characters. */
const UNSEEN = /[\u007f-\u009f]|\p{Cf}|[\u2028\u2029]/gu;

/** What `--output json` prints, for a terminal as for a program: what people would not see is written as an escape. */
export function printedJson(value: Json): string {
  return `${JSON.stringify(value, null, 2).replace(UNSEEN, escaped)}\n`;
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
