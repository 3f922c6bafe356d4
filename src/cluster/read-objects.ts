import { CORE_SCHEMA, load, Type, YAMLException, type LoadOptions } from 'js-yaml';
import { isRecord, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { checkObject, DEEPEST } from './checked-object.ts';
import { keepEssentials } from './essentials.ts';
import { readPrinted, splitItems, UNUSUAL } from './printed-yaml.ts';
import { lineFinder } from './source-lines.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';

export interface ReadObjects {
  readonly objects: readonly KubernetesObject[];
  readonly problems: readonly ClusterProblem[];
  /** Objects that are there, but not of the shape that their kind has: there is a problem about each. */
  readonly setAside: readonly ObjectRef[];
  /** Documents that are no Kubernetes objects: `snapshot.yaml`, a values file. */
  readonly others: readonly unknown[];
}

const MERGE = new Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (text) => text === '<<' || text === null,
});

/**
 * YAML as kubectl prints it: the core schema, in which times stay strings, and merge keys for what people wrote by hand.
 * Like kubectl, takes the last of two equal keys.
 */
const OPTIONS: LoadOptions = { schema: CORE_SCHEMA.extend({ implicit: [MERGE] }), json: true };

/** The most values that aliases may make of one document. kubectl prints no aliases at all. */
const MOST_VALUES = 1_000_000;

/**
 * Reads the objects of one file: single, multi-document, or any kind of list. What cannot be read becomes a problem, and
 * the other documents of the file are still read.
 *
 * @param file names the file in problems; `.json` decides the syntax.
 */
export function readObjects(content: Buffer, file: string): ReadObjects {
  if (content.subarray(0, 2).equals(UTF16_MARK)) return readText(content.toString('utf16le').slice(1), file);
  if (content.subarray(0, 8192).includes(0))
    return failed(file, 'binary content where YAML or JSON is expected');
  return readText(content.toString('utf8').replace(/^\ufeff/, ''), file);
}

/** What `kubectl get -o yaml > file` writes in Windows PowerShell. */
const UTF16_MARK = Buffer.from([0xff, 0xfe]);

function readText(text: string, file: string): ReadObjects {
  return (file.endsWith('.json') ? readJson(text, file) : null) ?? readYaml(text, file);
}

/** null for what is no JSON: the slower parser, which takes JSON too, then says where it breaks. */
function readJson(text: string, file: string): ReadObjects | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return collect([{ value, origin: () => ({ text, line: 1 }) }], file);
}

/** Reads fast what programs print; when anything is wrong, reads again with the parser that says what and where. */
function readYaml(text: string, file: string): ReadObjects {
  const documents = splitDocuments(text);
  try {
    const keep = keepingEachOnce();
    return collect(
      documents.map((document) => readQuickly(document, keep)),
      file,
    );
  } catch {
    return join(documents.map((document) => readDocument(document, file)));
  }
}

function readDocument(document: Document, file: string): ReadObjects {
  try {
    return collect([{ value: readStrictly(document.text), origin: () => document }], file);
  } catch (error) {
    return readItems(document, file) ?? unreadable(document, file, error);
  }
}

function unreadable({ line }: Document, file: string, error: unknown): ReadObjects {
  return failed(atLine(file, line + lineOf(error) - 1), describeYamlError(error));
}

/** A list in which something cannot be read, without the items that it is in; null where it is in none of them. */
function readItems({ text, line }: Document, file: string): ReadObjects | null {
  const list = splitItems(text);
  const rest = list && tried(() => readStrictly(list.rest));
  if (list === null || rest === null || 'error' in rest || !isRecord(rest.value)) return null;
  const parts: ReadObjects[] = [];
  let at = list.start;
  for (const chunk of list.items) {
    const document = { text: chunk, line: line + linesBefore(text, at) };
    at += chunk.length;
    const read = tried(() => readStrictly(chunk));
    if ('error' in read) {
      parts.push(unreadable(document, file, read.error));
      continue;
    }
    const items = Array.isArray(read.value) ? (read.value as readonly unknown[]) : [];
    const origins = new Map(items.map((item) => [item, () => document]));
    parts.push(collect([{ value: { ...rest.value, items }, origin: () => document, origins }], file));
  }
  return join(parts);
}

function tried<T>(run: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

/** Item by item where it is a list, so that an unusual one does not slow down the others. */
function readQuickly(document: Document, keep: Keep): Parsed {
  const { text, line } = document;
  const origin = (): Document => document;
  const list = splitItems(text);
  const rest = list && readChunk(list.rest, keep);
  if (list === null || !isRecord(rest)) return { value: readChunk(text, keep), origin };
  const origins = new Map<unknown, () => Document>();
  const items: unknown[] = [];
  let at = list.start;
  for (const chunk of list.items) {
    const start = at;
    at += chunk.length;
    for (const item of readChunk(chunk, keep) as readonly unknown[]) {
      items.push(item);
      origins.set(item, () => ({ text: chunk, line: line + linesBefore(text, start) }));
    }
  }
  return { value: { ...rest, items }, origin, origins };
}

function linesBefore(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function readChunk(text: string, keep: Keep): unknown {
  const value = readPrinted(text, readScalar, keep);
  return value === UNUSUAL ? readStrictly(text) : value;
}

type Keep = (value: string) => string;

/**
 * Most values of a recording occur many times, and V8 makes a piece of a text a window on the whole of it: a single one
 * would hold a file of 40 MB in memory. So each value is copied out once and shared.
 */
function keepingEachOnce(): Keep {
  const known = new Map<string, string>();
  return (value) => {
    const kept = known.get(value);
    if (kept !== undefined) return kept;
    const copy = Buffer.from(value).toString();
    // Half a surrogate pair, which an escape can make, has no UTF-8.
    const own = copy === value ? copy : value;
    known.set(own, own);
    return own;
  };
}

function readScalar(text: string): unknown {
  return (load(`- ${text}`, OPTIONS) as readonly unknown[])[0];
}

function readStrictly(text: string): unknown {
  return refuseBombs(load(text, OPTIONS), text);
}

interface Document {
  readonly text: string;
  /** Its first line in the file, from 1. */
  readonly line: number;
}

/** Cuts at the lines that start a document, so that a broken one does not take the others with it. */
function splitDocuments(text: string): readonly Document[] {
  // One document is the rule, and counting the lines of a large one is work and memory for nothing.
  if (!text.includes('\n---')) return [{ text, line: 1 }];
  const documents: Document[] = [];
  let line = 1;
  for (const part of text.split(/^(?=---(?:\s|$))/m)) {
    documents.push({ text: part, line });
    line += part.split('\n').length - 1;
  }
  return documents;
}

/** Parses, but would cost too much to walk. */
class Hostile extends Error {}

/** Aliases share what they name, so a bomb costs nothing until somebody walks it. Without them the parser limits the depth. */
function refuseBombs(document: unknown, text: string): unknown {
  if (!/[\s[{,]\*[^\s*]/.test(text)) return document;
  if (expandedSize(document) > MOST_VALUES)
    throw new Hostile(`aliases make more than ${MOST_VALUES} values of it; refused`);
  if (isDeeperThan(document, DEEPEST)) throw new Hostile('aliases nest it too deep; refused');
  return document;
}

/** The number of values with every alias written out; infinite when an alias names what it stands in. */
export function expandedSize(root: unknown): number {
  const sizes = new Map<object, number>();
  const size = (node: unknown, depth: number): number => {
    if (typeof node !== 'object' || node === null) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (depth > DEEPEST) return Infinity;
    sizes.set(node, Infinity);
    let total = 1;
    for (const child of Object.values(node)) total += size(child, depth + 1);
    sizes.set(node, total);
    return total;
  };
  return size(root, 0);
}

/** A document as it was parsed, and the text that it is from. */
interface Parsed {
  readonly value: unknown;
  readonly origin: () => Document;
  /** Of the items of a list that were read one by one: the text of each is a list of one item. */
  readonly origins?: ReadonlyMap<unknown, () => Document>;
}

/** Malformed objects of one file whose line is looked for: finding it takes reading again. */
const MOST_LINES = 100;

type Path = readonly (string | number)[];

function collect(documents: readonly Parsed[], file: string): ReadObjects {
  const objects: KubernetesObject[] = [];
  const problems: ClusterProblem[] = [];
  const setAside: ObjectRef[] = [];
  const others: unknown[] = [];
  const findLine = lineFinder(OPTIONS);
  const placeOf = ({ text, line }: Document, path: Path): string => {
    const inText = findLine(text, path);
    return inText === null ? file : atLine(file, line + inText - 1);
  };
  /** `at` is the path in the text of `origin`. */
  const add = (value: unknown, depth: number, at: Path, { origin, origins }: Omit<Parsed, 'value'>): void => {
    if (value === null || value === undefined) return;
    const list = itemsOf(value);
    if (list !== null && depth < 4) {
      const path = Array.isArray(value) ? at : [...at, 'items'];
      for (const [index, { item, written }] of list.entries()) {
        const own = depth === 0 ? origins?.get(written) : undefined;
        add(item, depth + 1, own ? [0] : [...path, index], { origin: own ?? origin });
      }
      return;
    }
    const checked = checkObject(value);
    if (checked.kind === 'object') objects.push(keepEssentials(checked.object));
    else if (checked.kind === 'other') others.push(value);
    else {
      const place = problems.length < MOST_LINES ? placeOf(origin(), [...at, ...checked.path]) : file;
      problems.push({ where: checked.name, message: `${checked.message} (${place})` });
      if (checked.ref) setAside.push(checked.ref);
    }
  };
  for (const { value, ...from } of documents) add(value, 0, [], from);
  return { objects, problems, setAside, others };
}

/** The items of a v1 List, of a typed list as the API serves it (its items have no kind of their own), or of a JSON array. */
function itemsOf(value: unknown): readonly { readonly item: unknown; readonly written: unknown }[] | null {
  if (Array.isArray(value)) return value.map((item: unknown) => ({ item, written: item }));
  if (!isRecord(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return null;
  const items = value['items'] ?? [];
  if (!Array.isArray(items)) return null;
  const kind = value['kind'].slice(0, -'List'.length);
  return items.map((written: unknown) => ({
    item:
      kind !== '' && isRecord(written) && written['kind'] === undefined
        ? { apiVersion: value['apiVersion'], kind, ...written }
        : written,
    written,
  }));
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

const NOTHING: ReadObjects = { objects: [], problems: [], setAside: [], others: [] };

function failed(where: string, message: string): ReadObjects {
  return { ...NOTHING, problems: [{ where, message }] };
}

function join(parts: readonly ReadObjects[]): ReadObjects {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
    setAside: parts.flatMap(({ setAside }) => setAside),
    others: parts.flatMap(({ others }) => others),
  };
}

function atLine(file: string, line: number): string {
  return `${file}:${line}`;
}

/** From 1. */
function lineOf(error: unknown): number {
  return error instanceof YAMLException ? (error.mark?.line ?? 0) + 1 : 1;
}

function describeYamlError(error: unknown): string {
  if (error instanceof Hostile) return error.message;
  if (error instanceof YAMLException) return `expected YAML or JSON: ${error.reason}`;
  throw error;
}
