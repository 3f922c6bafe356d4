import { posix } from 'node:path';
import { documentValue, reach, valueOf } from '../../edits/reach.ts';
import { sameValue } from '../../kubernetes/compare.ts';
import { type FieldPath, printFieldPath, readablePath } from '../../kubernetes/field-path.ts';
import { withoutHash } from '../../kubernetes/generated-name.ts';
import { canonicalRepository, parseImage, printImage } from '../../kubernetes/images.ts';
import { isRecord, type Json, recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { isKustomizationPath } from '../../renderers/kustomization.ts';
import { resolvePath } from '../../renderers/tree-paths.ts';
import type { Revision } from '../../sources/revision.ts';
import { type KustomizeRoot, rolesOf } from '../../sources/roots.ts';
import { declaringScalars } from '../declaring-scalars.ts';
import { type SourceScalar, sourceScalars } from '../source-scalars.ts';
import type { Target } from '../target.ts';
import { chartStatements } from './chart-lines.ts';
import type { LiveField } from './live-field.ts';
import type { Statement } from './statement.ts';

/**
 * The lines that say what a field is, of those that win over all others: what an Application or a Flux Kustomization writes into
 * the root, then `images` and `replicas`, then patches, then generators and manifests, then values of charts; of several layers the outermost.
 */
export function statementsIn(
  revision: Revision,
  root: KustomizeRoot,
  target: Target,
  field: LiveField,
): readonly Statement[] {
  const object: Wanted = { ...namesOf(revision, root, target), target, field };
  const own = [...rolesOf(root)].flatMap(([file, role]) => sourceScalars(revision.tree, file, role));
  const declared = declaringScalars(revision, root).flatMap((scalar) => entry(scalar, object));
  if (declared.length > 0) return declared;
  const entries = own.flatMap((scalar) => entry(scalar, object));
  if (entries.length > 0) return outermost(root, entries);
  const patches = patchesOf(revision, root);
  const isPatch = ({ file, outerPath }: SourceScalar): boolean => outerPath.length > 0 || patches.has(file);
  const patched = own.filter(isPatch).flatMap((scalar) => patch(scalar, patches, object));
  if (patched.length > 0) return outermost(root, patched);
  const rest = own.filter((scalar) => !isPatch(scalar));
  const written = outermost(root, [
    ...rest.flatMap((scalar) => generated(revision, root, scalar, object)),
    ...rest.flatMap((scalar) => manifest(scalar, object)),
  ]);
  return written.length > 0 ? written : chartStatements(revision, root, target, field);
}

interface Wanted {
  /** What the object may be called before prefixes and suffixes are added. */
  readonly names: ReadonlySet<string>;
  readonly target: Target;
  readonly field: LiveField;
}

function outermost(root: KustomizeRoot, statements: readonly Statement[]): readonly Statement[] {
  const depth = ({ scalar }: Statement): number => {
    const at = root.closure.folders.indexOf(posix.dirname(scalar.file));
    return at < 0 ? root.closure.folders.length : at;
  };
  const least = Math.min(...statements.map(depth));
  return statements.filter((one) => depth(one) === least);
}

/** An entry of `images` or `replicas`. */
function entry(scalar: SourceScalar, { names, field }: Wanted): readonly Statement[] {
  const beside = (key: string): string | null => {
    const reached = scalar.document && reach(scalar.document, [...scalar.path.slice(0, -1), key]);
    const value = reached && valueOf(reached.node);
    return value === null || typeof value === 'object' ? null : String(value);
  };
  if (scalar.role === 'replica-count') {
    const name = beside('name');
    const isIts = name !== null && names.has(name) && isReplicas(field.path);
    return isIts ? [{ scalar, value: Number(scalar.value), what: `the replicas entry for ${name}` }] : [];
  }
  if (!scalar.role.startsWith('image-') || field.path.at(-1) !== 'image') return [];
  const wanted = parseImage(String(field.before ?? field.after));
  if (wanted === null) return [];
  if (scalar.role === 'image-entry') {
    const own = String(scalar.value).split('=').at(-1)!;
    const image = parseImage(own);
    return image && isImage(image.name, wanted.name)
      ? [{ scalar, value: own, what: `the images entry ${String(scalar.value)}` }]
      : [];
  }
  const name = beside('newName') ?? beside('name');
  if (name === null || !isImage(name, wanted.name)) return [];
  const digest = beside('digest');
  // Where an entry has both, Kustomize takes the digest.
  if (scalar.role === 'image-newName' || (scalar.role === 'image-newTag' && digest !== null)) return [];
  const tag = digest === null ? scalar.source.replace(/^(['"])(.*)\1$/, '$2') : null;
  const value = printImage({ name: wanted.name, tag, digest });
  const what = `the images entry for ${beside('name') ?? name}`;
  return [{ scalar, value, what }];
}

function isImage(one: string, other: string): boolean {
  return canonicalRepository(one) === canonicalRepository(other);
}

function isReplicas(path: FieldPath): boolean {
  return printFieldPath(path) === 'spec.replicas';
}

/** A patch's file, or the kustomization and the place of an inline one, with the target that it is given. */
type Patches = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

function patchesOf(revision: Revision, root: KustomizeRoot): Patches {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [file, role] of root.closure.files) {
    if (role !== 'kustomization') continue;
    const value = revision.kustomization(file);
    const note = (path: unknown, target: Readonly<Record<string, unknown>>): void => {
      const at = typeof path === 'string' ? resolvePath(posix.dirname(file), path) : null;
      if (at !== null) found.set(at, target);
    };
    for (const key of ['patches', 'patchesJson6902'])
      for (const [index, one] of recordsOf(value[key]).entries()) {
        note(one['path'], recordAt(one, 'target'));
        found.set(inlineKey(file, [key, index]), recordAt(one, 'target'));
      }
    for (const path of Array.isArray(value['patchesStrategicMerge']) ? value['patchesStrategicMerge'] : [])
      note(path, {});
  }
  return found;
}

function inlineKey(file: string, at: readonly (string | number)[]): string {
  return JSON.stringify([file, ...at.slice(0, 2)]);
}

/** A value in a patch that sets the very field of the very object. */
function patch(scalar: SourceScalar, patches: Patches, wanted: Wanted): readonly Statement[] {
  const { document, path, outerPath, file } = scalar;
  if (scalar.role !== 'object' || document === null) return [];
  const target = patches.get(outerPath.length > 0 ? inlineKey(file, outerPath) : file) ?? {};
  const value = documentValue(document);
  const isMeant = Object.keys(target).length > 0 ? isSelected(target, wanted) : isIdentity(value, wanted);
  if (!isMeant) return [];
  const place = Array.isArray(value) ? inOperation(value, path, wanted) : readablePath(value, path);
  return place !== null && samePath(place, wanted.field.path)
    ? [{ scalar, value: scalar.value, what: 'a patch of it' }]
    : [];
}

/** Kustomize takes the fields of a target as patterns of the whole text; one that selects by labels is not followed. */
function isSelected(
  { kind, name, labelSelector, annotationSelector }: Readonly<Record<string, unknown>>,
  { names, target }: Wanted,
): boolean {
  if (labelSelector !== undefined || annotationSelector !== undefined) return false;
  const fits = (pattern: unknown, texts: Iterable<string>): boolean => {
    if (pattern === undefined || pattern === '') return true;
    try {
      const whole = new RegExp(`^(?:${String(pattern)})$`);
      return [...texts].some((text) => whole.test(text));
    } catch {
      return false;
    }
  };
  return fits(kind, [target.wanted.kind]) && fits(name, names);
}

/** `{op: replace, path: /spec/replicas, value: 3}` */
function inOperation(
  operations: readonly Json[],
  [index, key, ...rest]: readonly (string | number)[],
  { target }: Wanted,
): FieldPath | null {
  const operation = operations[Number(index)];
  if (!isRecord(operation) || key !== 'value') return null;
  if (operation['op'] !== 'add' && operation['op'] !== 'replace') return null;
  const steps = String(operation['path'] ?? '')
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return readablePath(target.live ?? {}, [...steps, ...rest]);
}

/** A line of a manifest of the root itself. */
function manifest(scalar: SourceScalar, wanted: Wanted): readonly Statement[] {
  const { document, path } = scalar;
  if (scalar.role !== 'object' || document === null || isKustomizationPath(scalar.file)) return [];
  const value = documentValue(document);
  return isIdentity(value, wanted) && samePath(readablePath(value, path), wanted.field.path)
    ? [{ scalar, value: scalar.value, what: 'its manifest' }]
    : [];
}

/** A literal or a line of an env file of a generator that merges into a ConfigMap from elsewhere. */
function generated(
  revision: Revision,
  root: KustomizeRoot,
  scalar: SourceScalar,
  { names, target, field }: Wanted,
): readonly Statement[] {
  const [data, key] = field.path;
  if (target.wanted.kind !== 'ConfigMap' || data !== 'data' || typeof key !== 'string') return [];
  const isIts = (generator: Readonly<Record<string, unknown>>): boolean =>
    names.has(String(generator['name'])) && generator['behavior'] === 'merge';
  const generators = (file: string) => recordsOf(revision.kustomization(file)['configMapGenerator']);
  if (scalar.role === 'literal' && scalar.path[0] === 'configMapGenerator') {
    const generator = generators(scalar.file)[Number(scalar.path[1])];
    const [name, ...rest] = String(scalar.value).split('=');
    const value = rest.join('=').replace(/^(['"])(.*)\1$/s, '$2');
    return generator && isIts(generator) && name === key
      ? [{ scalar, value, what: `the generator of ConfigMap ${String(generator['name'])}` }]
      : [];
  }
  if (scalar.role !== 'env-line') return [];
  const reads = [...root.closure.files].some(
    ([file, role]) =>
      role === 'kustomization' &&
      generators(file).some(
        (one) =>
          isIts(one) &&
          [one['env'], ...(Array.isArray(one['envs']) ? one['envs'] : [])].some(
            (path) => typeof path === 'string' && resolvePath(posix.dirname(file), path) === scalar.file,
          ),
      ),
  );
  return reads && scalar.path[0] === key
    ? [{ scalar, value: scalar.value, what: `the env file of ConfigMap ${target.wanted.name ?? ''}` }]
    : [];
}

function isIdentity(value: Json, { names, target }: Wanted): boolean {
  if (!isRecord(value) || value['kind'] !== target.wanted.kind) return false;
  const { name, namespace } = recordAt(value, 'metadata');
  const isInPlace =
    namespace === undefined || !target.wanted.namespace || namespace === target.wanted.namespace;
  return names.has(String(name)) && isInPlace;
}

function samePath(one: FieldPath, other: FieldPath): boolean {
  return printFieldPath(one) === printFieldPath(other);
}

/** What the layers of a root may get the object as: its name without the prefixes and suffixes that they add. */
function namesOf(revision: Revision, root: KustomizeRoot, { wanted, live }: Target): Pick<Wanted, 'names'> {
  const name = withoutHash(live?.metadata.name ?? wanted.name ?? '');
  const names = new Set<string>();
  const visit = (folder: string, here: string): void => {
    names.add(here);
    const file = [...root.closure.files].find(
      ([path, role]) => role === 'kustomization' && posix.dirname(path) === folder,
    )?.[0];
    const { namePrefix, nameSuffix } = file === undefined ? {} : revision.kustomization(file);
    const [prefix, suffix] = [String(namePrefix ?? ''), String(nameSuffix ?? '')];
    if (!here.startsWith(prefix) || !here.endsWith(suffix) || here.length <= prefix.length + suffix.length)
      return;
    const inner = here.slice(prefix.length, here.length - suffix.length);
    names.add(inner);
    for (const below of root.closure.includes.get(folder) ?? []) visit(below, inner);
  };
  visit(root.closure.folders[0] ?? root.path, name);
  return { names };
}

/** Whether a line says what the cluster has. */
export function agrees({ value }: Statement, { path, before }: LiveField): boolean {
  if (before === undefined) return true;
  if (path.at(-1) === 'image') return String(value) === String(before);
  return sameValue(path, before, value) || String(before) === String(value);
}
