import type { Language } from '../edits/document-nodes.ts';
import { decode } from '../edits/edit.ts';
import { openDocument, type OpenDocument } from '../edits/open-document.ts';
import { replaceScalar } from '../edits/replace-scalar.ts';
import { splitDocuments } from '../edits/split.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Origin } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { declined, type Declined } from '../model/declined.ts';

type Opened = { readonly document: OpenDocument } | Declined;

const OPENED = new WeakMap<Revision, Map<string, Opened>>();

/** The document that something is written in, opened for editing; once for each revision. */
export function openAt(
  revision: Revision,
  origin: Pick<Origin, 'file' | 'document'>,
  language: Language = origin.file.endsWith('.json') ? 'json' : 'yaml',
): Opened {
  const documents = OPENED.get(revision) ?? new Map<string, Opened>();
  OPENED.set(revision, documents);
  const key = `${language} ${origin.document} ${origin.file}`;
  const opened = documents.get(key) ?? open(revision, origin, language);
  documents.set(key, opened);
  return opened;
}

/** A file of values, as Helm reads it. */
export function openValues(revision: Revision, file: string): Opened {
  return openAt(revision, { file, document: 0 }, file.endsWith('.json') ? 'json' : 'helm-values');
}

function open(revision: Revision, origin: Pick<Origin, 'file' | 'document'>, language: Language): Opened {
  const content = revision.tree.read(origin.file);
  const text = content && decode(content);
  if (text === undefined || text === null)
    return declined('unreadable-file', `${origin.file} is not UTF-8 text`);
  const ranges = splitDocuments(text);
  // A file of nothing but comments has no document yet.
  const whole = { index: 0, start: 0, end: text.length };
  const range = ranges.length === 0 && origin.document === 0 ? whole : ranges[origin.document];
  if (!range)
    return declined('unreadable-file', `${origin.file} is divided into documents differently by two parsers`);
  const document = openDocument(text, range, { language });
  if ('code' in document)
    return declined(
      'unreadable-file',
      `${origin.file}${document.line === null ? '' : `:${document.line}`}: ${document.message}`,
    );
  return { document };
}

const REPLACED = new WeakMap<OpenDocument, Map<string, ReturnType<typeof replaceScalar>>>();

/** The edit that gives a scalar another value, verified once for each document: workloads behind one line ask for the same one. */
export function replacedOnce(
  document: OpenDocument,
  path: ConcretePath,
  after: Scalar,
): ReturnType<typeof replaceScalar> {
  const replaced = REPLACED.get(document) ?? new Map<string, ReturnType<typeof replaceScalar>>();
  REPLACED.set(document, replaced);
  const key = JSON.stringify([path, after]);
  const result = replaced.get(key) ?? replaceScalar(document, path, after);
  replaced.set(key, result);
  return result;
}
