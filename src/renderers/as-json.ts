import type { Json } from '../kubernetes/objects.ts';

/** What ends a line, or is no character, to one of the parsers that read JSON as YAML. */
const ESCAPED = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/**
 * A value as text that every parser of YAML reads as that value: JSON, one entry a line, with whatever YAML parsers do not
 * agree on escaped.
 */
export function jsonText(value: Json | object): string {
  const text = JSON.stringify(value, null, 1).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

/** Several documents of one file. */
export function jsonDocuments(values: readonly Json[]): string {
  return values.map(jsonText).join('---\n');
}
