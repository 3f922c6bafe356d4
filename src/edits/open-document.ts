import { parseAllDocuments, type Document } from 'yaml';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Json, Scalar } from '../kubernetes/objects.ts';
import {
  type DocumentNode,
  type Language,
  type MappingNode,
  type ScalarNode,
  type ScalarStyle,
  Builder,
  resolved,
  templateProblem,
} from './document-nodes.ts';
import { ambiguousScalar } from './plain-scalars.ts';
import { positionAt } from './positions.ts';
import { type Problem, problem, problemAt } from './problem.ts';
import type { DocumentRange } from './split.ts';

/** Documents above this many UTF-16 units are not opened. */
export const LARGEST_DOCUMENT = 5_000_000;
/** One document of a file, parsed for editing. */
export interface OpenDocument {
  readonly kind: 'document';
  readonly language: Language;
  readonly text: string;
  readonly range: DocumentRange;
  readonly root: DocumentNode;
  /** Where this text lies in a file; the text itself, or a literal block of another document. */
  readonly host: Host | null;
}

/** The document and the literal block scalar in it that an inner document is written in. */
export interface Host {
  readonly document: OpenDocument;
  readonly path: ConcretePath;
  /** For each line of the inner text: its offset there, and those of its line and of its content in the host's text. */
  readonly lines: readonly { readonly inner: number; readonly line: number; readonly content: number }[];
  /** Lines added inside the block begin with this. */
  readonly indent: string;
}

/** The document whose text is the file's. */
export function outermost(document: OpenDocument): OpenDocument {
  return document.host ? outermost(document.host.document) : document;
}

/** A scalar of a document and where its value stands. Offsets, line and column are those of the file. */
export interface ScalarSite {
  readonly kind: 'scalar';
  readonly path: ConcretePath;
  readonly value: Scalar;
  readonly style: ScalarStyle | 'alias';
  /** The value exactly as written, quotes included; an alias's own text. */
  readonly source: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly anchor: string | null;
  readonly tag: string | null;
  /** How the path comes to it: written there, through an alias to a collection, or through a merge key. */
  readonly through: 'own' | 'alias' | 'merge';
  /** Parsers differ on what it means, so that only the tool that reads it can tell. */
  readonly ambiguous: boolean;
}

export interface OpenOptions {
  /** `json` demands that the document is JSON and stays it. Default `yaml`. */
  readonly language?: Language;
}

/** Parses one document of `text` for editing. Every text that is no editable document gives a problem. */
export function openDocument(
  text: string,
  range: DocumentRange,
  options: OpenOptions = {},
): OpenDocument | Problem {
  return openIn(text, range, options.language ?? 'yaml', null);
}

export function openIn(
  text: string,
  range: DocumentRange,
  language: Language,
  host: Host | null,
): OpenDocument | Problem {
  const slice = text.slice(range.start, range.end);
  if (slice.length > LARGEST_DOCUMENT) {
    const message = `the document has ${slice.length} characters, more than ${LARGEST_DOCUMENT}`;
    return problemAt('too-large', message, text, range.start);
  }
  const loneReturn = /\r(?!\n)/.exec(slice);
  if (loneReturn) {
    const message = 'a carriage return without a line feed, which parsers read differently';
    return problemAt('lone-carriage-return', message, text, range.start + loneReturn.index);
  }
  if (language === 'json') {
    const complaint = jsonComplaint(slice);
    if (complaint !== null) return problemAt('not-yaml', complaint, text, range.start);
  }
  const deep = tooDeep(slice);
  if (deep !== null)
    return problemAt('too-deep', 'collections are nested too deeply', text, range.start + deep);
  const parsed = parse(slice);
  if (parsed === null) return problemAt('too-deep', 'collections are nested too deeply', text, range.start);
  const error = parsed.errors[0];
  if (error) {
    const at = range.start + error.pos[0];
    if (error.code === 'DUPLICATE_KEY')
      return problemAt('duplicate-key', 'the mapping has this key twice', text, at);
    if (/call stack/.test(error.message))
      return problemAt('too-deep', 'collections are nested too deeply', text, at);
    const template = TEMPLATE.exec(slice);
    if (template) return templateProblem(text, range.start + template.index + template[0].indexOf('{{'));
    return problemAt('not-yaml', error.message, text, at);
  }
  const builder = new Builder(text, range.start, language);
  const built = builder.build(parsed.contents, range.end);
  return built.kind === 'problem' ? built : { kind: 'document', language, text, range, root: built, host };
}

/** An expression of Go's templates, Jinja or the like, outside quotes and comments. */
const TEMPLATE = /(?<=^|\n)[^"'#\n]*\{\{/;

function jsonComplaint(slice: string): string | null {
  try {
    JSON.parse(slice.replace(/^\uFEFF/, ''));
    return null;
  } catch (error) {
    return (error as Error).message.replace(/ in JSON at position.*$|, "[^]*$/, '');
  }
}

/** null where the parser runs out of stack. */
function parse(slice: string): Pick<Document.Parsed, 'errors' | 'contents'> | null {
  // Kubernetes' tools read every document by the same rules, whatever its %YAML directive says.
  const undirected = slice.replace(/(?<=^|\n|\uFEFF)%(?=YAML[ \t])/g, '#');
  // Its own search for duplicate keys takes quadratic time.
  const options = {
    schema: 'core',
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  } as const;
  try {
    const [first] = parseAllDocuments(undirected, options) as readonly Document.Parsed[];
    // A text of nothing but comments is no document yet.
    return first ?? { errors: [], contents: null };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The offset at which the nesting, guessed from brackets and indentation, passes any that could be meant. */
function tooDeep(slice: string): number | null {
  const brackets = /(?:[[{][\s,"':]*){100}/.exec(slice) ?? /(?:[-?:][ \t]+){100}/.exec(slice);
  return brackets?.index ?? null;
}

/** The node at a path as it is written there: an alias stays an alias. Merged keys are found; null where there is nothing. */
export function nodeAt(document: OpenDocument, path: ConcretePath): DocumentNode | null {
  return reach(document, path)?.node ?? null;
}

/** A node and how the path came to it. */
export interface Reached {
  readonly node: DocumentNode;
  readonly through: ScalarSite['through'];
}

export function reach(document: OpenDocument, path: ConcretePath): Reached | null {
  let here: Reached = { node: document.root, through: 'own' };
  for (const segment of path) {
    const through: ScalarSite['through'] =
      here.node.kind === 'alias' && here.through === 'own' ? 'alias' : here.through;
    const node = resolved(here.node);
    let next: Reached | null = null;
    if (node.kind === 'mapping') next = inMapping(node, String(segment), through);
    else if (node.kind === 'sequence' && typeof segment === 'number') {
      const item = node.items[segment];
      next = item ? { node: item, through } : null;
    }
    if (next === null) return null;
    here = next;
  }
  return here;
}

/** True where a value is written at an anchor elsewhere and an alias or a merge key brings it here. */
export function isReachedByAlias(document: OpenDocument, path: ConcretePath): boolean {
  const reached = reach(document, path);
  return reached !== null && (reached.through !== 'own' || reached.node.kind === 'alias');
}

function inMapping(mapping: MappingNode, key: string, through: ScalarSite['through']): Reached | null {
  const own = mapping.entries.find((entry) => entry.key === key && !entry.merge);
  if (own) return { node: own.value, through };
  for (const source of mergedInto(mapping)) {
    const inherited = inMapping(source, key, 'merge');
    if (inherited) return inherited;
  }
  return null;
}

/** The mappings whose keys a mapping takes over with `<<`, the winning one first. */
function mergedInto(mapping: MappingNode): readonly MappingNode[] {
  return (
    mapping.entries
      .filter((entry) => entry.merge)
      // Only Helm's values may have two, and the last one wins there.
      .toReversed()
      .flatMap((entry) => {
        const value = resolved(entry.value);
        return value.kind === 'sequence' ? value.items.map(resolved) : [value];
      })
      .filter((node): node is MappingNode => node.kind === 'mapping')
  );
}

/** Stands for a key that is itself a collection, which no path can name. */
const COMPLEX_KEY = '? ';

/** The keys of a mapping, merged ones included, in order. */
function fieldsOf(mapping: MappingNode): ReadonlyMap<string, Reached> {
  const fields = new Map<string, Reached>();
  for (const entry of mapping.entries) {
    if (entry.merge) continue;
    fields.set(entry.key ?? `${COMPLEX_KEY}${fields.size}`, { node: entry.value, through: 'own' });
  }
  for (const source of mergedInto(mapping)) {
    for (const [key, field] of fieldsOf(source))
      if (!fields.has(key)) fields.set(key, { ...field, through: 'merge' });
  }
  return fields;
}

/** The value of the document, aliases and merge keys expanded. */
export function documentValue(document: OpenDocument): Json {
  return valueOf(document.root);
}

export function valueOf(node: DocumentNode): Json {
  const written = resolved(node);
  if (written.kind === 'scalar') return written.value;
  if (written.kind === 'sequence') return written.items.map(valueOf);
  const value: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const [key, field] of fieldsOf(written)) value[key] = valueOf(field.node);
  return value;
}

/** The scalar at a path, or what stands in the way. */
export function scalarAt(document: OpenDocument, path: ConcretePath): ScalarSite | Problem {
  const reached = reach(document, path);
  if (reached === null) return problem('not-found', 'there is nothing at this path');
  const site = siteOf(document, path, reached);
  if (site) return site;
  const { start } = reached.node;
  return problemAt('not-a-scalar', 'a mapping or sequence stands at this path', ...inFile(document, start));
}

/** Every scalar of the document in the order of the text, those reached through aliases and merge keys included. */
export function scalars(document: OpenDocument): readonly ScalarSite[] {
  const sites: ScalarSite[] = [];
  const positions = new Positions(document);
  const visit = (reached: Reached, path: ConcretePath): void => {
    const site = siteOf(document, path, reached, positions);
    if (site) {
      sites.push(site);
      return;
    }
    const through = reached.node.kind === 'alias' && reached.through === 'own' ? 'alias' : reached.through;
    const node = resolved(reached.node);
    if (node.kind === 'sequence') {
      for (const [index, item] of node.items.entries()) visit({ node: item, through }, [...path, index]);
    } else if (node.kind === 'mapping') {
      for (const [key, field] of fieldsOf(node)) {
        if (key.startsWith(COMPLEX_KEY)) continue;
        visit({ node: field.node, through: through === 'own' ? field.through : through }, [...path, key]);
      }
    }
  };
  visit({ node: document.root, through: 'own' }, []);
  return sites;
}

/** Remembers the line starts of a file, for asking many positions. */
class Positions {
  readonly #starts: number[] = [0];
  readonly #bom: boolean;

  constructor(document: OpenDocument) {
    const [text] = inFile(document, 0);
    this.#bom = text.startsWith('\uFEFF');
    for (const match of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(match.index + match[0].length);
  }

  at(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const start = low === 0 && this.#bom && offset > 0 ? 1 : this.#starts[low]!;
    return { line: low + 1, column: offset - start + 1 };
  }
}

function siteOf(
  document: OpenDocument,
  path: ConcretePath,
  reached: Reached,
  positions?: Positions,
): ScalarSite | null {
  const { node, through } = reached;
  const target = resolved(node);
  if (target.kind !== 'scalar') return null;
  const [text, start] = inFile(document, node.start);
  const [, end] = inFile(document, node.end);
  const source = document.text.slice(node.start, node.end);
  const style = node.kind === 'alias' ? 'alias' : target.style;
  return {
    kind: 'scalar',
    path,
    value: target.value,
    style,
    source,
    start,
    end,
    ...(positions ? positions.at(start) : positionAt(text, start)),
    anchor: node.anchor,
    tag: node.tag,
    through,
    ambiguous: isAmbiguous(document, target),
  };
}

/** Go's parser gives a clipped block that ends with the text no final newline; the others do. */
function isAmbiguous(document: OpenDocument, node: ScalarNode): boolean {
  const source = document.text.slice(node.start, node.end);
  if (node.style === 'plain') return node.tag === null && ambiguousScalar(source);
  return (
    (node.style === 'literal' || node.style === 'folded') &&
    node.value !== '' &&
    !/\n\s*$/.test(source) &&
    !/^.[1-9]?-/.test(source)
  );
}

/** The file and the offset in it of an offset in the document's own text. */
export function inFile(document: OpenDocument, offset: number): readonly [text: string, offset: number] {
  if (document.host === null) return [document.text, offset];
  return inFile(document.host.document, hostOffset(document.host, offset));
}

/** The line of a literal block that an offset in its inner text is on. */
export function lineAt(host: Host, offset: number): Host['lines'][number] {
  let low = 0;
  let high = host.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (host.lines[middle]!.inner <= offset) low = middle;
    else high = middle - 1;
  }
  return host.lines[low]!;
}

/** The offset in the host's text of an offset in the inner text. */
export function hostOffset(host: Host, offset: number): number {
  const line = lineAt(host, offset);
  return line.content + (offset - line.inner);
}
