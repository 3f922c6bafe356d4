/**
 * Rule `unschedulable`: no node takes a pod.
 *
 * The scheduler says of how many nodes each reason is true, one reason a node (resources aside). Nodes that a pod is never meant for, those of the
 * control plane above all, are among them, so that the clause with most nodes is not the cause: what counts is why the nodes that the
 * pod selects do not take it. The texts are those of the plugins in pkg/scheduler/framework/plugins of k8s.io/kubernetes.
 */
import { describeDuration } from '../kubernetes/durations.ts';
import { quoteFields } from '../facts/observations.ts';
import { isAboutClaims, unboundClaims } from '../facts/claims.ts';
import { unscheduledPods, withoutPreemption, type Unscheduled } from '../facts/scheduling.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, recordsOf, refOf } from '../kubernetes/objects.ts';
import { containersOf, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import { prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { SCHEDULING_CAUSES } from './unschedulable/causes.ts';
import { allNodes, meantNodes, obstacleOf } from './unschedulable/obstacles.ts';
import { remedyFor } from './unschedulable/remedy.ts';
import type { Stuck } from './unschedulable/stuck.ts';
import { foresight } from './unschedulable/foresight.ts';

/** Nothing is told of a pod before, unless no waiting helps; sooner than the patience of its obstacle only with a proven change. */
const LEAST_AGE = 30_000;

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
    'HorizontalPodAutoscaler',
    'ScaledObject.v1alpha1.keda.sh',
    'ReplicaSet',
    'ControllerRevision',
  ],
  on: 'workload',
  causes: SCHEDULING_CAUSES,
  foresight,

  detect(workload) {
    const judged = unscheduledPods(workload)
      .map((one) => ({ ...one, obstacle: obstacleOf(workload, one) }))
      .filter((one) => !waitsForClaims(workload, one));
    const { cluster } = workload;
    const isDue = (one: (typeof judged)[number]): boolean =>
      cluster.reached(one.since + one.obstacle.patience);
    const due = judged.filter(isDue);
    const early = judged.filter((one) => cluster.reached(one.since + LEAST_AGE) && !isDue(one));
    const [worst] = [...due, ...early];
    if (!worst) return null;
    const failing = due.length > 0 ? due : early;
    return {
      worst,
      isEarly: due.length === 0,
      count: failing.length,
      seenOn: failing.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? cluster.now,
      occurrences: failing.length,
    };
  },

  *investigate(workload, ask, { worst, count, isEarly }) {
    const { obstacle } = worst;
    const spec = podSpecOf(worst.pod) ?? {};
    const stuck = { workload, worst, nodes: allNodes(workload), meant: meantNodes(workload, spec) };
    const remedy = yield* remedyFor(stuck, ask);
    const isFix = (remedy?.changes.length ?? 0) > 0;
    // An autoscaler, where there is one, has not had its time yet.
    if (isEarly && (!isFix || stuck.nodes === null)) return null;
    const { cause, explainedBy, culprit, advice, blames } = obstacle;
    const [factor, sureness] = remedy?.sureness ?? [1, prose``];
    const conclusion = diagnosis({
      cause,
      summary: summaryOf(workload, worst, count),
      because: [...(remedy?.because ?? []), ...obstacle.because, ...schedulerSays(worst)],
      evidence: [
        ...worst.evidence,
        ...obstacle.evidence,
        ...(remedy?.evidence ?? []),
        ...contextOf(workload, worst),
      ],
      certainty: [cause === 'no-node-fits' ? 0.6 : 0.9, prose`the scheduler says why no node takes the pod`],
      verdict: isFix ? 'fix' : worst.isGated ? 'monitor' : 'decline',
      reason: (isFix && remedy?.reason) || reasonOf(worst),
      blames,
      changes: remedy?.changes ?? [],
      guards: remedy?.guards ?? [],
      advice: [...(remedy?.advice ?? []), ...advice],
      ...(remedy?.introducedBy ? { introducedBy: remedy.introducedBy } : {}),
      ...(culprit && !isFix ? { culprit } : {}),
      ...(explainedBy ? { explainedBy } : {}),
    });
    return isFix
      ? { ...conclusion, confidence: [...conclusion.confidence, { factor, reason: sureness }] }
      : conclusion;
  },
});

function summaryOf(workload: WorkloadFacts, worst: Stuck['worst'], count: number): Prose {
  const { pod, isGated, message, obstacle, isUnseen, since } = worst;
  const owner = describeRef(workload.ref);
  const others = count > 1 ? prose` (and ${count - 1} more)` : prose``;
  const name = pod.metadata.name;
  if (isGated)
    return prose`${owner}: pod ${name} is SchedulingGated (${gatesOf(worst)})${others}: the controller that set the gate has to remove it.`;
  const said = obstacle.says;
  if (isUnseen)
    return prose`${owner}: pod ${name} has been Pending for ${describeDuration(workload.cluster.now - since)} without a node${others}: ${said ?? ''}`;
  return said
    ? prose`${owner}: pod ${name}${others} is Pending, as no node takes it: ${said}`
    : prose`${owner}: pod ${name}${others} is Pending, as no node takes it${saying(shortened(withoutPreemption(message)))}`;
}

/** The scheduler's words, where the summary says it in others. */
function schedulerSays({ message, obstacle, isGated }: Stuck['worst']): readonly Prose[] {
  return message === '' || isGated || !obstacle.says
    ? []
    : [prose`The scheduler says: ${shortened(withoutPreemption(message)).replace(/\.$/, '')}.`];
}

function reasonOf({ isGated, obstacle: { cause } }: Stuck['worst']): Prose {
  if (isGated) return prose`A gate is meant to hold the pod, so there is nothing to fix yet.`;
  if (ABOUT_NODES.test(cause))
    return prose`The nodes or the control plane are at fault, and no manifest can repair them.`;
  if (cause === 'preempted') return prose`Which of the two workloads goes first is for a person to decide.`;
  return ABOUT_SIZE.test(cause)
    ? prose`Whether the pod should ask for less or the cluster offer more is for a person to decide.`
    : prose`Whether the pod's constraints or the nodes should change is for a person to decide.`;
}

/** Causes about amounts: the pod could ask for less. */
const ABOUT_SIZE = /^(insufficient-|too-many-pods$|volume-capacity$)/;
const ABOUT_NODES = /^(nodes-unavailable|cordoned|scheduler-silent|resource-not-offered)$/;

/** A claim that has no volume belongs to `claim-unbound`. */
function waitsForClaims(workload: WorkloadFacts, { message }: Unscheduled): boolean {
  return isAboutClaims(message) && unboundClaims(workload).length > 0;
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
