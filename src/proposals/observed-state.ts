import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';

/** A cluster that notes what is read of it. */
export interface ObservedState {
  readonly cluster: ClusterState;
  /** Whether everything that was read so far reads the same in another state. */
  readsTheSameIn(other: ClusterState): boolean;
}

interface Read {
  readonly answer: unknown;
  readonly again: (cluster: ClusterState) => unknown;
}

/** Kinds whose `status` says nothing of where they come from. It changes with every pod. */
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']);

export function observed(cluster: ClusterState): ObservedState {
  const reads = new Map<string, Read>();
  let readsTime = false;
  const noted = <T>(key: readonly unknown[], again: (from: ClusterState) => T): T => {
    const answer = again(cluster);
    reads.set(JSON.stringify(key), { answer, again });
    return answer;
  };
  const state: ClusterState = {
    name: cluster.name,
    get now() {
      readsTime = true;
      return cluster.now;
    },
    get problems() {
      return noted(['problems'], ({ problems }) => problems);
    },
    get versions() {
      return noted(['versions'], ({ versions }) => versions);
    },
    reached: (time) => noted(['reached', time], (from) => from.reached(time)),
    kinds: () => noted(['kinds'], (from) => from.kinds()),
    namespacesOf: (kind) => noted(['namespaces', kind], (from) => from.namespacesOf(kind)),
    list: (kind: string, namespace?: string | null) =>
      noted(['list', kind, namespace === undefined ? 'all' : [namespace]], (from) =>
        namespace === undefined ? from.list(kind) : from.list(kind, namespace),
      ),
    get: (...name) => noted(['get', ...name], (from) => from.get(...name)),
    byUid: (uid) => noted(['uid', uid], (from) => from.byUid(uid)),
    presence: (...name) => noted(['presence', ...name], (from) => from.presence(...name)),
    isRecorded: (...name) => noted(['recorded', ...name], (from) => from.isRecorded(...name)),
    eventsOf: (object) => noted(['events', nameOf(object)], (from) => from.eventsOf(object)),
    ownerOf: (object) => noted(['owner', nameOf(object)], (from) => from.ownerOf(object)),
    podsOf: (owner: ObjectRef) => noted(['pods', owner], (from) => from.podsOf(owner)),
    // It grows with every failure, and says nothing of where anything comes from: who reads it is not told the same again.
    ...(cluster.remembered && { remembered: untold(cluster.remembered, () => (readsTime = true)) }),
  };
  return {
    cluster: state,
    readsTheSameIn: (other) =>
      !readsTime && [...reads.values()].every(({ answer, again }) => isSame(answer, again(other))),
  };
}

/** Tells when any of it is read. */
function untold<T extends object>(of: T, tell: () => void): T {
  return new Proxy(of, {
    get: (target, name) => {
      tell();
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}

function nameOf({ apiVersion, kind, metadata }: KubernetesObject): readonly unknown[] {
  return [apiVersion, kind, metadata.namespace ?? null, metadata.name, metadata.uid ?? null];
}

function isSame(before: unknown, now: unknown): boolean {
  if (before === now) return true;
  if (Array.isArray(before) && Array.isArray(now))
    return before.length === now.length && before.every((one, index) => isSame(one, now[index]));
  return isDeepStrictEqual(withoutStatus(before), withoutStatus(now));
}

function withoutStatus(answer: unknown): unknown {
  const object = answer as Partial<KubernetesObject> | null | undefined;
  if (object?.kind === undefined || object.metadata === undefined || !WORKLOADS.has(object.kind))
    return answer;
  const { status: _, metadata, ...rest } = object as KubernetesObject & { readonly status?: unknown };
  const { resourceVersion: _version, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
