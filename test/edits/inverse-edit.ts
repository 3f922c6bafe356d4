import type { Replacement } from '../../src/edits/edit.ts';

/** The replacement that takes `edit` back, once it has been applied to `text`. */
export function inverseEdit(text: string, edit: Replacement): Replacement {
  return { start: edit.start, end: edit.start + edit.text.length, text: text.slice(edit.start, edit.end) };
}
