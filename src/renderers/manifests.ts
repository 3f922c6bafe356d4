import yaml from 'js-yaml';
import { messageOf } from '../errors/error-message.ts';
import { isKubernetesObject, isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { decode } from '../edits/edit.ts';
import { withoutMergeTags } from '../edits/merge-tags.ts';
import { disputedCharacter } from './disputed.ts';
import type { FileProblem, Origin } from './rendering.ts';

/**
 * Plain manifests, typed as kubectl types them: YAML 1.2's core schema plus merge keys, YAML 1.1's booleans and octal
 * integers (sigs.k8s.io/yaml reads with go-yaml v2), and no timestamps.
 */
export const KUBECTL_BOOLEANS: ReadonlyMap<string, boolean> = new Map<string, boolean>(
  [
    ...['y', 'yes', 'on', 'true'].map((word) => [word, true] as const),
    ...['n', 'no', 'off', 'false'].map((word) => [word, false] as const),
  ].flatMap(([word, value]) =>
    [word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1)].map((text) => [text, value] as const),
  ),
);

const KUBECTL_BOOLEAN = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && KUBECTL_BOOLEANS.has(text),
  construct: (text: string) => KUBECTL_BOOLEANS.get(text),
});

const KUBECTL_OCTAL = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: unknown) =>
    typeof text === 'string' &&
    /^[-+]?(?:0[0-7_]*|[1-9][0-9_]*|0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7]+)$/.test(text),
  construct: (text: string) => {
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = text.replace(/^[-+]/, '').replaceAll('_', '');
    return sign * (/^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
  },
});

const MERGE_KEY = new yaml.Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (text: unknown) => text === '<<' || text === null,
});

/** How kubectl reads a manifest. A type with the tag of another takes its place. */
export const KUBECTL_SCHEMA = yaml.CORE_SCHEMA.extend({
  implicit: [KUBECTL_BOOLEAN, KUBECTL_OCTAL, MERGE_KEY],
});

/** How Kustomize's output is read: quoted wherever it matters, so that the core schema is enough. */
export const OUTPUT_SCHEMA = yaml.CORE_SCHEMA.extend({ implicit: [MERGE_KEY] });

/** Manifests are rarely longer; what is would take seconds to read on every run. */
export const LARGEST_MANIFEST = 8 * 2 ** 20;
/** Objects with aliases expanded. A document that stays below is never a bomb. */
const LARGEST_EXPANSION = 2_000_000;

export interface ManifestObject {
  readonly object: KubernetesObject;
  readonly origin: Origin;
}

export interface Manifests {
  readonly objects: readonly ManifestObject[];
  /** All documents as values, objects or not; undefined for an empty one. */
  readonly documents: readonly unknown[];
  readonly problem: FileProblem | null;
}

const EMPTY: Manifests = { objects: [], documents: [], problem: null };

export function isManifestPath(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path);
}

/** Reads manifests of a tree, each content once: the same blob in two trees is parsed once. */
export class ManifestReader {
  readonly #byHash = new Map<string, Manifests>();

  /** The objects of a loaded file. Anything unreadable is a problem with file and line, never an exception. */
  read(tree: Tree, path: string): Manifests {
    const entry = tree.entry(path);
    if (entry === undefined || entry.kind === 'submodule') return EMPTY;
    if (entry.kind === 'symlink') {
      const message =
        entry.target === null
          ? 'a symlink that leads nowhere'
          : `a symlink to ${entry.target}, which is not followed`;
      return { ...EMPTY, problem: { file: path, line: null, message } };
    }
    if (entry.size > LARGEST_MANIFEST) {
      const message = `${(entry.size / 2 ** 20).toFixed(1)} MiB, more than the ${LARGEST_MANIFEST / 2 ** 20} MiB that a manifest may have`;
      return { ...EMPTY, problem: { file: path, line: null, message } };
    }
    const key = `${entry.hash} ${path}`;
    let manifests = this.#byHash.get(key);
    if (!manifests) {
      const content = tree.read(path);
      if (content === undefined)
        return { ...EMPTY, problem: { file: path, line: null, message: 'cannot be read' } };
      manifests = parseManifests(path, content);
      this.#byHash.set(key, manifests);
    }
    return manifests;
  }
}

/** Parses one file's documents. `v1` Lists are opened. */
export function parseManifests(file: string, content: Buffer): Manifests {
  const text = decode(content);
  if (text === null) return { ...EMPTY, problem: { file, line: null, message: 'is not UTF-8 text' } };
  const disputed = disputedCharacter(text);
  if (disputed) return { ...EMPTY, problem: { file, ...disputed } };
  const documents: unknown[] = [];
  try {
    yaml.loadAll(withoutMergeTags(text.replace(/^\uFEFF/, '')), (document) => documents.push(document), {
      schema: KUBECTL_SCHEMA,
      filename: file,
    });
  } catch (error) {
    const { line, message } = yamlProblem(error);
    const isTemplate = /\{\{/.test(text);
    return {
      ...EMPTY,
      problem: {
        file,
        line,
        message: isTemplate ? 'is a template: YAML only once it is filled in' : message,
      },
    };
  }
  if (expandedSize(documents, LARGEST_EXPANSION) >= LARGEST_EXPANSION) {
    return { ...EMPTY, problem: { file, line: null, message: 'its aliases expand to millions of nodes' } };
  }
  const objects: ManifestObject[] = [];
  for (const [index, document] of documents.entries())
    collect(document, { file, document: index, within: [] }, objects);
  return { objects, documents, problem: null };
}

function collect(value: unknown, origin: Origin, into: ManifestObject[]): void {
  if (
    isRecord(value) &&
    typeof value['kind'] === 'string' &&
    value['kind'].endsWith('List') &&
    Array.isArray(value['items'])
  ) {
    for (const [index, item] of value['items'].entries()) {
      if (isKubernetesObject(item))
        into.push({ object: item, origin: { ...origin, within: ['items', index] } });
    }
  } else if (isKubernetesObject(value)) into.push({ object: value, origin });
}

/** Line (from 1) and first sentence of what js-yaml says. */
export function yamlProblem(error: unknown): { line: number | null; message: string } {
  if (error instanceof yaml.YAMLException) {
    const mark = error.mark as { line?: number } | undefined;
    return { line: mark?.line === undefined ? null : mark.line + 1, message: `is not YAML: ${error.reason}` };
  }
  return { line: null, message: `cannot be read: ${messageOf(error)}` };
}

/**
 * Whether a text's aliases expand to more than any manifest has, or those of YAML written inside it as text, such as an
 * inline patch. Kustomize writes every alias out.
 */
export function isAliasBomb(text: string): boolean {
  if (!text.includes('&') || !text.includes('*')) return false;
  const documents: unknown[] = [];
  try {
    yaml.loadAll(withoutMergeTags(text), (document) => documents.push(document), {
      schema: OUTPUT_SCHEMA,
      json: true,
    });
  } catch {
    // What this parser does not read, the tool may; but not without its own complaint.
  }
  if (expandedSize(documents, LARGEST_EXPANSION) >= LARGEST_EXPANSION) return true;
  return blocksIn(documents).some(isAliasBomb);
}

function blocksIn(value: unknown, seen: Set<object> = new Set()): readonly string[] {
  if (typeof value === 'string') return value.includes('&') && value.includes('*') ? [value] : [];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value).flatMap((child) => blocksIn(child, seen));
}

/** Nodes of a value when every alias is written out, counted up to `cap`. */
function expandedSize(value: unknown, cap: number): number {
  const known = new Map<object, number>();
  const measure = (node: unknown): number => {
    if (typeof node !== 'object' || node === null) return 1;
    const before = known.get(node);
    if (before !== undefined) return before;
    known.set(node, cap);
    let size = 1;
    for (const child of Object.values(node)) {
      size += measure(child);
      if (size >= cap) break;
    }
    known.set(node, size);
    return size;
  };
  return measure(value);
}
