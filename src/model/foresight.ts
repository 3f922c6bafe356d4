import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Ask, Asking } from './ask.ts';
import type { ClusterObject, ClusterState } from './cluster-state.ts';

/**
 * What is known of an object after a change: `planned`, a root renders it; `live`, the cluster has it and the change does not take it away;
 * `dropped`, the change takes it away (the object as it was); `absent`, neither git nor the cluster has it; `unknown`, nothing tells.
 */
export type LookedUp =
  | { readonly is: 'planned' | 'live'; readonly object: ClusterObject }
  | { readonly is: 'dropped'; readonly object: ClusterObject }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown' };

/** Objects of a kind after a change. */
export interface Listed {
  readonly objects: readonly ClusterObject[];
  /** False where there may be others that nobody knows of. */
  readonly isAll: boolean;
}

/**
 * What one root would deploy after a change, seen from where it goes. Objects have the namespace that they go to, where that is known.
 * What is not known yet is `unknown` at first: a check is run again with it.
 */
export interface Outlook {
  /** All that the root renders, changed or not. */
  readonly objects: readonly ClusterObject[];
  /** The cluster that the root goes to; null where none was given, or nothing tells that it goes there. */
  readonly cluster: ClusterState | null;
  /** The cluster as it would be: what rules ask of a cluster, answered with {@link lookUp} and {@link list}. It has no events and no pods. */
  readonly ahead: ClusterState;
  /** @param namespace null for a kind without one, or where the namespace is not known */
  lookUp(kind: string, namespace: string | null, name: string): LookedUp;
  /** @param namespace null: not known */
  list(kind: string, namespace: string | null): Listed;
  /** What the root rendered before under the same identity; null for a new object. */
  before(object: ClusterObject): ClusterObject | null;
  /** A Service as any root rendered it before; null where none did, or that is not known. */
  serviceBefore(namespace: string, name: string): ClusterObject | null;
  /** All that the root rendered before. */
  readonly allBefore: readonly ClusterObject[];
}

/** One failure that a change would bring. */
export interface Foreseen {
  /** One of the causes that the foresight lists. */
  readonly cause: string;
  readonly object: ObjectRef;
  /** The field at fault, as `kubectl explain` writes it; null for the object as a whole. */
  readonly field: string | null;
  /** A whole sentence. */
  readonly because: Prose;
  /** `error`: it will fail. `warning`: it may, and a person should look. */
  readonly level: 'error' | 'warning';
  /** The value that the field should have, where something proves which. */
  readonly instead?: Scalar;
}

/** The side of a rule that knows a failure before it happens. */
export interface Foresight {
  /** What it foresees, each with when that is, as Markdown: the table of docs/guard.md. */
  readonly causes: Readonly<Record<string, string>>;
  /** Pure. It may name what was wrong before the change too: the engine keeps what is new. */
  foresee(outlook: Outlook, ask: Ask): readonly Foreseen[] | Asking<readonly Foreseen[]>;
}
