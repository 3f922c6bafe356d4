import { isManifestPath } from '../renderers/manifests.ts';
import type { FileRole } from '../renderers/kustomization.ts';
import { decode } from '../edits/edit.ts';
import { innerDocument } from '../edits/literal-block.ts';
import { openDocument, type OpenDocument } from '../edits/open-document.ts';
import { scalars } from '../edits/scalars.ts';
import { valueOf, reach, type ScalarSite } from '../edits/reach.ts';
import { splitDocuments } from '../edits/split.ts';
import { kindLine } from './kind-line.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { isRecord, type Scalar } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';

/** What a scalar does in a build; it decides how it can be marked and what it may be replaced with. */
export type ScalarRole =
  | 'object'
  | 'image-newName'
  | 'image-newTag'
  | 'image-digest'
  /** `name=newName:tag`, as `kustomize edit set image` takes it. */
  | 'image-entry'
  | 'replica-count'
  | 'literal'
  | 'env-line'
  | 'content'
  /** What a generator hands to the template of an ApplicationSet, which makes a text of it. */
  | 'parameter';

/** A scalar of a file that takes part in a build, and the document that it can be edited in. */
export interface SourceScalar {
  readonly file: string;
  readonly role: ScalarRole;
  /** Null for lines of env files and whole contents. */
  readonly document: OpenDocument | null;
  readonly documentIndex: number;
  /** Path in `document`. */
  readonly path: ConcretePath;
  /** Path of the inline patch that the document lies in, for showing. */
  readonly outerPath: ConcretePath;
  /** Offsets in the file. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly value: Scalar;
  /** As written. */
  readonly source: string;
  readonly style: ScalarSite['style'] | 'raw';
  readonly anchored: boolean;
  /** Identity (names, labels, merge keys, …) is never marked: changing it changes which object is meant. */
  readonly markable: boolean;
}

/**
 * All scalars of a file that can reach a rendered field. Files that are no YAML have none.
 *
 * @param isOpened the kinds of which documents are parsed: those of a large file that is about other things are most of it
 */
export function sourceScalars(
  tree: Tree,
  file: string,
  role: FileRole,
  isOpened: (kind: string) => boolean = () => true,
): readonly SourceScalar[] {
  const content = tree.read(file);
  const text = content && decode(content);
  // A chart's templates are no YAML until they are filled in.
  if (text === undefined || text === null || role === 'chart') return [];
  if (role === 'content')
    return [{ ...blank(file), role: 'content', end: text.length, value: text, source: text, markable: true }];
  if (role === 'env') return envLines(file, text);
  if (!isManifestPath(file) && role !== 'kustomization') return [];
  const language = file.endsWith('.json') ? 'json' : 'yaml';
  return splitDocuments(text).flatMap((range) => {
    const kind = role === 'objects' ? kindLine(text.slice(range.start, range.end)) : null;
    if (kind !== null && !isOpened(kind)) return [];
    const document = openDocument(text, range, { language });
    if ('code' in document) return [];
    if (role === 'kustomization') return kustomizationScalars(file, document);
    if (role === 'values') return scalarsNamed(/./, file, document);
    return role === 'configuration'
      ? scalarsNamed(/^(\d+\/|replacements\/\d+\/)?sourceValue$/, file, document)
      : objectScalars(file, document, []);
  });
}

/** The scalars of a manifest's text that is not the file's own: of the same length, with something out of the way. */
export function manifestScalars(file: string, text: string): readonly SourceScalar[] {
  return splitDocuments(text).flatMap((range) => {
    const document = openDocument(text, range);
    return 'code' in document ? [] : objectScalars(file, document, []);
  });
}

function blank(file: string): Omit<SourceScalar, 'role' | 'value' | 'source' | 'markable'> {
  return {
    file,
    document: null,
    documentIndex: 0,
    path: [],
    outerPath: [],
    start: 0,
    end: 0,
    line: 1,
    column: 1,
    style: 'raw',
    anchored: false,
  };
}

function envLines(file: string, text: string): readonly SourceScalar[] {
  const found: SourceScalar[] = [];
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^(\s*([^#=\s][^=]*)=)(.*?)\r?$/.exec(line);
    if (match) {
      const at = start + match[1]!.length;
      const value = match[3]!;
      const place = { start: at, end: at + value.length, line: index + 1, column: match[1]!.length + 1 };
      found.push({
        ...blank(file),
        ...place,
        role: 'env-line',
        path: [match[2]!],
        value,
        source: value,
        markable: true,
      });
    }
    start += line.length + 1;
  }
  return found;
}

function kustomizationScalars(file: string, document: OpenDocument): readonly SourceScalar[] {
  return scalars(document).flatMap((site) => {
    const path = site.path.join('/');
    const role = kustomizationRole(path);
    if (role) return [sourceScalar(file, document, site, role, [], true)];
    const holdsObjects =
      /^((patches|patchesJson6902)\/\d+\/patch|(patchesStrategicMerge|transformers|generators)\/\d+)$/;
    return holdsObjects.test(path) ? inBlock(file, document, site, []) : [];
  });
}

/** The scalars of a document that is written in a literal block, such as an inline patch. */
export function inBlock(
  file: string,
  document: OpenDocument,
  { path, style }: Pick<ScalarSite, 'path' | 'style'>,
  outerPath: ConcretePath,
): readonly SourceScalar[] {
  if (style !== 'literal') return [];
  const inner = innerDocument(document, path);
  return 'code' in inner ? [] : objectScalars(file, inner, [...outerPath, ...path]);
}

function kustomizationRole(path: string): ScalarRole | null {
  if (/^images\/\d+\/newTag$/.test(path)) return 'image-newTag';
  if (/^images\/\d+\/newName$/.test(path)) return 'image-newName';
  if (/^images\/\d+\/digest$/.test(path)) return 'image-digest';
  if (/^replicas\/\d+\/count$/.test(path)) return 'replica-count';
  if (/^(configMapGenerator|secretGenerator)\/\d+\/literals\/\d+$/.test(path)) return 'literal';
  return /^replacements\/\d+\/sourceValue$|^commonAnnotations\/.|^helmCharts\/\d+\/valuesInline\/./.test(path)
    ? 'object'
    : null;
}

function objectScalars(
  file: string,
  document: OpenDocument,
  outerPath: ConcretePath,
): readonly SourceScalar[] {
  const operations = document.root.kind === 'sequence' ? operationsOf(document) : null;
  const kind = operations ? null : textAt(document, 'kind');
  const isConfiguration = kind !== null && mayConfigure(kind);
  // Flux has objects of kind Kustomization too.
  if (isConfiguration && !/\.toolkit\.fluxcd\.io\//.test(String(textAt(document, 'apiVersion'))))
    return configurationScalars(file, document, kind, outerPath);
  return scalars(document).map((site) =>
    sourceScalar(file, document, site, 'object', outerPath, markable(site, operations)),
  );
}

/** Kinds that steer Kustomize. */
export function mayConfigure(kind: string): boolean {
  return /(Transformer|Generator)$|^(Kustomization|Component)$/.test(kind);
}

/** What the configurations of Kustomize's own generators and transformers say, as a kustomization says it elsewhere. */
const CONFIGURED: Readonly<Record<string, Readonly<Record<string, ScalarRole>>>> = {
  ImageTagTransformer: {
    'imageTag/newTag': 'image-newTag',
    'imageTag/newName': 'image-newName',
    'imageTag/digest': 'image-digest',
  },
  ReplicaCountTransformer: { 'replica/count': 'replica-count' },
  ConfigMapGenerator: { 'literals/#': 'literal' },
  SecretGenerator: { 'literals/#': 'literal' },
  ReplacementTransformer: { 'replacements/#/sourceValue': 'object' },
};

function configurationScalars(
  file: string,
  document: OpenDocument,
  kind: string,
  outerPath: ConcretePath,
): readonly SourceScalar[] {
  return scalars(document).flatMap((site) => {
    const path = site.path.map((step) => (typeof step === 'number' ? '#' : step)).join('/');
    const role = CONFIGURED[kind]?.[path];
    if (role) return [sourceScalar(file, document, site, role, outerPath, true)];
    return kind === 'PatchTransformer' && path === 'patch' ? inBlock(file, document, site, outerPath) : [];
  });
}

function scalarsNamed(path: RegExp, file: string, document: OpenDocument): readonly SourceScalar[] {
  return scalars(document)
    .filter((site) => path.test(site.path.join('/')))
    .map((site) => sourceScalar(file, document, site, 'object', [], true));
}

function textAt(document: OpenDocument, key: string): string | null {
  const reached = reach(document, [key]);
  const text = reached && valueOf(reached.node);
  return typeof text === 'string' ? text : null;
}

/** The operations of a JSON6902 patch, in order. */
function operationsOf(document: OpenDocument): readonly Readonly<Record<string, unknown>>[] {
  const value = valueOf(document.root);
  return Array.isArray(value) ? value.map((item) => (isRecord(item) ? item : {})) : [];
}

/** Keys by which Kustomize merges lists or recognises things; a marker in one would change what is merged with what. */
const IDENTIFYING_KEYS = new Set([
  'apiVersion',
  'kind',
  'mountPath',
  'containerPort',
  'protocol',
  'topologyKey',
  'devicePath',
  'ip',
  'key',
  'namespace',
]);

function markable(
  site: ScalarSite,
  operations: readonly Readonly<Record<string, unknown>>[] | null,
): boolean {
  const { path } = site;
  if (site.anchor !== null) return false;
  if (operations) {
    const operation = operations[Number(path[0])] ?? {};
    if (
      path[1] !== 'value' ||
      operation['op'] === 'test' ||
      String(operation['path']).startsWith('/metadata/')
    )
      return false;
  } else {
    const own = path.join('/').replace(/^items\/\d+\//, '');
    if (/^metadata\/(name|namespace|labels)(\/|$)/.test(own)) return false;
    // Some annotations tell Kustomize itself what to do.
    if (/^metadata\/annotations\/([^/]*\.)?(config\.kubernetes\.io|kustomize\.config\.k8s\.io)\//.test(own))
      return false;
    if (/(^|\/)(selector|matchLabels|matchExpressions|labels|\$setElementOrder[^/]*)(\/|$)/i.test(own))
      return false;
  }
  const last = path.at(-1);
  if (typeof last === 'string' && (IDENTIFYING_KEYS.has(last) || last.startsWith('$'))) return false;
  // `name` and `port` of list items are merge keys.
  return !((last === 'name' || last === 'port') && typeof path.at(-2) === 'number');
}

function sourceScalar(
  file: string,
  document: OpenDocument,
  site: ScalarSite,
  role: ScalarRole,
  outerPath: ConcretePath,
  canBeMarked: boolean,
): SourceScalar {
  const { path, start, end, line, column, value, source, style } = site;
  const outermost = document.host ? document.host.document : document;
  const documentIndex = outermost.range.index;
  const place = { file, role, document, documentIndex, path, outerPath, start, end, line, column };
  return { ...place, value, source, style, anchored: site.anchor !== null, markable: canBeMarked };
}
