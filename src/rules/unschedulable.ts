/**
 * Rule `unschedulable`: no node takes a pod.
 *
 * The scheduler says of how many nodes each reason is true, one reason a node (resources aside). Nodes that a pod is never meant for, those of the
 * control plane above all, are among them, so that the clause with most nodes is not the cause: what counts is why the nodes that the
 * pod selects do not take it. The texts are those of the plugins in pkg/scheduler/framework/plugins of k8s.io/kubernetes.
 */
import { MINUTE } from '../kubernetes/durations.ts';
import { quoteFields } from '../facts/observations.ts';
import { unboundClaims } from '../facts/claims.ts';
import { unscheduledPods, type Unscheduled } from '../facts/scheduling.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, recordsOf, refOf } from '../kubernetes/objects.ts';
import { containersOf, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { SCHEDULING_CAUSES } from './unschedulable/causes.ts';
import { obstacleOf } from './unschedulable/obstacles.ts';

/** The scheduler gets this long where waiting may help: other pods end, nodes come back. */
const GRACE = 2 * MINUTE;

export const unschedulable = defineRule({
  id: 'unschedulable',
  title: 'No node takes a pod',
  phase: 'scheduling',
  semantics: [
    'https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'ConfigMap',
    'NodePool.karpenter.sh',
    'PersistentVolume',
    'PersistentVolumeClaim',
  ],
  on: 'workload',
  causes: SCHEDULING_CAUSES,

  detect(workload) {
    const all = unscheduledPods(workload);
    const judged = all.map((one) => ({ ...one, obstacle: obstacleOf(workload, one) }));
    const failing = judged.filter((one) => one.obstacle.isLasting || one.age >= GRACE);
    const worst = failing.find((one) => !isAboutClaims(workload, one));
    if (!worst) return null;
    const { cluster } = workload;
    return {
      worst,
      count: failing.length,
      seenOn: failing.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? cluster.now,
      lastSeen: cluster.now,
      occurrences: failing.length,
    };
  },

  investigate(workload, _ask, { worst, count }) {
    const { pod, message, obstacle } = worst;
    const { cause, ...related } = obstacle;
    const others = count > 1 ? prose` (and ${count - 1} more)` : prose``;
    return diagnosis({
      cause,
      summary: worst.isGated
        ? prose`${describeRef(workload.ref)}: pod ${pod.metadata.name} is SchedulingGated (${gatesOf(worst)})${others}: the controller that set the gate has to remove it.`
        : prose`${describeRef(workload.ref)}: pod ${pod.metadata.name} is Pending${others}, no node takes it${saying(shortened(withoutPreemption(message)))}`,
      because: related.because,
      evidence: [...worst.evidence, ...related.evidence, ...contextOf(workload, worst)],
      certainty: [cause === 'no-node-fits' ? 0.6 : 0.9, prose`the scheduler says why no node takes the pod`],
      verdict: worst.isGated ? 'monitor' : 'decline',
      reason: worst.isGated
        ? prose`A gate is meant to hold the pod, so there is nothing to fix yet.`
        : ABOUT_SIZE.test(cause)
          ? prose`Whether the pod should ask for less or the cluster offer more is for a person to decide.`
          : prose`Whether the pod's constraints or the nodes should change is for a person to decide.`,
      blames: related.blames,
      advice: related.advice,
      ...(related.culprit ? { culprit: related.culprit } : {}),
      ...(related.explainedBy ? { explainedBy: related.explainedBy } : {}),
    });
  },
});

/** Causes about amounts: the pod could ask for less. */
const ABOUT_SIZE = /^(insufficient-|too-many-pods$)/;

/** The scheduler's message without what it says of evicting other pods; the evidence quotes all of it. */
function withoutPreemption(message: string): string {
  return message.replace(/\.? *(?:no new claims to deallocate, )?preemption: .*$/s, '');
}

/** A claim that has no volume belongs to `claim-unbound`. */
function isAboutClaims(workload: WorkloadFacts, { message }: Unscheduled): boolean {
  return (
    /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]+" not found|didn't find available persistent volumes/i.test(
      message,
    ) && unboundClaims(workload).length > 0
  );
}

function gatesOf({ pod }: Unscheduled): string {
  return recordsOf(podSpecOf(pod)?.['schedulingGates'])
    .map((gate) => String(gate['name']))
    .join(', ');
}

const OF_POD = ['nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints'];

/** What the pod asks for. */
function contextOf({ object }: WorkloadFacts, { pod }: Unscheduled) {
  const spec = podSpecOf(pod) ?? {};
  return [
    ...quoteFields(pod, spec, OF_POD),
    ...containersOf(spec).flatMap(({ container }) =>
      quoteFields(pod, container, ['resources'], `container ${container.name}: `),
    ),
    ...(object
      ? quoteFields(object, (object['spec'] ?? {}) as Readonly<Record<string, unknown>>, ['replicas'])
      : []),
  ];
}
