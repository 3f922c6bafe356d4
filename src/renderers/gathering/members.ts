import { isRecord, type Json, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import { kustomizationIn } from '../kustomization.ts';
import { isFolder, realPath, resolvePath } from '../tree-paths.ts';
import type { GatheringReaders } from './readers.ts';
import { generatedBy } from './generated.ts';
import { patchedBy } from './patches.ts';

/** An object of a root on its way through the kustomizations. */
export interface Member {
  /** After all that was done to it. */
  readonly object: KubernetesObject;
  /** Null for a generated one. */
  readonly file: string | null;
  /** A hash follows its name in the end. */
  readonly hasHash: boolean;
  /** More may have been done to it than is told here. */
  readonly isUnclear: boolean;
}

type Kustomization = Readonly<Record<string, Json>>;

/** The objects of a kustomization; null where it does what is not known here, or where Kustomize may refuse it. */
export function membersOf(tree: Tree, folder: string, readers: GatheringReaders): readonly Member[] | null {
  return new Gathering(tree, readers).builtIn(folder, 'Kustomization', []);
}

/** Fields of a kustomization that add objects, or change no more of them than is told here. */
const UNDERSTOOD = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'resources',
  'bases',
  'components',
  'namespace',
  'commonLabels',
  'labels',
  'commonAnnotations',
  'configMapGenerator',
  'secretGenerator',
  'generatorOptions',
  'patches',
  'patchesStrategicMerge',
  'images',
  'replicas',
]);

const OWN_GROUP = 'kustomize.config.k8s.io/';
const SCALED = new Set(['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet']);
/** Annotations by which Kustomize leaves an object out, or lets it take the place of another. */
const STEERING = /(^|\.)config\.(kubernetes|k8s)\.io\//;

/** Visits of components, which may be included again and again; a folder that is included twice adds its objects twice. */
const MOST_VISITS = 200;

class Gathering {
  readonly #tree: Tree;
  readonly #readers: GatheringReaders;
  readonly #visited = new Set<string>();
  #visits = 0;

  constructor(tree: Tree, readers: GatheringReaders) {
    this.#tree = tree;
    this.#readers = readers;
  }

  /** @param before what a component finds, and changes too */
  builtIn(
    folder: string,
    kind: 'Kustomization' | 'Component',
    before: readonly Member[],
  ): readonly Member[] | null {
    const isAgain = kind === 'Component' ? (this.#visits += 1) > MOST_VISITS : this.#visited.has(folder);
    this.#visited.add(folder);
    const file = kustomizationIn(this.#tree, folder);
    if (file === undefined || isAgain) return null;
    const { value, problem } = this.#readers.kustomizations.read(this.#tree, file);
    if (problem || !Object.keys(value).every((key) => UNDERSTOOD.has(key))) return null;
    const { apiVersion = OWN_GROUP, kind: said = 'Kustomization' } = value;
    if (said !== kind || !String(apiVersion).startsWith(OWN_GROUP)) return null;
    const named = this.#named(folder, [...listOf(value['resources']), ...listOf(value['bases'])]);
    const made = this.#generatedBy(value, folder);
    if (!named || !areNew(made, [...before, ...named])) return null;
    const own = [...before, ...named, ...made];
    if (!areDistinct(own)) return null;
    const all = this.#withComponents(folder, value, own);
    return all && this.#transformed(value, folder, all);
  }

  #named(folder: string, references: readonly Json[]): readonly Member[] | null {
    const members: Member[] = [];
    for (const reference of references) {
      const path = this.#pathOf(folder, reference);
      const found =
        path === null
          ? null
          : this.#tree.entry(path)?.kind === 'file'
            ? this.#objectsIn(path)
            : this.builtIn(path, 'Kustomization', []);
      if (found === null) return null;
      members.push(...found);
    }
    return members;
  }

  #pathOf(folder: string, reference: Json): string | null {
    const named = typeof reference === 'string' ? resolvePath(folder, reference) : null;
    const path = named === null ? null : realPath(this.#tree, named);
    if (path === null) return null;
    return this.#tree.entry(path)?.kind === 'file' || isFolder(this.#tree, path) ? path : null;
  }

  #objectsIn(file: string): readonly Member[] | null {
    const { objects, documents, problem } = this.#readers.manifests.read(this.#tree, file);
    const written = documents.filter((document) => document !== null && document !== undefined);
    // Lists are opened by both, but not always alike.
    const isPlain = objects.length > 0 && objects.every(({ origin }) => origin.within.length === 0);
    if (problem || !isPlain || objects.length !== written.length) return null;
    const isGathered = objects.every(({ object: { metadata } }) => isOrdinary(metadata));
    return isGathered
      ? objects.map(({ object }) => ({ object, file, hasHash: false, isUnclear: false }))
      : null;
  }

  #generatedBy(value: Kustomization, folder: string): readonly Member[] {
    return generatedBy(value, folder, this.#tree).map((one) => ({ ...one, file: null }));
  }

  #withComponents(folder: string, value: Kustomization, own: readonly Member[]): readonly Member[] | null {
    let all: readonly Member[] | null = own;
    for (const reference of listOf(value['components'])) {
      const path = this.#pathOf(folder, reference);
      all = path === null ? null : this.builtIn(path, 'Component', all);
      if (all === null) return null;
    }
    return all;
  }

  /** In the order of Kustomize: patches find objects in the namespaces that they have before. */
  #transformed(value: Kustomization, folder: string, members: readonly Member[]): readonly Member[] | null {
    const objects = members.map(({ object }) => object);
    const patched = patchedBy(value, folder, objects, this.#tree);
    const common = commonMetadata(value);
    if (patched === null || common === null || !areScaled(value, objects)) return null;
    const { namespace = null, images = [] } = value;
    if (namespace !== null && typeof namespace !== 'string') return null;
    const isRetagged = (object: KubernetesObject): boolean =>
      listOf(images).length > 0 && /"(initC|c)ontainers":/.test(JSON.stringify(object));
    const moved = members.map(({ object, isUnclear, ...rest }): Member => {
      const after = patched.get(object) ?? object;
      const told = after === 'unclear' ? object : after;
      return {
        ...rest,
        object: withMetadata(told, namespace || null, common),
        isUnclear: isUnclear || after === 'unclear' || isRetagged(told),
      };
    });
    return areDistinct(moved) ? moved : null;
  }
}

/** One that Kustomize takes as any other. */
function isOrdinary({ name, labels = {}, annotations = {} }: KubernetesObject['metadata']): boolean {
  if (typeof name !== 'string' || name === '' || !isRecord(labels) || !isRecord(annotations)) return false;
  return !Object.keys(annotations).some((key) => STEERING.test(key));
}

/** A generator is to say so where it changes what there is, and Kustomize looks for that in any namespace. */
function areNew(made: readonly Member[], others: readonly Member[]): boolean {
  const isOther = ({ object }: Member): boolean =>
    others.some(
      (other) => other.object.kind === object.kind && other.object.metadata.name === object.metadata.name,
    );
  return !made.some(isOther);
}

/** Kustomize refuses two of one name. */
function areDistinct(members: readonly Member[]): boolean {
  const ids = members.map(({ object: { apiVersion, kind, metadata } }) =>
    JSON.stringify([apiVersion, kind, metadata.namespace ?? 'default', metadata.name]),
  );
  return new Set(ids).size === ids.length;
}

/** It refuses a number of replicas for what is not there, too. */
function areScaled({ replicas }: Kustomization, objects: readonly KubernetesObject[]): boolean {
  return listOf(replicas).every(
    (entry) =>
      isRecord(entry) &&
      objects.some(({ kind, metadata }) => SCALED.has(kind) && metadata.name === entry['name']),
  );
}

interface CommonMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Null where more than the metadata of an object may get them. */
function commonMetadata(value: Kustomization): CommonMetadata | null {
  const lists = listOf(value['labels']).map((entry) =>
    isRecord(entry) && Object.keys(entry).every((key) => LABELLING.has(key)) ? entry['pairs'] : null,
  );
  const labels = [...lists, value['commonLabels'] ?? {}];
  const annotations = value['commonAnnotations'] ?? {};
  if (!labels.every(areTexts) || !areTexts(annotations)) return null;
  const keys = labels.flatMap((pairs) => Object.keys(pairs));
  // Kustomize refuses some labels that are given twice.
  if (new Set(keys).size < keys.length) return null;
  return { labels: Object.assign({}, ...labels), annotations };
}

const LABELLING = new Set(['pairs', 'includeSelectors', 'includeTemplates']);

function areTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function withMetadata(
  object: KubernetesObject,
  namespace: string | null,
  { labels, annotations }: CommonMetadata,
): KubernetesObject {
  const metadata = { ...object.metadata, ...(namespace === null ? {} : { namespace }) };
  for (const [field, texts] of Object.entries({ labels, annotations }))
    if (Object.keys(texts).length > 0)
      Object.assign(metadata, { [field]: { ...(object.metadata[field] as object | undefined), ...texts } });
  return { ...object, metadata };
}

function listOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === undefined || value === null ? [] : [value];
}
