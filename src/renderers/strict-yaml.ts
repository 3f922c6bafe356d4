import { isDeepStrictEqual } from 'node:util';
import yaml from 'js-yaml';
import { decode } from '../edits/edit.ts';
import {
  type DocumentNode,
  type Entry,
  type MappingNode,
  type ScalarNode,
  resolved,
} from '../edits/document-nodes.ts';
import { openDocument } from '../edits/open-document.ts';
import { ambiguousScalar, coreType } from '../edits/plain-scalars.ts';
import { positionAt } from '../edits/positions.ts';
import { splitDocuments, type DocumentRange } from '../edits/split.ts';
import type { Json } from '../kubernetes/objects.ts';
import { disputedCharacter, type TextProblem } from './disputed.ts';
import { KUBECTL_BOOLEANS, KUBECTL_SCHEMA, yamlProblem } from './manifests.ts';

/** One document as a value, and where its parts stand. */
export interface StrictDocument {
  readonly value: Json;
  /** The line of the value at a path, from 1; of the deepest part of the path that exists. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

export interface StrictReading {
  /** Documents without any content are left out. */
  readonly documents: readonly StrictDocument[];
  readonly problem: TextProblem | null;
}

/**
 * What a manifest that is handed on as it is must not have: disputed characters, directives, unknown tags, keys that are
 * written twice. Anything else that is no YAML is left to the renderer, which refuses it in its own words.
 */
export function manifestProblem(content: Buffer): TextProblem | null {
  const text = decode(content);
  if (text === null) return { line: null, message: 'is not UTF-8 text' };
  const disputed = disputedCharacter(text) ?? directive(text);
  if (disputed) return disputed;
  try {
    yaml.loadAll(text.replace(/^\uFEFF/, ''), () => undefined, { schema: KUBECTL_SCHEMA });
  } catch (error) {
    const refused = error instanceof yaml.YAMLException && REFUSED.test(error.reason);
    const mark = refused ? (error.mark as { line?: number } | undefined) : undefined;
    if (refused)
      return {
        line: mark?.line === undefined ? null : mark.line + 1,
        message: `is not YAML: ${error.reason}`,
      };
  }
  return null;
}

const REFUSED = /^(duplicated mapping key|unknown tag|unidentified alias)/;

function directive(text: string): TextProblem | null {
  const index = text.search(/^\uFEFF?%/m);
  return index < 0
    ? null
    : { line: positionAt(text, index).line, message: 'has a line that begins with %, a directive' };
}

/**
 * Reads YAML as Go's parser of kustomize and helm types it (sigs.k8s.io/yaml), for files that steer them. Whatever two
 * parsers, or the two generations of YAML, could read differently is refused with its line, so that the value that comes
 * back is the only one that there is.
 */
export function readStrictly(content: Buffer): StrictReading {
  const none = (problem: TextProblem): StrictReading => ({ documents: [], problem });
  const text = decode(content);
  if (text === null) return none({ line: null, message: 'cannot be read as UTF-8 text' });
  const disputed = disputedCharacter(text) ?? directive(text);
  if (disputed) return none(disputed);
  const documents: StrictDocument[] = [];
  for (const range of splitDocuments(text)) {
    try {
      const document = documentIn(text, range);
      if (document) documents.push(document);
    } catch (error) {
      if (error instanceof Refused) return none(error.problem);
      throw error;
    }
  }
  return { documents, problem: null };
}

class Refused extends Error {
  readonly problem: TextProblem;

  constructor(problem: TextProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function refusalAt(text: string, offset: number, message: string): Refused {
  return new Refused({ line: positionAt(text, offset).line, message });
}

function documentIn(text: string, range: DocumentRange): StrictDocument | null {
  const slice = text.slice(range.start, range.end).replace(/^\uFEFF/, '');
  const { line: firstLine } = positionAt(text, range.start);
  let second: unknown;
  try {
    second = yaml.load(slice, { schema: KUBECTL_SCHEMA });
  } catch (error) {
    const { line, message } = yamlProblem(error);
    throw new Refused({ line: (line ?? 1) + firstLine - 1, message });
  }
  const opened = openDocument(text, range);
  if ('code' in opened) {
    const { line, message } = opened;
    throw new Refused({ line, message: `is not YAML that every parser reads: ${message}` });
  }
  const { root } = opened;
  if (root.kind === 'scalar' && root.style === 'empty') return null;
  const value = new Valuer(text).valueOf(root);
  if (!isDeepStrictEqual(value, second))
    throw refusalAt(text, root.start, 'is YAML that two parsers read differently');
  return { value, lineOf: (path) => positionAt(text, offsetOf(root, path)).line };
}

function offsetOf(root: DocumentNode, path: readonly (string | number)[]): number {
  let node: DocumentNode = root;
  for (const step of path) {
    const here = resolved(node);
    const next: DocumentNode | undefined =
      here.kind === 'mapping'
        ? here.entries.find(({ key }) => key === String(step))?.value
        : here.kind === 'sequence'
          ? here.items[Number(step)]
          : undefined;
    if (next === undefined) return node.start;
    node = next;
  }
  return node.start;
}

class Valuer {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  valueOf(node: DocumentNode): Json {
    switch (node.kind) {
      case 'alias':
        return this.valueOf(node.target);
      case 'sequence':
        this.#refuseTag(node);
        return node.items.map((item) => this.valueOf(item));
      case 'mapping':
        this.#refuseTag(node);
        return this.#mapping(node);
      case 'scalar':
        return this.#scalar(node);
    }
  }

  #refuse(offset: number, message: string): never {
    throw refusalAt(this.#text, offset, message);
  }

  #refuseTag({ tag, start }: DocumentNode): void {
    if (tag !== null && !/^tag:yaml\.org,2002:(map|seq)$/.test(tag))
      this.#refuse(start, `has the tag ${tag}`);
  }

  #mapping(node: MappingNode): Json {
    const value: Record<string, Json> = {};
    const own = new Set<string>();
    for (const entry of node.entries) {
      if (entry.merge) {
        for (const [key, merged] of this.#merged(entry)) {
          // One generation of Go's parser lets what is merged later win, the other does not.
          if (own.has(key))
            this.#refuse(entry.keyStart, `merges ${key} over a key of its own that stands before it`);
          if (!Object.hasOwn(value, key)) value[key] = merged;
        }
        continue;
      }
      const key = this.#key(entry);
      own.add(key);
      value[key] = this.valueOf(entry.value);
    }
    return value;
  }

  #merged({ value, keyStart }: Entry): readonly (readonly [string, Json])[] {
    const source = resolved(value);
    const sources = source.kind === 'sequence' ? source.items.map(resolved) : [source];
    return sources.flatMap((each) =>
      each.kind === 'mapping'
        ? Object.entries(this.#mapping(each) as Readonly<Record<string, Json>>)
        : this.#refuse(keyStart, 'merges what is not a mapping'),
    );
  }

  #key({ key, keyStart, keyEnd, keyStyle }: Entry): string {
    if (key === null || key === '__proto__') return this.#refuse(keyStart, 'has a key that is not text');
    const source = this.#text.slice(keyStart, keyEnd);
    const isText =
      keyStyle === 'single' ||
      keyStyle === 'double' ||
      (keyStyle === 'plain' && !ambiguousScalar(source) && ['string', 'integer'].includes(coreType(source)));
    return isText ? key : this.#refuse(keyStart, `has the key ${source}, which parsers read differently`);
  }

  #scalar(node: ScalarNode): Json {
    const { style, start, tag } = node;
    if (tag !== null && tag !== 'tag:yaml.org,2002:str') this.#refuse(start, `has the tag ${tag}`);
    if (style === 'empty') return tag === null ? null : '';
    if (typeof node.value === 'string' && !node.value.isWellFormed())
      this.#refuse(start, 'has half of a surrogate pair');
    const source = this.#text.slice(start, node.end);
    if (style !== 'plain') return String(node.value);
    if (node.inFlow && source.includes('?')) this.#refuse(start, `has ${source} in brackets: quote it`);
    if (tag !== null) return typeof node.value === 'string' ? node.value : source;
    const typed = asGoTypes(source);
    if (typed === undefined) this.#refuse(start, `has ${source}, which parsers read differently: quote it`);
    return typeof typed === 'string' && typeof node.value === 'string' ? node.value : typed;
  }
}

const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** A plain scalar as sigs.k8s.io/yaml types it; undefined where its versions, or other parsers, differ. */
function asGoTypes(source: string): Exclude<Json, readonly Json[] | object> | undefined {
  const word = KUBECTL_BOOLEANS.get(source);
  if (word !== undefined) return word;
  if (/^[-+]?0[0-7]+$/.test(source)) {
    const digits = Number.parseInt(source.replace(/^[-+]/, ''), 8);
    return source.startsWith('-') ? -digits : digits;
  }
  if (/^0x[0-9a-fA-F]{1,12}$/.test(source)) return Number(source);
  if (/^[-+]?0[xob][0-9a-f_]*$/i.test(source)) return undefined;
  // Dates and times of day are text to it, as to every parser that is used here.
  const hasDigit = /[0-9]/.test(source) || /^[-+]?\.(?:inf|nan)$/i.test(source);
  if (
    (!hasDigit && coreType(source) === 'string') ||
    SEXAGESIMAL.test(source) ||
    /^\d{4}-\d\d?-\d\d?/.test(source)
  )
    return source;
  if (ambiguousScalar(source)) return undefined;
  switch (coreType(source)) {
    case 'null':
      return null;
    case 'integer':
    case 'float':
      return Number.isFinite(Number(source)) ? Number(source) + 0 : undefined;
    default:
      return source;
  }
}
