import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { conditionsIn, quoteCondition, quoteEvent } from './observations.ts';
import { derived } from './derived.ts';
import { namespacesWithWorkloads, workloadsOf, type WorkloadFacts } from './subjects.ts';

/** A pod that no node takes. */
export interface Unscheduled {
  readonly pod: ClusterObject;
  /** What the scheduler says; empty where it has said nothing. */
  readonly message: string;
  readonly clauses: readonly Clause[];
  /** A gate holds it, so that the scheduler has not looked for a node. */
  readonly isGated: boolean;
  /** No scheduler has said anything of it, although it is not held. */
  readonly isUnseen: boolean;
  /** When the pod was made or the scheduler said so, in milliseconds since the epoch; -Infinity where neither is on record. */
  readonly since: number;
  readonly evidence: readonly Evidence[];
}

/** `3 Insufficient cpu`: how many nodes do not take it for which reason. `nodes` is null where the reason is the pod's own. */
export interface Clause {
  readonly nodes: number | null;
  readonly text: string;
}

/** An autoscaler that has begun to add a node gets this long. */
const SCALE_UP = 10 * MINUTE;
/** The cluster autoscaler's reason, and Karpenter's. */
const ADDS_NODES = /^(?:TriggeredScaleUp|Nominated)$/;
const SCHEDULING = new Set(['FailedScheduling', 'FailedBinding']);

/** The pods of a workload that wait for a node, the longest first. None where an autoscaler is adding nodes for them. */
export function unscheduledPods({ cluster, activePods }: WorkloadFacts): readonly Unscheduled[] {
  return activePods
    .filter((pod) => !podSpecOf(pod)?.nodeName)
    .flatMap((pod) => unscheduled(cluster, pod) ?? [])
    .toSorted((a, b) => a.since - b.since);
}

/** Those of all workloads. */
export function unscheduledIn(cluster: ClusterState): readonly Unscheduled[] {
  return namespacesWithWorkloads(cluster).flatMap((namespace) =>
    derived(cluster, `unscheduled pods of ${namespace ?? ''}`, (given) =>
      workloadsOf(given, namespace).flatMap(unscheduledPods),
    ),
  );
}

function unscheduled(cluster: ClusterState, pod: ClusterObject): Unscheduled | null {
  const events = cluster.eventsOf(pod);
  if (events.some(({ reason, lastSeen }) => ADDS_NODES.test(reason) && !cluster.reached(lastSeen + SCALE_UP)))
    return null;
  const condition = conditionsIn(pod).find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  const failed = events.filter(({ reason }) => SCHEDULING.has(reason)).toReversed();
  const isUnseen = condition === undefined && failed.length === 0;
  if (isUnseen && !isOverlooked(cluster, pod, events)) return null;
  const message = condition?.message ?? failed[0]?.message ?? '';
  const times = [pod.metadata.creationTimestamp, condition?.lastTransitionTime].map(parseTime);
  return {
    pod,
    message,
    clauses: clausesOf(message),
    isGated: condition?.reason === 'SchedulingGated',
    isUnseen,
    since: Math.max(...times.filter((time) => time !== null)),
    evidence: [
      ...(condition ? [quoteCondition(pod, condition)] : []),
      ...failed
        .filter((event) => event.message !== condition?.message)
        .slice(0, 2)
        .map((event) => quoteEvent(pod, event)),
    ],
  };
}

/** A scheduler takes milliseconds for a pod, and seconds where many wait. */
const FIRST_WORD = MINUTE;

/** True for a pod that waits without a word of any scheduler, in a cluster that shows such words of other pods. */
function isOverlooked(cluster: ClusterState, pod: ClusterObject, events: readonly ClusterEvent[]): boolean {
  const { phase } = recordAt(pod, 'status');
  const created = parseTime(pod.metadata.creationTimestamp);
  return (
    phase === 'Pending' &&
    created !== null &&
    cluster.reached(created + FIRST_WORD) &&
    !conditionsIn(pod).some(({ type }) => type === 'PodScheduled') &&
    !events.some(({ reason }) => reason === 'Scheduled') &&
    showsScheduling(cluster)
  );
}

function showsScheduling(cluster: ClusterState): boolean {
  return derived(cluster, 'any pod has the condition PodScheduled', (given) =>
    given.list('Pod').some((pod) => conditionsIn(pod).some(({ type }) => type === 'PodScheduled')),
  );
}

/** What the scheduler adds about pods that could make room, and about devices that others could give back. */
const PREEMPTION = /[.,]? ?(?:no new claims to deallocate, |still not schedulable, )?preemption: .*$/s;

/** The scheduler's message without what it says of evicting other pods. */
export function withoutPreemption(message: string): string {
  return message.replace(PREEMPTION, '');
}

/**
 * The clauses of `0/4 nodes are available: 1 node(s) were unschedulable, 3 Insufficient cpu. preemption: …`; the sentence after them is about
 * pods that could make room. Source: FitError.Error in pkg/scheduler/framework/types.go of k8s.io/kubernetes
 */
export function clausesOf(message: string): readonly Clause[] {
  const [, said = message] = /^\d+\/\d+ nodes are available: (.*)$/s.exec(message) ?? [];
  return withoutPreemption(said)
    .replace(/\.$/, '')
    .split(/, (?=\d+ )/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, count, text = part] = /^(\d+) (.*)$/s.exec(part.trim()) ?? [];
      return { nodes: count === undefined ? null : Number(count), text };
    });
}
