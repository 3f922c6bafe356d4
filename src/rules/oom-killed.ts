import { killedContainers, killTimes } from '../facts/kills.ts';
import { refOf } from '../kubernetes/objects.ts';
import type { Blame, ConfidencePart } from '../model/finding.ts';
import { counted, prose } from '../untrusted/prose.ts';
import { countKills } from '../witnesses/kill-count.ts';
import { memoryUseChart } from '../witnesses/memory-use.ts';
import { defineRule } from './define-rule.ts';
import { CAUSES } from './oom-killed/causes.ts';
import { higherLimit } from './oom-killed/higher-limit.ts';
import { gather, type Known } from './oom-killed/known.ts';
import { loweredLimit } from './oom-killed/lowered-limit.ts';
import { WEIGHED } from './oom-killed/weighed.ts';
import { concludeRaise } from './raise.ts';
import { weigh } from './weigh.ts';
import { foresight } from './oom-killed/foresight.ts';

/**
 * A container that was killed because its memory cgroup was full.
 *
 * What Kubernetes promises, and this rule relies on:
 * - a container that exceeds its memory limit becomes a candidate for the kernel's OOM killer, and is reported with the
 *   reason OOMKilled; the kernel's choice when the *node* is full looks the same, without a limit having been reached;
 * - `lastState` keeps one termination, `restartCount` counts what was started again: not the last kill while its restart waits;
 * - memory-backed emptyDir volumes count as memory of the container that writes them;
 * - a pod whose requests equal its limits is Guaranteed.
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
  foresight,

  detect({ cluster, instances }) {
    const killed = killedContainers(instances, cluster);
    if (killed.length === 0) return null;
    const times = killed.flatMap(killTimes);
    const { count } = countKills(killed, { restarts: null, reasons: null }, cluster);
    return {
      killed,
      seenOn: killed.map(({ pod }) => refOf(pod)),
      firstSeen: Math.min(...times),
      lastSeen: Math.max(...times),
      occurrences: count || times.length,
    };
  },

  /** First whatever speaks against raising the limit, then the raise itself, which needs the limit's history too. */
  *investigate(container, ask, seen) {
    const known = yield* gather(container, seen, ask);
    const { outcome, ruledOut } = weigh(WEIGHED, known);
    const { killed, count, use, limit } = known;
    const lowered = yield* loweredLimit(known, outcome, ask);
    const settled = lowered ?? outcome;
    const raised = settled ? null : yield* concludeRaise(higherLimit(known, ask.memoryFactor), ask);
    const concluded = settled ?? raised!.outcome;
    const pods = killed.map(({ pod }) => pod.metadata.name);
    return {
      ...concluded,
      ruledOut,
      evidence: [...known.evidence, ...(concluded.evidence ?? [])],
      blames: [...(concluded.blames ?? []), ...limitOf(known)],
      confidence: [...confidenceIn(known), ...(raised ? [confidenceInSize(known), raised.confidence] : [])],
      chart: memoryUseChart(use, pods, limit, container.cluster.now),
      firstSeen: Math.min(seen.firstSeen, count.since),
      occurrences: Math.max(count.count, seen.occurrences),
    };
  },
});

/** The limit's own line, where the template has one. */
function limitOf({ container: { workload, path }, hasOwnLimit }: Known): readonly Blame[] {
  return path !== null && hasOwnLimit
    ? [{ object: workload.ref, field: `${path}.resources.limits.memory` }]
    : [];
}

const COUNTED: Readonly<Record<Known['count']['basis'], ConfidencePart>> = {
  metrics: { factor: 0.99, reason: prose`the metrics count the kills` },
  'restart count': {
    factor: 0.98,
    reason: prose`all restarts of young pods with nothing but kills on record count as kills`,
  },
  'last state': { factor: 0.95, reason: prose`only the last termination of each pod is on record` },
};

/** How sure it is that the container was killed for its memory, as often as the finding says. */
function confidenceIn({ killed, count }: Known): readonly ConfidencePart[] {
  const isNamed = killed.every(({ event }) => event === null);
  return [
    killed.every(({ beforeStart }) => beforeStart !== null)
      ? { factor: 0.99, reason: prose`the container runtime says that the limit is too low to start` }
      : isNamed
        ? {
            factor: 0.99,
            reason: prose`the container runtime reports OOMKilled on ${counted(killed.length, 'pod')}`,
          }
        : { factor: 0.6, reason: prose`an event names memory, the container's status does not` },
    COUNTED[count.basis],
  ];
}

/** How sure it is that the new size is right. */
function confidenceInSize({ use: { shape, p99 }, usedNow }: Known): ConfidencePart {
  if (shape === 'plateau')
    return { factor: 1, reason: prose`memory stays at one level between restarts: no leak` };
  return p99 === null
    ? {
        factor: 0.85,
        reason: usedNow
          ? prose`one sample of metrics-server says nothing about a leak`
          : prose`memory was not measured, so a leak cannot be ruled out`,
      }
    : { factor: 0.92, reason: prose`the runs are too short to rule out a leak` };
}
