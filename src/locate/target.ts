import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { Root } from '../sources/roots.ts';
import type { Wanted } from '../sources/wanted.ts';

/** Which rendered object is meant. */
export interface Target {
  readonly wanted: Wanted;
  /** The object as it lives in the cluster, to tell apart roots that render the same name. */
  readonly live: KubernetesObject | null;
  /** Only these roots: named by the caller, or by the mapping for this cluster. */
  readonly roots: readonly Root[] | null;
  /** True where the object's controller, the mapping or a person names those roots; else they are all but other clusters'. */
  readonly areNamed?: boolean;
  /** Ids of the roots that the mapping gives to any cluster; where a person asks, they count as applied. */
  readonly mapped?: ReadonlySet<string>;
  /** Other live objects that say that they come from where this one does. */
  readonly others?: () => readonly KubernetesObject[];
}

/** For people: `Deployment shop/cart`. */
export function describeWanted({ kind, namespace, name }: Wanted): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}
