import yaml from 'js-yaml';
import { resolved, type DocumentNode, type Entry } from '../edits/document-nodes.ts';
import { decode } from '../edits/edit.ts';
import { withoutMergeTags } from '../edits/merge-tags.ts';
import { openDocument } from '../edits/open-document.ts';
import { positionAt } from '../edits/positions.ts';
import { splitDocuments } from '../edits/split.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import { disputedCharacter, type TextProblem } from './disputed.ts';
import { isAliasBomb, KUBECTL_SCHEMA, yamlProblem } from './manifests.ts';

/** Values as Helm reads them, or why it cannot. */
export type HelmValuesReading =
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, Json>> }
  | ({ readonly kind: 'problem' } & TextProblem);

/**
 * The values in a text, as Helm reads them (sigs.k8s.io/yaml, not strict): of the first document, and of equal keys the last one counts,
 * with all that stands below it. An empty text is an empty mapping.
 */
export function helmValuesIn(text: string): HelmValuesReading {
  const disputed = disputedCharacter(text);
  if (disputed) return { kind: 'problem', ...disputed };
  const read = firstDocument(text);
  if ('message' in read) return { kind: 'problem', ...read };
  const value = read.value ?? {};
  return isRecord(value)
    ? { kind: 'values', values: value as Readonly<Record<string, Json>> }
    : { kind: 'problem', line: null, message: 'is not a mapping' };
}

const READ = new WeakMap<Buffer, HelmValuesReading>();

/** Those of a file, read once. */
export function helmValuesOf(content: Buffer): HelmValuesReading {
  const known = READ.get(content);
  if (known) return known;
  const text = decode(content);
  const read: HelmValuesReading =
    text === null ? { kind: 'problem', line: null, message: 'is not UTF-8 text' } : helmValuesIn(text);
  READ.set(content, read);
  return read;
}

/** The first document of a text as sigs.k8s.io/yaml reads it where it is not told to be strict. */
export function firstDocument(text: string): { readonly value: unknown } | TextProblem {
  if (isAliasBomb(text)) return { line: null, message: 'its aliases expand to millions of nodes' };
  const documents: unknown[] = [];
  try {
    yaml.loadAll(withoutMergeTags(text.replace(/^\uFEFF/, '')), (document) => documents.push(document), {
      schema: KUBECTL_SCHEMA,
      json: true,
    });
  } catch (error) {
    return yamlProblem(error);
  }
  // js-yaml lets a key of the mapping's own win over a merge key further down. Go's parser does not.
  return text.includes('<<') ? withMergeKeys(text) : { value: documents[0] };
}

function withMergeKeys(text: string): { readonly value: unknown } | TextProblem {
  const [range] = splitDocuments(text);
  if (!range) return { value: undefined };
  const opened = openDocument(text, range, { language: 'helm-values' });
  return 'code' in opened ? opened : { value: valueOf(opened.root, text) };
}

function valueOf(node: DocumentNode, text: string): Json {
  const here = resolved(node);
  if (here.kind === 'sequence') return here.items.map((item) => valueOf(item, text));
  if (here.kind === 'scalar') {
    if (here.style !== 'plain' || here.tag !== null) return here.value;
    return plainValue(text.slice(here.start, here.end), here.value);
  }
  const own = here.entries
    .filter(({ merge }) => !merge)
    .map((entry) => [keyOf(entry, text), valueOf(entry.value, text)] as const);
  const inherited = here.entries.filter(({ merge }) => merge).flatMap(({ value }) => mergedIn(value, text));
  return Object.fromEntries([...inherited, ...own]);
}

/** Of several mappings in one merge key, the first one wins. */
function mergedIn(node: DocumentNode, text: string): readonly (readonly [string, Json])[] {
  const source = resolved(node);
  const sources = source.kind === 'sequence' ? source.items.toReversed() : [source];
  return sources.flatMap((one) => {
    const value = valueOf(one, text);
    return isRecord(value) ? (Object.entries(value) as [string, Json][]) : [];
  });
}

function keyOf({ key, keyStart, keyEnd, keyStyle }: Entry, text: string): string {
  return keyStyle === 'plain' ? String(plainValue(text.slice(keyStart, keyEnd), key)) : String(key);
}

/** Text of several lines is text. */
function plainValue(source: string, value: Json): Json {
  return source.includes('\n') ? value : (yaml.load(source, { schema: KUBECTL_SCHEMA }) as Json);
}

/** A key that stands several times in one mapping. */
export interface RepeatedKey {
  /** With the keys above it: `image.tag`. */
  readonly key: string;
  /** From 1; only the last one counts. */
  readonly lines: readonly number[];
}

/** The keys of a values file that stand several times. */
export function repeatedKeysIn(content: Buffer): readonly RepeatedKey[] {
  const text = decode(content);
  if (text === null) return [];
  const [range] = splitDocuments(text);
  // Reading where everything stands takes its time, and files without a key twice are the rule.
  if (!range || !REPEATED.test(duplicateComplaint(text))) return [];
  const opened = openDocument(text, range, { language: 'helm-values' });
  return 'code' in opened ? [] : [...repeatedBelow(opened.root, [], text)];
}

const REPEATED = /^duplicated mapping key/;

function duplicateComplaint(text: string): string {
  try {
    yaml.loadAll(withoutMergeTags(text.replace(/^\uFEFF/, '')), () => undefined, { schema: KUBECTL_SCHEMA });
    return '';
  } catch (error) {
    return error instanceof yaml.YAMLException ? error.reason : '';
  }
}

function* repeatedBelow(node: DocumentNode, above: readonly string[], text: string): Iterable<RepeatedKey> {
  if (node.kind === 'sequence')
    for (const [index, item] of node.items.entries())
      yield* repeatedBelow(item, [...above, String(index)], text);
  if (node.kind !== 'mapping') return;
  for (const entry of node.entries) {
    const others = node.overridden.filter(({ key }) => key !== null && key === entry.key);
    if (others.length > 0)
      yield {
        key: [...above, entry.key].join('.'),
        lines: [...others, entry].map(({ keyStart }) => positionAt(text, keyStart).line),
      };
    yield* repeatedBelow(entry.value, [...above, entry.key ?? '?'], text);
  }
}
