import { HOUR } from '../kubernetes/durations.ts';
import { refOf } from '../kubernetes/objects.ts';
import { MEBIBYTE } from '../kubernetes/quantities.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { CAUSES } from './oom-killed/causes.ts';
import { gather, questionsAbout, type Case, type SeenKills } from './oom-killed/case.ts';
import { JUDGEMENTS } from './oom-killed/judgements.ts';
import { countKills, killedContainerOf, type KilledContainer } from '../witnesses/kills.ts';
import { isLargerInGit, raise, resourcesField } from './oom-killed/raise.ts';
import type { Blame, Chart, ConfidencePart } from '../model/finding.ts';
import { chartOf, concluded, confidenceInHistory, judge, type Conclusion } from './sizing/conclusion.ts';
import { authorshipOf } from '../witnesses/chosen-value.ts';
import { between } from '../witnesses/series.ts';

/**
 * A container that was killed because its memory cgroup was full.
 *
 * What Kubernetes promises, and this rule relies on:
 * - a container that exceeds its memory limit becomes a candidate for the kernel's OOM killer, and is reported with the
 *   reason OOMKilled; the kernel's choice when the *node* is full looks the same, without a limit having been reached
 *   (https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/);
 * - `lastState` keeps one termination, `restartCount` counts what was started again: not the last kill while its restart waits
 *   (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states);
 * - memory-backed emptyDir volumes count as memory of the container that writes them
 *   (https://kubernetes.io/docs/concepts/storage/volumes/#emptydir);
 * - a pod whose requests equal its limits is Guaranteed (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).
 */
export const oomKilled = defineRule({
  id: 'oom-killed',
  title: 'A container is killed because it reaches its memory limit',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/',
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states',
    'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/',
    'https://kubernetes.io/docs/concepts/policy/limit-range/',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'ConfigMap',
    'Deployment',
    'LimitRange',
    'ResourceQuota',
    'VerticalPodAutoscaler.v1.autoscaling.k8s.io',
    'NodePool.karpenter.sh',
    'ClusterPolicy.kyverno.io',
    'Policy.kyverno.io',
    'K8sContainerLimits.constraints.gatekeeper.sh',
  ],
  on: 'container',
  causes: CAUSES,

  detect({ cluster, instances }) {
    const killed = instances
      .flatMap((instance) => killedContainerOf(instance, cluster) ?? [])
      .toSorted((a, b) => restartsOf(b) - restartsOf(a) || newest(b) - newest(a));
    return killed.length === 0 ? null : seenIn(killed, cluster.now);
  },

  /** First whatever speaks against raising the limit, then the raise itself, which needs the limit's history too. */
  *investigate(container, ask, seen) {
    const known = gather(container, seen, yield* ask.all(questionsAbout(container, seen, ask)));
    const against = judge(JUDGEMENTS, known);
    if (against) return report(known, seen, against, confidenceIn(known));
    const object = container.workload.ref;
    const limit = `${resourcesField(known)}.limits.memory`;
    const versions = (yield* ask.history(object, limit)) ?? [];
    const authorship = authorshipOf(versions);
    const difference = isLargerInGit(known, authorship) ? yield* ask.difference(object, limit) : null;
    return report(known, seen, raise(known, authorship, ask.memoryFactor, difference), [
      ...confidenceIn(known),
      confidenceInSize(known),
      confidenceInHistory(
        'limit',
        versions.some(({ value }) => value !== undefined),
      ),
    ]);
  },
});

function seenIn(killed: readonly KilledContainer[], now: number): SeenKills {
  const times = killed.flatMap(timesOf);
  return {
    killed,
    seenOn: killed.map(({ pod }) => refOf(pod)),
    firstSeen: Math.min(...times),
    lastSeen: Math.max(...times),
    occurrences: countKills(killed, { restarts: null, reasons: null }, now).count || times.length,
  };
}

const restartsOf = ({ status }: KilledContainer): number => status.restartCount ?? 0;
const timesOf = ({ kills, survived }: KilledContainer): readonly number[] =>
  [...kills, ...survived].map(({ at }) => at);
const newest = (killed: KilledContainer): number => Math.max(...timesOf(killed));

function report(known: Case, seen: SeenKills, conclusion: Conclusion, confidence: readonly ConfidencePart[]) {
  return {
    ...concluded(conclusion, known.evidence),
    blames: [...(conclusion.blames ?? []), ...limitOf(known)],
    confidence,
    chart: workingSetOf(known),
    firstSeen: Math.min(seen.firstSeen, known.count.since),
    occurrences: Math.max(known.count.count, seen.occurrences),
  };
}

/** The limit's own line, where the template has one. */
function limitOf(known: Case): readonly Blame[] {
  const field = resourcesField(known);
  const isWritten = known.placed?.container.resources?.limits?.['memory'] !== undefined;
  return field !== null && isWritten
    ? [{ object: known.symptom.object, field: `${field}.limits.memory` }]
    : [];
}

/** How sure it is that the container was killed for its memory, as often as the finding says. */
function confidenceIn({ killed, count }: Case): readonly ConfidencePart[] {
  const named = killed.every(({ witness }) => witness === null);
  const counted: Readonly<Record<typeof count.basis, ConfidencePart>> = {
    metrics: { factor: 0.99, reason: prose`the metrics count the kills` },
    'restart count': {
      factor: 0.98,
      reason: prose`all restarts of young pods with nothing but kills on record count as kills`,
    },
    'last state': { factor: 0.95, reason: prose`only the last termination of each pod is on record` },
  };
  return [
    named
      ? {
          factor: 0.99,
          reason: prose`the container runtime reports OOMKilled on ${killed.length} ${ownText(killed.length === 1 ? 'pod' : 'pods')}`,
        }
      : { factor: 0.6, reason: prose`an event names memory, the container's status does not` },
    counted[count.basis],
  ];
}

/** How sure it is that the new size is right. */
function confidenceInSize({ memory }: Case): ConfidencePart {
  switch (memory.shape) {
    case 'plateau':
      return { factor: 1, reason: prose`memory stays at one level between restarts: no leak` };
    case 'leak':
      return { factor: 0.5, reason: prose`memory climbs between restarts` };
    case 'unknown':
      return memory.p99 === null
        ? { factor: 0.85, reason: prose`memory was not measured, so a leak cannot be ruled out` }
        : { factor: 0.92, reason: prose`the runs are too short to rule out a leak` };
  }
}

const CHART_SPAN = 6 * HOUR;

/** The working set of the worst pod over the last six hours, with the limit. */
function workingSetOf({ killed, memory, enforced, cluster }: Case): Chart | null {
  const pod = killed.map(({ pod }) => pod.metadata.name).find((name) => memory.byPod.has(name));
  if (pod === undefined) return null;
  const samples = between(memory.byPod.get(pod)!, cluster.now - CHART_SPAN, cluster.now);
  const line = enforced === null ? null : { label: 'memory limit', value: inMebibytes(enforced) };
  return chartOf(samples, { title: `Working set of ${pod}`, unit: 'MiB', line }, inMebibytes);
}

function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
