import type { Json } from '../kubernetes/objects.ts';
import type { OpenDocument } from './open-document.ts';
import { lineStart } from './positions.ts';

/**
 * JSON in the manner of a document: where nothing but a key stands before it on its line, spread over lines as deep as
 * the document's own; else on one line, with spaces where the document has them.
 */
export function jsonText(document: OpenDocument, value: Json, offset: number): string {
  const indent = document.language === 'json' ? /\n([ \t]+)\S/.exec(document.text)?.[1] : undefined;
  const before = document.text.slice(lineStart(document.text, offset), offset);
  if (indent !== undefined && /^\s*(?:"(?:[^"\\]|\\.)*"\s*:\s*)?$/.test(before))
    return JSON.stringify(value, null, indent);
  return isCompactJson(document) ? JSON.stringify(value) : spaced(value);
}

export function isCompactJson(document: OpenDocument): boolean {
  return document.language === 'json' && /":[^\s]/.test(document.text) && !/": /.test(document.text);
}

function spaced(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner as Json)}`)
    .join(', ')}}`;
}
