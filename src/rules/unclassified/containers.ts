import type { ClusterEvent, ClusterState } from '../../model/cluster-state.ts';
import { HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { isRecord, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import {
  containersOf,
  containerStatuses,
  parseTime,
  podSpecOf,
  type ContainerState,
  type ContainerStatus,
  type PlacedContainer,
} from '../../kubernetes/workloads.ts';
import { counted, often, ownText, prose, saying } from '../../untrusted/prose.ts';
import { ageOf, conditionsIn, quote, quoteEvent, signal, warningsOf, type Signal } from './signal.ts';

/** Beyond what its probes allow, a container gets this long before it is called not ready. */
const SLACK = 2 * MINUTE;
const LEAST_GRACE = 3 * MINUTE;
/** How long an init container may run, and containers may be created, before it is worth a word. */
const LONG = 10 * MINUTE;
/** So many restarts, the last within the hour, are a loop even while the container runs. */
const MANY_RESTARTS = 3;
/** A probe that failed as often, and lately, fails for a reason. */
const MANY_FAILURES = 3;

/** Signals of a pod that has a node: what its containers' states, conditions and events say. */
export function containerSignals(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
): readonly Signal[] {
  const placed = new Map(containersOf(podSpecOf(pod)).map((each) => [each.container.name, each]));
  const statuses = containerStatuses(pod);
  const found = statuses.flatMap((status) => {
    const container = placed.get(status.name);
    return (
      stateSignal(cluster, pod, owner, status) ?? runningSignal(cluster, pod, owner, status, container) ?? []
    );
  });
  const liveness = found.length > 0 ? [] : livenessSignals(cluster, pod, owner, placed);
  return [...found, ...liveness, ...(found.length > 0 ? [] : creatingSignals(cluster, pod, owner, statuses))];
}

function stateSignal(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
  status: ContainerStatus,
): Signal | null {
  const { waiting, terminated } = status.state ?? {};
  const ended = terminated ?? status.lastState?.terminated;
  // Most containers of a cluster run and never ended: nothing is looked up for them.
  if (!waiting && !ended) return null;
  const shared = {
    owner,
    on: pod,
    container: status.name,
    occurrences: Math.max(1, status.restartCount ?? 0),
  };
  const events = warningsOf(cluster, pod, HOUR).filter(
    ({ container }) => container === null || container === status.name,
  );
  const evidence = [
    ...(waiting
      ? [
          quote(
            'pod-status',
            pod,
            null,
            `container ${status.name} waiting: ${waiting.reason ?? ''}${waiting.message ? `: ${waiting.message}` : ''}`,
          ),
        ]
      : []),
    ...(ended
      ? [quote('pod-status', pod, parseTime(ended.finishedAt), describeEnd(status.name, ended))]
      : []),
    ...events.slice(0, 4).map((event) => quoteEvent(pod, event)),
  ];
  const killer = probeKill(cluster, pod, status.name);
  if (killer && (waiting?.reason === 'CrashLoopBackOff' || (status.restartCount ?? 0) >= MANY_RESTARTS)) {
    return signal(cluster, {
      ...shared,
      cause: 'liveness-failing',
      evidence: [...evidence, ...killer.events.map((event) => quoteEvent(pod, event))],
      says: prose`the kubelet restarts container ${status.name} because its ${ownText(killer.probe)} probe fails${killer.says === null ? prose`` : prose`: ${killer.says}`}${status.restartCount ? prose` (${status.restartCount} restarts)` : prose``}`,
    });
  }
  if (waiting?.reason === 'CrashLoopBackOff') {
    return signal(cluster, {
      ...shared,
      cause: 'crash-loop',
      evidence,
      says: ended
        ? prose`container ${status.name} is in CrashLoopBackOff: it restarted ${often(status.restartCount ?? 0)}, last after exit code ${ended.exitCode ?? 'unknown'} (${ended.reason ?? 'Error'})`
        : prose`container ${status.name} is in CrashLoopBackOff`,
    });
  }
  if (waiting?.reason && !STARTING.has(waiting.reason)) {
    return signal(cluster, {
      ...shared,
      cause: 'container-error',
      evidence,
      says: prose`container ${status.name} waits with ${waiting.reason}${saying(waiting.message)}`,
    });
  }
  const looping =
    (status.restartCount ?? 0) >= MANY_RESTARTS &&
    ended !== undefined &&
    ended.exitCode !== 0 &&
    ageOf(cluster, ended.finishedAt) < HOUR;
  if (!looping && !(terminated && terminated.exitCode !== 0 && (status.restartCount ?? 0) > 0)) return null;
  return signal(cluster, {
    ...shared,
    cause: 'crash-loop',
    evidence,
    says: prose`container ${status.name} keeps restarting: ${counted(status.restartCount ?? 0, 'restart')}, last after exit code ${ended?.exitCode ?? 'unknown'} (${ended?.reason ?? 'Error'})`,
  });
}

interface ProbeKill {
  readonly probe: 'liveness' | 'startup';
  /** What the probe's failure says; null where no event has it. */
  readonly says: string | null;
  readonly events: readonly ClusterEvent[];
}

/** The kubelet's own word that a probe is why it ends the container: then the program did not end of its own. */
function probeKill(cluster: ClusterState, pod: KubernetesObject, container: string): ProbeKill | null {
  const own = cluster
    .eventsOf(pod)
    .filter((event) => (event.container ?? container) === container && event.lastSeen >= cluster.now - HOUR);
  const killing = own.findLast(
    ({ reason, message }) =>
      reason === 'Killing' &&
      message.includes(container) &&
      /failed (?:liveness|startup) probe/.test(message),
  );
  if (!killing) return null;
  const probe = killing.message.includes('startup probe') ? 'startup' : 'liveness';
  const failure = own.findLast(
    ({ reason, message }) => reason === 'Unhealthy' && message.toLowerCase().startsWith(probe),
  );
  return {
    probe,
    says: failure ? failure.message.replace(/^\w+ probe failed: /i, '') : null,
    events: failure ? [killing, failure] : [killing],
  };
}

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

function describeEnd(
  name: string,
  { exitCode, reason, message, signal: killedBy }: NonNullable<ContainerState['terminated']>,
): string {
  const by = killedBy ? `, signal ${killedBy}` : '';
  return `container ${name} terminated with exit code ${exitCode ?? 'unknown'}${by}, reason ${reason ?? 'none'}${message ? `: ${message}` : ''}`;
}

function runningSignal(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
  status: ContainerStatus,
  placed: PlacedContainer | undefined,
): Signal | null {
  const started = parseTime(status.state?.running?.startedAt);
  if (started === null || placed === undefined) return null;
  const shared = { owner, on: pod, container: status.name, firstSeen: started };
  if (placed.role === 'init') {
    if (cluster.now - started < LONG) return null;
    return signal(cluster, {
      ...shared,
      cause: 'init-waiting',
      says: prose`init container ${status.name} has been running for ${counted(minutes(cluster.now - started), 'minute')}, and the pod waits for it`,
      evidence: [
        quote('pod-status', pod, started, `init container ${status.name} running; the other containers wait`),
      ],
    });
  }
  const unreadySince = parseTime(
    conditionsIn(pod).find(({ type }) => type === 'ContainersReady' || type === 'Ready')?.lastTransitionTime,
  );
  const waited = cluster.now - Math.max(started, unreadySince ?? started);
  if (status.ready !== false || waited < graceOf(placed)) return null;
  const failures = probeFailures(cluster, pod, status.name, HOUR);
  return signal(cluster, {
    ...shared,
    cause: 'not-ready',
    says: prose`container ${status.name} has been running but not ready for ${counted(minutes(waited), 'minute')}${saying(failures[0]?.message)}`,
    evidence: [
      quote(
        'pod-status',
        pod,
        started,
        `container ${status.name} running, not ready, ${status.restartCount ?? 0} restarts`,
      ),
      ...failures.slice(0, 3).map((event) => quoteEvent(pod, event)),
    ],
    occurrences: Math.max(1, ...failures.map(({ count }) => count)),
  });
}

function minutes(milliseconds: number): number {
  return Math.round(milliseconds / MINUTE);
}

/**
 * How long a container may take to become ready by its own probes, in milliseconds: initialDelaySeconds + failureThreshold × periodSeconds,
 * the startup probe's before the readiness probe's. https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 */
function graceOf({ container }: PlacedContainer): number {
  const seconds = [container['startupProbe'], container['readinessProbe']].map((probe) => {
    if (!isRecord(probe)) return 0;
    const number = (field: string, otherwise: number): number =>
      typeof probe[field] === 'number' ? probe[field] : otherwise;
    return number('initialDelaySeconds', 0) + number('failureThreshold', 3) * number('periodSeconds', 10);
  });
  return Math.max(LEAST_GRACE, seconds.reduce((sum, each) => sum + each, 0) * 1000 + SLACK);
}

function probeFailures(cluster: ClusterState, pod: KubernetesObject, container: string, within: number) {
  return warningsOf(cluster, pod, within).filter(
    (event) => event.reason === 'Unhealthy' && (event.container ?? container) === container,
  );
}

/** A liveness probe that fails all the time although the container runs on. One that failed long ago has recovered. */
function livenessSignals(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
  placed: ReadonlyMap<string, PlacedContainer>,
): readonly Signal[] {
  return [...placed.keys()].flatMap((name) => {
    if (placed.get(name)?.container['livenessProbe'] === undefined) return [];
    const event = probeFailures(cluster, pod, name, LONG).find(
      ({ message, count }) => /^liveness/i.test(message) && count >= MANY_FAILURES,
    );
    if (!event) return [];
    return [
      signal(cluster, {
        cause: 'liveness-failing',
        owner,
        on: pod,
        container: name,
        says: prose`the liveness probe of container ${name} failed ${often(event.count)}${saying(event.message)}`,
        evidence: [quoteEvent(pod, event)],
        firstSeen: event.firstSeen,
        lastSeen: event.lastSeen,
        occurrences: event.count,
      }),
    ];
  });
}

/** A pod with a node whose containers do not come to be: volumes first, then the sandbox, then nothing that anyone said. */
function creatingSignals(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
  statuses: readonly ContainerStatus[],
): readonly Signal[] {
  const creating = statuses.some(({ state }) => STARTING.has(state?.waiting?.reason ?? ''));
  const started = statuses.some(({ state }) => state?.running || state?.terminated);
  if (!creating || started) return [];
  const age = ageOf(cluster, pod.metadata.creationTimestamp);
  const warnings = warningsOf(cluster, pod, 15 * MINUTE);
  const volumes = warnings.filter(({ reason }) => VOLUME_REASONS.has(reason));
  const telling = volumes.length > 0 ? volumes : warnings;
  if (age < (telling.length > 0 ? 2 * MINUTE : LONG)) return [];
  return [
    signal(cluster, {
      cause: volumes.length > 0 ? 'volume' : 'container-creating',
      owner,
      on: pod,
      says: telling[0]
        ? prose`its containers cannot be created: ${telling[0].reason}${saying(telling[0].message)}`
        : prose`its containers have been in ContainerCreating for ${counted(minutes(age), 'minute')}, and no event says why`,
      evidence:
        telling.length > 0
          ? telling.slice(0, 4).map((event) => quoteEvent(pod, event))
          : [quote('pod-status', pod, null, 'ContainerCreating')],
      occurrences: Math.max(1, ...telling.map(({ count }) => count)),
    }),
  ];
}

const VOLUME_REASONS = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
]);
