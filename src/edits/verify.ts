import { type ConcretePath, printFieldPath } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';
import { applyEdits, type Replacement } from './edit.ts';
import { linesAgree } from './lines-agree.ts';
import { innerDocument, toHost } from './literal-block.ts';
import { type DocumentNode, resolved } from './document-nodes.ts';
import { type Host, type OpenDocument, inFile, openIn } from './open-document.ts';
import { documentValue, reach } from './reach.ts';
import { type Position, positionAt } from './positions.ts';
import { type Problem, problem } from './problem.ts';
import { secondReading } from './second-parser.ts';
import { splitDocuments } from './split.ts';

/** A proven edit of a text. */
export interface Edited {
  readonly kind: 'edited';
  /** Offsets count in the file, also for a document inside a block scalar. */
  readonly edit: Replacement;
  /** Every path of the document whose value the edit changes: the one asked for, and those that share it through an alias. */
  readonly changed: readonly ConcretePath[];
  /** Where the new value starts, or for an addition what was added, its key first: in the edited file, from 1. */
  readonly line: number;
  readonly column: number;
  /** The document as it is afterwards, for the next edit. */
  readonly after: OpenDocument;
  /** True when parsers differ on what stood there before, so that only the tool that reads it can tell. */
  readonly wasAmbiguous: boolean;
}

export type EditResult = Edited | Problem;

/** What a replacement in the document's own text is meant to do. */
export interface Intention {
  readonly replacement: Replacement;
  /** Where the new value is to be read, and the value. */
  readonly path: ConcretePath;
  readonly value: Json;
  readonly wasAmbiguous: boolean;
  /** What did not exist before: the path itself, or the first thing in a collection that was empty. */
  readonly added: ConcretePath | null;
}

/**
 * Applies a replacement and reads the text again with both parsers: it must have the same documents, and in this one
 * the value asked for at the path, at the same line for both, and nothing else that is different.
 *
 * @param read the first parser.
 */
export function verify(
  document: OpenDocument,
  intention: Intention,
  read: typeof openIn = openIn,
): EditResult {
  const verified = verifyHere(document, intention, read);
  return verified.kind === 'edited' && document.host !== null
    ? verifyInHost(document.host, document, verified, intention)
    : verified;
}

/** The same edit, made through the literal block that the document is written in: the block must then hold the edited text. */
function verifyInHost(host: Host, document: OpenDocument, inner: Edited, intention: Intention): EditResult {
  const outer = verify(host.document, {
    replacement: toHost(host, inner.edit),
    path: host.path,
    value: inner.after.text,
    wasAmbiguous: false,
    added: null,
  });
  if (outer.kind === 'problem') return outer;
  const after = innerDocument(outer.after, host.path, {
    index: document.range.index,
    language: document.language,
  });
  return after.kind === 'problem'
    ? after
    : { ...inner, edit: outer.edit, after, ...placeOf(after, intention.path, intention.added) };
}

function verifyHere(document: OpenDocument, intention: Intention, read: typeof openIn): EditResult {
  const { replacement, path, value, wasAmbiguous, added } = intention;
  const text = applyEdits(document.text, [replacement]);
  const growth = replacement.text.length - (replacement.end - replacement.start);
  const range = { ...document.range, end: document.range.end + growth };
  if (!sameDocuments(document, text, range.end))
    return problem('not-exact', 'the edit would divide the file differently');
  const after = read(text, range, document.language, null);
  if (after.kind === 'problem')
    return problem('unsupported-value', `the value cannot be written here: ${after.message}`);

  const before = documentValue(document);
  const result = documentValue(after);
  if (!equal(at(result, path), value))
    return problem('unsupported-value', 'the value would be read as another one here');
  const changed = differences(before, result);
  const target = reach(after, path)?.node;
  const stray = changed.find((other) => !leadsTo(after, other, target));
  if (stray) return problem('not-exact', `the edit would also change ${printFieldPath(stray)}`);

  const first = secondReadingOf(document);
  if (first === undefined) return problem('parsers-disagree', 'a second parser cannot read the document');
  const second = secondReadingOf(after);
  if (second === undefined)
    return problem('unsupported-value', 'a second parser could not read the value here');
  const wanted = { ...intention, changed, before: at(before, path) };
  if (!secondParserAgrees(first, second, wanted)) {
    return problem('parsers-disagree', 'a second parser reads this place differently');
  }
  if (!linesAgree(after, path))
    return problem('parsers-disagree', 'a second parser finds this place at another line');
  return { kind: 'edited', edit: replacement, changed, after, ...placeOf(after, path, added), wasAmbiguous };
}

/** True when a path comes to the node, or through it to something in it. */
function leadsTo(document: OpenDocument, path: ConcretePath, target: DocumentNode | undefined): boolean {
  if (target === undefined) return false;
  return [path, ...path.map((_, length) => path.slice(0, length))].some((prefix) => {
    const node = reach(document, prefix)?.node;
    return node !== undefined && resolved(node) === resolved(target);
  });
}

/**
 * True when js-yaml reads the old value and the new one at the path and sees the same paths change: the same bytes move
 * the same path in both parsers. What it made of an old value on which parsers differ does not matter.
 */
function secondParserAgrees(
  first: Json,
  second: Json,
  wanted: Intention & { readonly changed: readonly ConcretePath[]; readonly before: Json | undefined },
): boolean {
  const { path, value, before, changed, wasAmbiguous } = wanted;
  if (!equal(at(second, path), value)) return false;
  const otherwise = differences(first, second);
  if (wasAmbiguous) return otherwise.every((one) => changed.some((other) => equal(one, other)));
  return equal(otherwise, changed) && equal(at(first, path), before);
}

function placeOf(document: OpenDocument, path: ConcretePath, added: ConcretePath | null): Position {
  const start = reach(document, added ?? path)!.node.start;
  return positionAt(...inFile(document, added === null ? start : (keyStart(document, added) ?? start)));
}

/** Where the key at the end of a path stands; null for an item. */
function keyStart(document: OpenDocument, path: ConcretePath): number | null {
  const parent = reach(document, path.slice(0, -1));
  const mapping = parent && resolved(parent.node);
  if (mapping?.kind !== 'mapping') return null;
  return mapping.entries.find((entry) => entry.key === String(path.at(-1)))?.keyStart ?? null;
}

/** Kept, since several edits of one document are tried, and each starts where the one before ended. */
const SECOND_READINGS = new WeakMap<OpenDocument, Json | undefined>();

function secondReadingOf(document: OpenDocument): Json | undefined {
  if (!SECOND_READINGS.has(document)) {
    const { text, range, language } = document;
    SECOND_READINGS.set(document, secondReading(text.slice(range.start, range.end), language));
  }
  return SECOND_READINGS.get(document);
}

function sameDocuments(document: OpenDocument, text: string, end: number): boolean {
  const before = splitDocuments(document.text);
  const after = splitDocuments(text);
  const { index } = document.range;
  // What goes into a file of nothing but comments is its first document.
  if (before.length === 0 && after.length === 1) return after[0]!.end === end;
  return before.length === after.length && (after.length === 0 || after[index]?.end === end);
}

/** The shortest paths at which two values differ, in order. */
export function differences(before: Json | undefined, after: Json | undefined): readonly ConcretePath[] {
  const found: ConcretePath[] = [];
  const compare = (a: Json | undefined, b: Json | undefined, path: ConcretePath): void => {
    if (Object.is(a, b) || a === b) return;
    if (Array.isArray(a) && Array.isArray(b)) {
      for (let index = 0; index < Math.max(a.length, b.length); index += 1)
        compare(a[index], b[index], [...path, index]);
    } else if (isPlainObject(a) && isPlainObject(b)) {
      const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
      for (const key of keys) compare(own(a, key), own(b, key), [...path, key]);
    } else found.push(path);
  };
  compare(before, after, []);
  return found;
}

function equal(a: unknown, b: unknown): boolean {
  return differences(a as Json, b as Json).length === 0;
}

function at(value: Json, path: ConcretePath): Json | undefined {
  let here: Json | undefined = value;
  for (const segment of path) {
    if (Array.isArray(here)) here = here[Number(segment)] as Json | undefined;
    else if (isPlainObject(here)) here = own(here, String(segment));
    else return undefined;
  }
  return here;
}

type JsonObject = Readonly<Record<string, Json>>;

function isPlainObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
