import { difference } from '../edits/edit.ts';
import { entryLines, houseStyle } from '../edits/house-style.ts';
import { insertKey } from '../edits/insert.ts';
import { type OpenDocument, outermost } from '../edits/open-document.ts';
import { additionAt } from '../edits/positions.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';
import type { Layer } from './own-layers.ts';
import type { Replacement } from './replacements.ts';

export function edited(result: ReturnType<typeof insertKey>): OpenDocument | null {
  return result.kind === 'edited' ? result.after : null;
}

/** New YAML in the style of the file it goes into. */
export function printed(layer: Layer, value: Json): string {
  const style = houseStyle(layer.document);
  const lines = Array.isArray(value)
    ? entryLines('x', value, { ...style, dashStep: 0 })?.slice(1)
    : Object.entries(value as object).flatMap(([key, inner]) => entryLines(key, inner as Json, style) ?? []);
  return `${(lines ?? []).join('\n')}\n`;
}

/** The one edit between two states of a file, and the site where its text starts. */
export function additionOf(
  file: string,
  before: OpenDocument,
  after: OpenDocument,
  path: string,
): Replacement {
  const [old, now] = [outermost(before).text, outermost(after).text];
  const edit = difference(file, old, now);
  const document = outermost(before).range.index;
  const printed = before.host ? `${printFieldPath(before.host.path)} > ${path}` : path;
  return { edits: [edit], site: { file, document, ...additionAt(old, edit), path: printed, kind: 'add' } };
}
