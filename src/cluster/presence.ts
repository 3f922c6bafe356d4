import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { kindKey } from './kind-key.ts';
import type { ObjectIndex } from './object-index.ts';

/** Where kinds were listed completely: namespaces by kind, or everywhere (cluster-scoped kinds too). */
export type RecordedKinds = Readonly<Record<string, readonly string[] | 'all'>>;

/** What a reader says about the objects that it does not hand over. */
export interface ListedKinds {
  /** Objects that exist and are of no use: they are there, and nothing else is known of them. */
  readonly setAside?: readonly ObjectRef[];
  /** null: nobody said what was recorded, so it is told from the objects alone. */
  readonly recorded?: RecordedKinds | null;
  /** Kinds of which some objects may be missing although others are there: a list that broke off. */
  readonly incomplete?: ReadonlySet<string>;
}

/** Tells what is absent from what is unknown. */
export function presenceIn(
  index: ObjectIndex,
  listed: ListedKinds,
): Pick<ClusterState, 'presence' | 'isRecorded'> {
  const setAside = indexSetAside(listed.setAside ?? []);
  const recorded = listed.recorded ? new Map(Object.entries(listed.recorded)) : null;

  /** Whether all objects of the kind in the namespace are known by name, those that are set aside as well. */
  const isListed = (kind: string, namespace: string | null): boolean => {
    const places = recorded?.get(kind);
    if (places === 'all' || (namespace !== null && places?.includes(namespace))) return true;
    if (listed.incomplete?.has(kind)) return false;
    const seenIn = new Set([
      ...(index.get(kind)?.byNamespace.keys() ?? []),
      ...(setAside.get(kind)?.keys() ?? []),
    ]);
    return seenIn.has(namespace) || (recorded === null && namespacesIn(seenIn) > 1);
  };

  return {
    presence: (kind, namespace, name) => {
      const isKnown =
        index.get(kind)?.byNamespace.get(namespace)?.byName.has(name) ||
        setAside.get(kind)?.get(namespace)?.has(name);
      if (isKnown) return 'present';
      return isListed(kind, namespace) ? 'absent' : 'unknown';
    },
    isRecorded: (kind, namespace) => isListed(kind, namespace) && !setAside.get(kind)?.has(namespace),
  };
}

function namespacesIn(seen: ReadonlySet<string | null>): number {
  return seen.has(null) ? seen.size - 1 : seen.size;
}

type SetAside = ReadonlyMap<string, ReadonlyMap<string | null, ReadonlySet<string>>>;

/** By kind, namespace and name. */
function indexSetAside(refs: readonly ObjectRef[]): SetAside {
  const kinds = new Map<string, Map<string | null, Set<string>>>();
  for (const { apiVersion, kind, namespace, name } of refs) {
    const key = kindKey(apiVersion, kind);
    const namespaces = kinds.get(key) ?? new Map<string | null, Set<string>>();
    kinds.set(key, namespaces);
    const names = namespaces.get(namespace) ?? new Set();
    namespaces.set(namespace, names.add(name));
  }
  return kinds;
}
