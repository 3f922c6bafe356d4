import { decode, type Edit } from '../edits/edit.ts';
import { contentEnd, type DocumentNode, type Language } from '../edits/document-nodes.ts';
import { innerDocument } from '../edits/literal-block.ts';
import { inFile, type OpenDocument } from '../edits/open-document.ts';
import { lineEnd, lineStart } from '../edits/positions.ts';
import { reach, valueOf } from '../edits/reach.ts';
import { type ConcretePath, FieldPathError, parseFieldPath } from '../kubernetes/field-path.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { openAt, openValues } from '../locate/documents.ts';
import type { Site } from '../model/site.ts';
import type { Revision } from '../sources/revision.ts';

/** The place of a site in its file, whatever root it is of. */
export type Place = Pick<Site, 'file' | 'document' | 'line' | 'path'>;

/**
 * Ways to take a value out of its file, the narrowest first: its key or list item, then the lists around it, then the patch that it
 * stands in. Blanks replace what goes, so that every other value keeps its line and column.
 *
 * @param isWhole only the value itself may go: what is around it makes the object
 */
export function waysToTakeOut(revision: Revision, place: Place, isWhole: boolean): readonly Edit[] {
  const opened = openedAt(revision, place);
  if (opened === null) return lineOf(revision, place);
  const { document, path } = opened;
  const narrow = ownPath(document, path);
  const lists = isWhole ? [] : listsAround(narrow);
  const inDocument = [narrow, ...lists].flatMap((one) => takenOut(place.file, document, one));
  return isWhole || document.host === null
    ? inDocument
    : [...inDocument, ...hostOf(place.file, document.host.document, document.host.path)];
}

/** The edit that takes an item or a key out of a file. */
export function withoutPath(
  revision: Revision,
  file: string,
  path: ConcretePath,
  document = 0,
): readonly Edit[] {
  const opened = openAt(revision, { file, document });
  return 'kind' in opened ? [] : takenOut(file, opened.document, path);
}

interface OpenedPlace {
  readonly document: OpenDocument;
  readonly path: ConcretePath;
}

/** The document that a site is in, an inline one where its path leads into one; null where the file is no YAML. */
export function openedAt(revision: Revision, { file, document, path }: Place): OpenedPlace | null {
  const paths = path.split(' > ').map(concrete);
  if (path === '' || paths.some((one) => one === null)) return null;
  const [first, ...inner] = paths as readonly ConcretePath[];
  const isRead = (opened: ReturnType<typeof openAt>): opened is { readonly document: OpenDocument } =>
    !('kind' in opened) && reach(opened.document, first!) !== null;
  const strict = openAt(revision, { file, document });
  const opened = isRead(strict) ? strict : openValues(revision, file);
  if (!isRead(opened)) return null;
  let here: OpenedPlace = { document: opened.document, path: first! };
  for (const next of inner) {
    const within = inDocument(here, next);
    if (within === null) return null;
    here = { document: within, path: next };
  }
  return here;
}

function inDocument({ document, path }: OpenedPlace, next: ConcretePath): OpenDocument | null {
  for (const language of ['yaml', 'helm-values'] satisfies readonly Language[]) {
    const inner = innerDocument(document, path, { language });
    if (!('code' in inner) && reach(inner, next) !== null) return inner;
  }
  return null;
}

function concrete(text: string): ConcretePath | null {
  try {
    const path = parseFieldPath(text);
    return path.every((step) => typeof step !== 'object') ? (path as ConcretePath) : null;
  } catch (error) {
    if (error instanceof FieldPathError) return null;
    throw error;
  }
}

/** Lists whose items stand for themselves: the others move up when one goes, and mean what they meant. */
const LISTS_OF_ENTRIES = new Set(['literals', 'images', 'components', 'patches', 'patchesStrategicMerge']);
/** Of an entry, what it cannot be without. */
const WITH_THEIR_ENTRY = new Set(['count', 'sourceValue', 'patch']);
/** Lists of names with their values. */
const LISTS_OF_PARAMETERS = new Set(['parameters', 'fileParameters', 'set', 'setString']);

/** What goes when a value goes: the value's key, or the entry that says nothing without it. */
function ownPath(document: OpenDocument, path: ConcretePath): ConcretePath {
  const operations = valueOf(document.root);
  if (Array.isArray(operations) && isRecord(operations[0]) && 'op' in operations[0]) return path.slice(0, 1);
  const [list, item, last] = path.slice(-3);
  if (typeof path.at(-1) === 'number')
    return LISTS_OF_ENTRIES.has(String(path.at(-2))) ? path : path.slice(0, -1);
  const isEntrys =
    typeof item === 'number' &&
    (WITH_THEIR_ENTRY.has(String(last)) || (last === 'value' && LISTS_OF_PARAMETERS.has(String(list))));
  return isEntrys ? path.slice(0, -1) : path;
}

/** Lists that a layer may replace whole. */
function listsAround(path: ConcretePath): readonly ConcretePath[] {
  return path
    .flatMap((step, index) => (typeof step === 'number' && index > 0 ? [path.slice(0, index)] : []))
    .toReversed();
}

/** The text that holds an inline document. */
function hostOf(file: string, host: OpenDocument, path: ConcretePath): readonly Edit[] {
  const own = takenOut(file, host, ownPath(host, path));
  return host.host === null ? own : [...own, ...hostOf(file, host.host.document, host.host.path)];
}

function takenOut(file: string, document: OpenDocument, path: ConcretePath): readonly Edit[] {
  const last = path.at(-1);
  const parent = path.slice(0, -1);
  const reached = reach(document, parent);
  if (last === undefined || reached === null || reached.through !== 'own') return [];
  const range =
    typeof last === 'number'
      ? itemRange(document, reached.node, last)
      : keyRange(document, reached.node, last);
  if (range === 'holds nothing else')
    return parent.length > 0
      ? takenOut(file, document, parent)
      : [blanked(file, document, reached.node, '[]')];
  return range === null ? [] : [blanked(file, document, range, range.put)];
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

function keyRange({ text }: OpenDocument, node: DocumentNode, key: string): Range | null {
  if (node.kind !== 'mapping') return null;
  const index = node.entries.findIndex((one) => one.key === key && !one.merge);
  const entry = node.entries[index];
  if (!entry || entry.explicit) return null;
  const [previous, next] = [node.entries[index - 1], node.entries[index + 1]];
  const end = contentEnd(entry.value);
  const isAlone = !previous && !next && node.overridden.length === 0;
  if (!node.flow) return { start: entry.keyStart, end, put: isAlone ? '{}' : '' };
  if (previous) return { start: text.indexOf(',', contentEnd(previous.value)), end, put: '' };
  return { start: entry.keyStart, end: next ? next.keyStart : end, put: '' };
}

function itemRange(
  { text }: OpenDocument,
  node: DocumentNode,
  index: number,
): Range | 'holds nothing else' | null {
  if (node.kind !== 'sequence') return null;
  const item = node.items[index];
  if (!item) return null;
  if (node.items.length === 1) return 'holds nothing else';
  const end = contentEnd(item);
  if (node.flow) {
    const [previous, next] = [node.items[index - 1], node.items[index + 1]];
    return previous
      ? { start: text.indexOf(',', previous.end), end, put: '' }
      : { start: item.start, end: next!.start, put: '' };
  }
  const line = lineStart(text, item.start);
  const dash = /^[ \t]*(?=-[ \t]+(?:[&!][^\s]*[ \t]+)*$)/.exec(text.slice(line, item.start));
  return dash ? { start: line + dash[0].length, end, put: '' } : null;
}

function blanked(
  file: string,
  document: OpenDocument,
  range: { readonly start: number; readonly end: number },
  put: string,
): Edit {
  const [text, start] = inFile(document, range.start);
  const end = Math.max(start, inFile(document, range.end)[1]);
  const blanks = text.slice(start, end).replace(/[^\r\n]/g, ' ');
  return { file, start, end, text: put + blanks.slice(put.length) };
}

/** A line of an env file. */
function lineOf(revision: Revision, { file, line, path }: Place): readonly Edit[] {
  const content = revision.tree.read(file);
  const text = content && decode(content);
  if (typeof text !== 'string' || path === '') return [];
  let start = 0;
  for (let at = 1; at < line; at += 1) start = lineEnd(text, start);
  const end = lineEnd(text, start);
  if (!text.slice(start, end).includes(`${path}=`)) return [];
  return [{ file, start, end, text: text.slice(start, end).replace(/[^\r\n]/g, ' ') }];
}
