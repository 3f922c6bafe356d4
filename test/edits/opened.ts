import { applyEdits } from '../../src/edits/edit.ts';
import { openDocument, type OpenDocument } from '../../src/edits/open-document.ts';
import { splitDocuments } from '../../src/edits/split.ts';
import type { EditResult } from '../../src/edits/verify.ts';

/** Opens a document that must be readable. */
export function opened(text: string, index = 0, language: 'yaml' | 'json' = 'yaml'): OpenDocument {
  const document = openDocument(text, splitDocuments(text)[index]!, { language });
  if (document.kind === 'problem') throw new Error(`${document.code}: ${document.message}`);
  return document;
}

/** The file after the edit, or the code of the problem. */
export function outcome(document: OpenDocument, result: EditResult): string {
  if (result.kind === 'problem') return result.code;
  let outermost = document;
  while (outermost.host) outermost = outermost.host.document;
  return applyEdits(outermost.text, [result.edit]);
}
