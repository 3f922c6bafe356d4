import { type Document, parseAllDocuments } from 'yaml';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { Builder, type DocumentNode, type Language, templateProblem } from './document-nodes.ts';
import { type Problem, problemAt } from './problem.ts';
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
