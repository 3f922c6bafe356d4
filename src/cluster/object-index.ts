import { type KubernetesObject, type ObjectRef, refOf } from '../kubernetes/objects.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { kindKey } from './kind-key.ts';

/** The objects of each kind at one moment. */
export type ObjectIndex = ReadonlyMap<string, KindIndex>;

/** The objects of one kind. What a moment holds is never changed: a change makes a new one with the other namespaces as they are. */
export class KindIndex {
  readonly byNamespace: ReadonlyMap<string | null, NamespaceIndex>;
  #all: readonly ClusterObject[] | undefined;
  #namespaces: readonly (string | null)[] | undefined;

  constructor(byNamespace: ReadonlyMap<string | null, NamespaceIndex>) {
    this.byNamespace = byNamespace;
  }

  /** Sorted by namespace and name. */
  get all(): readonly ClusterObject[] {
    return (this.#all ??= this.namespaces.flatMap((name) => this.byNamespace.get(name)!.sorted));
  }

  /** Sorted; null comes first. */
  get namespaces(): readonly (string | null)[] {
    return (this.#namespaces ??= [...this.byNamespace.keys()].toSorted((a, b) => compare(a ?? '', b ?? '')));
  }
}

/** The objects of one kind in one namespace, or those without one. */
export class NamespaceIndex {
  readonly byName: ReadonlyMap<string, ClusterObject>;
  #sorted: readonly ClusterObject[] | undefined;

  constructor(byName: ReadonlyMap<string, ClusterObject>) {
    this.byName = byName;
  }

  /** Sorted by name. */
  get sorted(): readonly ClusterObject[] {
    return (this.#sorted ??= [...this.byName].toSorted(([a], [b]) => compare(a, b)).map(([, one]) => one));
  }
}

/** The index with changes: objects by kind, namespace and name, undefined for what is gone. Namespaces that are not named are shared. */
export function withChanges(
  index: ObjectIndex,
  changes: ReadonlyMap<string, ReadonlyMap<string | null, ReadonlyMap<string, ClusterObject | undefined>>>,
): ObjectIndex {
  const kinds = new Map(index);
  for (const [kind, changed] of changes) {
    const namespaces = new Map(kinds.get(kind)?.byNamespace);
    for (const [namespace, objects] of changed) {
      const names = new Map(namespaces.get(namespace)?.byName);
      for (const [name, object] of objects) {
        if (object === undefined) names.delete(name);
        else names.set(name, object);
      }
      if (names.size === 0) namespaces.delete(namespace);
      else namespaces.set(namespace, new NamespaceIndex(names));
    }
    if (namespaces.size === 0) kinds.delete(kind);
    else kinds.set(kind, new KindIndex(namespaces));
  }
  return kinds;
}

/** Each object once: the newest of those that were recorded under two versions of their API, or at two moments. */
export function newestOfEach(objects: readonly ClusterObject[]): Iterable<ClusterObject> {
  const known = new Map<string, ClusterObject>();
  for (const object of objects) {
    const key = refKey(refOf(object));
    const twin = known.get(key);
    if (twin === undefined || isNewer(object, twin)) known.set(key, object);
  }
  return known.values();
}

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

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
