import { type KubernetesObject, type ObjectRef, refOf } from '../kubernetes/objects.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { kindKey } from './kind-key.ts';

/** The objects of each kind. */
export type ObjectIndex = ReadonlyMap<string, KindIndex>;

interface KindIndex {
  /** Sorted by namespace and name. */
  readonly all: readonly ClusterObject[];
  readonly byNamespace: ReadonlyMap<string | null, ReadonlyMap<string, ClusterObject>>;
}

export function indexObjects(objects: readonly ClusterObject[]): ObjectIndex {
  const kinds = new Map<string, Map<string, ClusterObject>>();
  for (const object of objects) {
    const kind = kindKey(object.apiVersion, object.kind);
    let known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, (known = new Map()));
    const name = `${object.metadata.namespace ?? ''}/${refOf(object).name}`;
    const twin = known.get(name);
    if (twin === undefined || isNewer(object, twin)) known.set(name, object);
  }
  return new Map([...kinds].map(([kind, known]) => [kind, sortedIndex([...known.values()])]));
}

function sortedIndex(objects: readonly ClusterObject[]): KindIndex {
  const all = objects.toSorted(
    (a, b) =>
      compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
      compare(refOf(a).name, refOf(b).name),
  );
  const byNamespace = new Map<string | null, Map<string, ClusterObject>>();
  for (const object of all) {
    const { namespace, name } = refOf(object);
    let names = byNamespace.get(namespace);
    if (names === undefined) byNamespace.set(namespace, (names = new Map()));
    names.set(name, object);
  }
  return { all, byNamespace };
}

/** The same object may have been recorded twice, under two versions of its API or at two moments. */
function isNewer(object: KubernetesObject, twin: KubernetesObject): boolean {
  return Number(object.metadata['resourceVersion'] ?? 0) > Number(twin.metadata['resourceVersion'] ?? 0);
}

export function refKey(ref: ObjectRef): string {
  return `${kindKey(ref.apiVersion, ref.kind)} ${ref.namespace ?? ''}/${ref.name}`;
}

export function append<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group) group.push(item);
  else groups.set(key, [item]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
