import { isRecord } from '../kubernetes/objects.ts';
import {
  atLine,
  collect,
  type Document,
  failed,
  join,
  type Parsed,
  type ReadObjects,
  type Trim,
} from './collect-objects.ts';
import { keepEssentials } from './essentials.ts';
import { readPrinted, splitItems, UNUSUAL } from './printed-yaml.ts';
import { describeYamlError, lineOf, readScalar, readStrictly } from './strict-yaml.ts';

/**
 * Reads the objects of one file: single, multi-document, or any kind of list. What cannot be read becomes a problem, and
 * the other documents of the file are still read.
 *
 * @param file names the file in problems; `.json` decides the syntax.
 * @param trim what is kept of each object
 */
export function readObjects(content: Buffer, file: string, trim: Trim = keepEssentials): ReadObjects {
  if (content.subarray(0, 2).equals(UTF16_MARK))
    return readText(content.toString('utf16le').slice(1), file, trim);
  if (content.subarray(0, 8192).includes(0))
    return failed(file, 'binary content where YAML or JSON is expected');
  return readText(content.toString('utf8').replace(/^\ufeff/, ''), file, trim);
}

/** What `kubectl get -o yaml > file` writes in Windows PowerShell. */
const UTF16_MARK = Buffer.from([0xff, 0xfe]);

function readText(text: string, file: string, trim: Trim): ReadObjects {
  return (file.endsWith('.json') ? readJson(text, file, trim) : null) ?? readYaml(text, file, trim);
}

/** null for what is no JSON: the slower parser, which takes JSON too, then says where it breaks. */
function readJson(text: string, file: string, trim: Trim): ReadObjects | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return collect([{ value, origin: () => ({ text, line: 1 }) }], file, trim);
}

/** Reads fast what programs print; when anything is wrong, reads again with the parser that says what and where. */
function readYaml(text: string, file: string, trim: Trim): ReadObjects {
  const documents = splitDocuments(text);
  try {
    const keep = keepingEachOnce();
    return collect(
      documents.map((document) => readQuickly(document, keep)),
      file,
      trim,
    );
  } catch {
    return join(documents.map((document) => readDocument(document, file, trim)));
  }
}

function readDocument(document: Document, file: string, trim: Trim): ReadObjects {
  try {
    return collect([{ value: readStrictly(document.text), origin: () => document }], file, trim);
  } catch (error) {
    return readItems(document, file, trim) ?? unreadable(document, file, error);
  }
}

function unreadable({ line }: Document, file: string, error: unknown): ReadObjects {
  return failed(atLine(file, line + lineOf(error) - 1), describeYamlError(error));
}

/** A list in which something cannot be read, without the items that it is in; null where it is in none of them. */
function readItems({ text, line }: Document, file: string, trim: Trim): ReadObjects | null {
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
    parts.push(collect([{ value: { ...rest.value, items }, origin: () => document, origins }], file, trim));
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
