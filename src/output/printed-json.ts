import type { Json } from '../kubernetes/objects.ts';

/** What `--output json` prints. */
export function printedJson(value: Json): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
