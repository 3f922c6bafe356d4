import type { KubernetesObject } from '../kubernetes/objects.ts';
import { containerStatuses } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import { viewOf } from '../model/cluster-view.ts';
import type { Remembered, RememberedPullError } from '../model/remembered.ts';
import type { RememberedKill } from '../model/remembered-kill.ts';
import type { RememberedPin } from '../model/remembered-pin.ts';
import type { RememberedTemplate } from '../model/remembered-template.ts';
import type { Read, Tracking } from '../model/tracking.ts';
import { KILLS_COUNTED } from './remembered/kills.ts';
import { PULL_ERRORS_TOLD } from './remembered/pull-errors.ts';
import { isSteady } from './remembered/templates.ts';

interface Memory {
  /** By the pod's uid. */
  readonly errors: ReadonlyMap<string, readonly RememberedPullError[]>;
  /** By owner and container, oldest first. */
  readonly kills: ReadonlyMap<string, readonly RememberedKill[]>;
  /** By the autoscaler, one each. */
  readonly pins: ReadonlyMap<string, readonly RememberedPin[]>;
  /** By the workload, newest first. */
  readonly templates: ReadonlyMap<string, readonly RememberedTemplate[]>;
}

/** A cluster as a reading shows it, together with what earlier readings showed and it no longer keeps. */
export function withMemory(cluster: ClusterState, remembered: Iterable<Remembered>): ClusterState {
  const memory = memoryOf(
    Map.groupBy(remembered, ({ kind }) => kind),
    cluster.now,
  );
  const { tracking } = cluster;
  const state = joined(cluster, memory, () => undefined);
  return tracking === undefined ? state : Object.assign(state, { tracking: trackingOf(tracking, memory) });
}

type ByKind = ReadonlyMap<Remembered['kind'], readonly Remembered[]>;

function ofKind<K extends Remembered['kind']>(
  byKind: ByKind,
  kind: K,
): readonly Extract<Remembered, { readonly kind: K }>[] {
  return (byKind.get(kind) ?? []) as readonly Extract<Remembered, { readonly kind: K }>[];
}

function memoryOf(byKind: ByKind, now: number): Memory {
  return {
    errors: Map.groupBy(
      ofKind(byKind, 'pull-error').filter(({ at }) => at >= now - PULL_ERRORS_TOLD),
      ({ podUid }) => podUid,
    ),
    kills: Map.groupBy(
      ofKind(byKind, 'kill')
        .filter(({ at }) => at >= now - KILLS_COUNTED)
        .toSorted((a, b) => a.at - b.at),
      killKey,
    ),
    pins: new Map(ofKind(byKind, 'pin').map((pin) => [pin.autoscaler, [pin]])),
    templates: Map.groupBy(
      ofKind(byKind, 'template')
        .filter(isSteady)
        .toSorted((a, b) => b.at - a.at || b.revision - a.revision),
      ({ workload }) => workload,
    ),
  };
}

function killKey({ owner, container }: Pick<RememberedKill, 'owner' | 'container'>): string {
  return JSON.stringify([owner, container]);
}

/** @param note is told of each key of the memory that is read */
function joined(
  cluster: ClusterState,
  { errors, kills, pins, templates }: Memory,
  note: (read: Read) => void,
): ClusterState {
  const recall = <One>(
    kind: keyof Memory,
    byKey: ReadonlyMap<string, readonly One[]>,
    key: string,
  ): readonly One[] => {
    note(readOf(kind, key));
    return byKey.get(key) ?? [];
  };
  return viewOf(cluster, {
    eventsOf: (object) => {
      const uid = object.kind === 'Pod' ? object.metadata.uid : undefined;
      const expired = uid === undefined ? [] : recall('errors', errors, uid);
      return withExpired(cluster.eventsOf(object), expired, object);
    },
    remembered: {
      kills: (owner, container) => recall('kills', kills, killKey({ owner, container })),
      pin: (autoscaler) => recall('pins', pins, autoscaler)[0] ?? null,
      templates: (workload) => recall('templates', templates, workload),
    },
  });
}

interface Mark {
  readonly cluster: unknown;
  readonly memory: Memory;
}

function isMark(mark: unknown): mark is Mark {
  return typeof mark === 'object' && mark !== null && 'cluster' in mark && 'memory' in mark;
}

function trackingOf(tracking: Tracking<ClusterState>, memory: Memory): Tracking<ClusterState> {
  return {
    mark: { cluster: tracking.mark, memory } satisfies Mark,
    noting: (notes) => joined(tracking.noting(notes), memory, (read) => notes.read(read)),
    since: (mark) => {
      if (!isMark(mark)) return null;
      const changed = tracking.since(mark.cluster);
      return changed && [...changed, ...differing(mark.memory, memory)];
    },
  };
}

/** What of the memory reads otherwise. What is remembered and did not change is the same object. */
function differing(before: Memory, after: Memory): readonly Read[] {
  const kinds = Object.keys(after) as (keyof Memory)[];
  return kinds.flatMap((kind) => {
    const keys = new Set([...before[kind].keys(), ...after[kind].keys()]);
    return [...keys]
      .filter((key) => !isSameList(before[kind].get(key) ?? [], after[kind].get(key) ?? []))
      .map((key) => readOf(kind, key));
  });
}

function isSameList(before: readonly Remembered[], after: readonly Remembered[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index]);
}

function readOf(kind: keyof Memory, key: string): Read {
  return `remembered ${kind} ${key}`;
}

/** A newer answer of the registry, in an event or in the container's state, says how it is now: then what was said before is left out. */
function withExpired(
  events: readonly ClusterEvent[],
  errors: readonly RememberedPullError[],
  pod: KubernetesObject,
): readonly ClusterEvent[] {
  const expired = errors
    .filter(({ event: { container } }) => !isAnswered(events, container, pod))
    .map(({ event }): ClusterEvent => ({ ...event, isRemembered: true }));
  return expired.length === 0
    ? events
    : [...events, ...expired].toSorted((a, b) => a.lastSeen - b.lastSeen || a.firstSeen - b.firstSeen);
}

/** All that a kubelet says while it only waits. */
const WAITS = /^(?:Back-off pulling image "[^"]*")?$/;

function isAnswered(
  events: readonly ClusterEvent[],
  container: string | null,
  pod: KubernetesObject,
): boolean {
  const waiting = containerStatuses(pod).find(({ name }) => name === container)?.state?.waiting;
  if (!WAITS.test(waiting?.message ?? '')) return true;
  return events.some(
    (one) =>
      one.container === container &&
      one.reason === 'Failed' &&
      one.message.startsWith('Failed to pull image'),
  );
}
