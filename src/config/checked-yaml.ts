import {
  isAlias,
  isMap,
  isNode,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
} from 'yaml';
import { z } from 'zod';
import { messageOf } from '../errors/error-message.ts';
import { nearest } from '../errors/nearest.ts';

/** In UTF-16 units. What is longer was not written by people. */
const MAX_LENGTH = 1024 * 1024;

/** What is wrong with the file, and where. Lines and columns count from 1. */
export interface ConfigError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What was expected and what was found, without the place. */
  readonly message: string;
}

/** What a file says, without defaults, and where. */
export interface Written {
  readonly value: unknown;
  /** Where the value at a path starts; for a key that is missing, where the mapping starts that lacks it. */
  placeOf(path: readonly PropertyKey[]): { readonly line: number; readonly column: number };
}

/** `value` is null exactly when there are errors. */
export type Checked<T> =
  | { readonly value: T; readonly written: Written; readonly errors: readonly [] }
  | { readonly value: null; readonly errors: readonly [ConfigError, ...ConfigError[]] };

/** `.github/faultline.yml:7:11: policy.rules[0].mode: expected one of off, …` */
export function describeConfigError(error: ConfigError): string {
  return `${error.file}:${error.line}:${error.column}: ${error.message}`;
}

/** Reads and checks YAML that people write. An empty file is an empty mapping. All errors are found at once, in the order of their lines. */
export function parseChecked<T extends z.ZodType>(
  schema: T,
  text: string,
  file: string,
): Checked<z.output<T>> {
  const lines = new LineCounter();
  const errors: ConfigError[] = [];
  function placeAt(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
  function report(offset: number, message: string): void {
    errors.push({ file, ...placeAt(offset), message });
  }

  if (text.length > MAX_LENGTH) {
    report(0, `expected at most ${MAX_LENGTH} characters`);
    return { value: null, errors: sorted(errors) };
  }
  // YAML 1.2 whatever the file says: in 1.1 `off` is a boolean and a day a point in time.
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
  });
  const [document, second] = 'empty' in documents ? [] : documents;
  for (const { pos, message } of document?.errors ?? []) report(pos[0], message);
  if (second) report(second.range[0], 'expected one document, but found another one here');
  if (document)
    visit(document, {
      Alias: (_key, alias) => {
        if (!alias.resolve(document)) report(offsetOf(alias), unknownAnchor(alias.source));
      },
    });
  if (errors.length > 0) return { value: null, errors: sorted(errors) };

  let value: unknown;
  try {
    value = document?.toJS() ?? {};
  } catch (error) {
    // Too many aliases, or one in itself.
    report(0, `expected plain YAML: ${messageOf(error)}`);
    return { value: null, errors: sorted(errors) };
  }
  const result = schema.safeParse(value);
  if (result.success) {
    const placeOf: Written['placeOf'] = (path) => placeAt(valueOffset(document, path));
    return { value: result.data, written: { value, placeOf }, errors: [] };
  }
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        report(keyOffset(document, issue.path, key), unknownKey(schema, issue.path, key));
    } else {
      report(valueOffset(document, issue.path), explainIssue(issue, value));
    }
  }
  return { value: null, errors: sorted(errors) };
}

function sorted(errors: readonly ConfigError[]): readonly [ConfigError, ...ConfigError[]] {
  const [first, ...others] = [...errors].sort((a, b) => a.line - b.line || a.column - b.column);
  return [first!, ...others];
}

function unknownAnchor(name: string): string {
  return `*${name} refers to an anchor that is not there. A pattern that starts with * has to be quoted: "*${name}"`;
}

type Path = readonly PropertyKey[];

function explainIssue(issue: z.core.$ZodIssue, root: unknown): string {
  const where = issue.path.length === 0 ? 'the file' : writePath(issue.path);
  const found = valueAt(root, issue.path);
  if (found === undefined) return `${where} is missing: expected ${issue.message}`;
  const meant = nearest(String(found), knownValues(issue));
  return `${where}: expected ${issue.message}, but found ${describeValue(found)}${didYouMean(meant)}`;
}

/** What may stand there, where it is one of a few words. */
function knownValues(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  const known: unknown = issue.code === 'custom' ? issue.params?.['known'] : undefined;
  return Array.isArray(known) ? known.map(String) : [];
}

function unknownKey(schema: z.core.$ZodType, path: Path, key: string): string {
  const known = knownKeys(schema, path);
  const where = path.length === 0 ? '' : ` in ${writePath(path)}`;
  return `unknown key ${JSON.stringify(key)}${where}: expected one of ${known.join(', ')}${didYouMean(nearest(key, known))}`;
}

function didYouMean(word: string | null): string {
  return word === null ? '' : `. Did you mean ${word}?`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return value === null ? 'nothing' : String(value);
}

/** `policy.rules[1].mode` */
export function writePath(path: Path): string {
  return path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${String(segment)}`))
    .join('')
    .replace(/^\./, '');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, key) => (here as Record<PropertyKey, unknown> | undefined)?.[key], root);
}

/** The keys that the schema knows at a path. */
function knownKeys(whole: z.core.$ZodType, path: Path): readonly string[] {
  let schema = whole;
  for (const segment of [...path, null]) {
    while (
      schema instanceof z.ZodOptional ||
      schema instanceof z.ZodDefault ||
      schema instanceof z.ZodPrefault
    ) {
      schema = schema.unwrap();
    }
    if (segment === null) break;
    if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else if (schema instanceof z.ZodObject) schema = schema.shape[String(segment)];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Where a value starts; for one that is missing, where the mapping starts that lacks it. */
function valueOffset(document: Document.Parsed | undefined, path: Path): number {
  if (!document) return 0;
  let here: Node | null = document.contents;
  let offset = offsetOf(here);
  for (const segment of path) {
    here = childOf(resolved(document, here), segment);
    if (here === null) break;
    offset = offsetOf(here);
  }
  return offset;
}

function keyOffset(document: Document.Parsed | undefined, path: Path, key: string): number {
  if (!document) return 0;
  let here: Node | null = document.contents;
  for (const segment of path) here = childOf(resolved(document, here), segment);
  const mapping = resolved(document, here);
  const pair = isMap(mapping) ? mapping.items.find((item) => nameOf(item.key) === key) : undefined;
  return isNode(pair?.key) ? offsetOf(pair.key) : valueOffset(document, path);
}

function childOf(node: Node | null, segment: PropertyKey): Node | null {
  if (isSeq(node)) return asNode(node.items[Number(segment)]);
  if (isMap(node)) return asNode(node.items.find((item) => nameOf(item.key) === String(segment))?.value);
  return null;
}

function resolved(document: Document.Parsed, node: Node | null): Node | null {
  return isAlias(node) ? asNode(node.resolve(document)) : node;
}

function nameOf(key: unknown): string {
  return String(isNode(key) && 'value' in key ? key.value : key);
}

function asNode(value: unknown): Node | null {
  return isNode(value) ? value : null;
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}
