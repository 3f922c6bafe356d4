import { reach, valueOf } from '../edits/reach.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import { isRecord, type ObjectRef } from '../kubernetes/objects.ts';

/** What a document says it is, without a build. */
export function identityOf(document: OpenDocument): { readonly kind: unknown; readonly name: string } {
  const [kind, metadata] = ['kind', 'metadata'].map((key) => {
    const reached = reach(document, [key]);
    return reached && valueOf(reached.node);
  });
  return { kind, name: isRecord(metadata) ? String(metadata['name'] ?? '') : '' };
}

/** True where a document of this name may become the object: a build adds prefixes, and a patch may leave the name to its target. */
export function isAbout(object: ObjectRef, name: string): boolean {
  return object.name.includes(name) || !/^[a-z0-9.-]+$/.test(name);
}
