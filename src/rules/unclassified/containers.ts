import { failuresOf } from '../../facts/container-failures.ts';
import { ageOf, quote, quoteEvent, warningsOf } from '../../facts/observations.ts';
import { containersIn, workloadsIn, type ContainerFacts, type WorkloadFacts } from '../../facts/subjects.ts';
import { MINUTE } from '../../kubernetes/durations.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { containerStatuses, parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { counted, prose, saying } from '../../untrusted/prose.ts';
import { signal, type Signal } from './signal.ts';

/** How long an init container may run, and containers may be created, before it is worth a word. */
const LONG = 10 * MINUTE;
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** What containers show that no rule of their own explains: refusals, init containers that do not end, nothing that happens. */
export function containerSignals(cluster: ClusterState): readonly Signal[] {
  return workloadsIn(cluster).flatMap((workload) => [
    ...containersIn(workload).flatMap((container) => [...refused(container), ...initWaiting(container)]),
    ...creating(workload),
  ]);
}

function refused(container: ContainerFacts): readonly Signal[] {
  const { cluster, workload, name } = container;
  return failuresOf(container)
    .filter(({ kind }) => kind === 'refused')
    .map(({ pod, status, waiting, message, evidence }) =>
      signal(cluster, {
        cause: 'container-error',
        owner: workload.ref,
        on: pod,
        container: name,
        says: prose`container ${name} waits with ${waiting ?? ''}${saying(message)}`,
        evidence,
        occurrences: Math.max(1, status.restartCount ?? 0),
      }),
    );
}

function initWaiting({ cluster, workload, name, instances }: ContainerFacts): readonly Signal[] {
  return instances.flatMap(({ pod, placed, status }) => {
    const started = parseTime(status?.state?.running?.startedAt);
    const isLong = started !== null && cluster.now - started >= LONG;
    if (placed.role !== 'init' || !isLong || !workload.activePods.includes(pod)) return [];
    return [
      signal(cluster, {
        cause: 'init-waiting',
        owner: workload.ref,
        on: pod,
        container: name,
        firstSeen: started,
        says: prose`init container ${name} has been running for ${minutes(cluster.now - started)}, and the pod waits for it`,
        evidence: [
          quote('pod-status', pod, started, `init container ${name} running; the other containers wait`),
        ],
      }),
    ];
  });
}

/** Pods with a node whose containers do not come to be, and nothing that has started yet. */
function creating({ cluster, ref, activePods }: WorkloadFacts): readonly Signal[] {
  return activePods.flatMap((pod) => {
    const statuses = containerStatuses(pod);
    const isCreating = statuses.some(({ state }) => STARTING.has(state?.waiting?.reason ?? ''));
    const hasStarted = statuses.some(({ state }) => state?.running || state?.terminated);
    if (!isCreating || hasStarted) return [];
    const warnings = warningsOf(cluster, pod, 15 * MINUTE);
    const age = ageOf(cluster, pod.metadata.creationTimestamp);
    return age < (warnings.length > 0 ? 2 * MINUTE : LONG) ? [] : [notCreated(cluster, ref, pod)];
  });
}

function notCreated(cluster: ClusterState, owner: Signal['owner'], pod: KubernetesObject): Signal {
  const warnings = warningsOf(cluster, pod, 15 * MINUTE);
  const age = ageOf(cluster, pod.metadata.creationTimestamp);
  const [first] = warnings;
  const isVolume = first !== undefined && VOLUME_REASONS.has(first.reason);
  return signal(cluster, {
    cause: isVolume ? 'volume' : 'container-creating',
    owner,
    on: pod,
    says: first
      ? prose`its containers cannot be created: ${first.reason}${saying(first.message)}`
      : prose`its containers have been in ContainerCreating for ${minutes(age)}, and no event says why`,
    evidence:
      warnings.length > 0
        ? warnings.slice(0, 4).map((event) => quoteEvent(pod, event))
        : [quote('pod-status', pod, null, 'ContainerCreating')],
    occurrences: Math.max(1, ...warnings.map(({ count }) => count)),
  });
}

function minutes(milliseconds: number) {
  return counted(Math.round(milliseconds / MINUTE), 'minute');
}

const VOLUME_REASONS = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
]);
