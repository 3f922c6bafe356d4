import { applyEdits, decode, type Edit } from '../edits/edit.ts';
import type { Revision } from '../sources/revision.ts';

/** Applies edits to the revision's files; null when a file is not UTF-8 text or the edits overlap. */
export function editedFiles(revision: Revision, edits: readonly Edit[]): ReadonlyMap<string, Buffer> | null {
  const files = new Map<string, Buffer>();
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const content = revision.tree.read(file);
    const text = content && decode(content);
    const inFile = edits.filter((edit) => edit.file === file);
    if (text === undefined || text === null || overlap(inFile)) return null;
    files.set(file, Buffer.from(applyEdits(text, inFile)));
  }
  return files;
}

function overlap(edits: readonly Edit[]): boolean {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.some((edit, index) => index > 0 && edit.start < sorted[index - 1]!.end);
}
