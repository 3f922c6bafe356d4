import {
  describeMetric,
  maximumField,
  ratioOf,
  readAutoscaler,
  statusEvidence,
  type Autoscaler,
} from '../facts/autoscaler.ts';
import { livePods, notReadySince, unschedulablePods } from '../facts/pods.ts';
import { describeDuration, MINUTE } from '../kubernetes/durations.ts';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import type { ConfidencePart } from '../model/finding.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { demandOf, shortageFor } from '../witnesses/capacity.ts';
import { unsetMaximum } from '../witnesses/keda-maximum.ts';
import { changedAutomatically } from '../witnesses/raised-before.ts';
import {
  LONG_ENOUGH,
  nextMaximum,
  replicasChart,
  scalingEvidence,
  scalingLoad,
  TOLERANCE,
  WORSE,
  type ScalingLoad,
} from '../witnesses/scaling-load.ts';
import { defineRule } from './define-rule.ts';
import { CAUSES } from './hpa-at-maximum/causes.ts';
import { concludeRaise, type Raise } from './raise.ts';
import { onTheWordOf, weigh, type Outcome, type Weighing } from './weigh.ts';

/**
 * A HorizontalPodAutoscaler that wants more replicas than it may have.
 *
 * What Kubernetes promises, and this rule relies on:
 * - `desiredReplicas = ceil(currentReplicas × currentMetricValue / desiredMetricValue)`, nothing is done within a tolerance
 *   of 10 %, and of several metrics the largest proposal counts;
 * - the condition ScalingLimited has the reason TooManyReplicas while the proposal is above `maxReplicas`; ScalingActive is
 *   False when no metric could be read, and then nothing is known about the load;
 * - a condition's `lastTransitionTime` is that of its status alone, so that only the metrics tell for how long;
 * - KEDA writes the autoscaler of a ScaledObject, whose `maxReplicaCount` becomes `maxReplicas`.
 */
export const hpaAtMaximum = defineRule({
  id: 'hpa-at-maximum',
  title: 'A HorizontalPodAutoscaler has been at its maximum for hours and would need more replicas',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions',
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/',
    'https://keda.sh/docs/latest/reference/scaledobject-spec/',
  ],
  reads: [
    'HorizontalPodAutoscaler',
    'Pod',
    'Event',
    'Node',
    'Deployment',
    'ResourceQuota',
    'ConfigMap',
    'ScaledObject.v1alpha1.keda.sh',
    'NodePool.karpenter.sh',
  ],
  on: 'HorizontalPodAutoscaler',
  causes: CAUSES,

  detect({ object, cluster }) {
    const autoscaler = readAutoscaler(object, cluster);
    if (!autoscaler || !isAtMaximum(autoscaler)) return null;
    const { ref, limited, manager } = autoscaler;
    return {
      autoscaler,
      ...(manager.kind === 'keda' && manager.object ? { object: refOf(manager.object) } : {}),
      seenOn: [ref],
      firstSeen: Math.min(parseTime(limited?.lastTransitionTime) ?? cluster.now, cluster.now),
      lastSeen: cluster.now,
      occurrences: 1,
    };
  },

  /** First what can be told from status and metrics, then the raise, which needs the history of the maximum too. */
  *investigate({ cluster }, ask, { autoscaler, firstSeen }) {
    const target = cluster.get(autoscaler.target.kind, autoscaler.ref.namespace, autoscaler.target.name);
    const measured = yield* scalingLoad(autoscaler, target, cluster, ask);
    const pods = target ? livePods(cluster.podsOf(cluster.ownerOf(target).ref)) : [];
    const known: Known = { cluster, autoscaler, target, pods, ...measured };
    const { outcome: against, ruledOut } = weigh(WEIGHED, known);
    const unset = yield* notChosen(known, ask);
    // A key in the wrong place is wrong however long the maximum has been reached.
    const outcome =
      unset && (!against || (unset.isMisplaced && against.cause !== 'no-room')) ? unset.outcome : against;
    const raised = outcome ? null : yield* concludeRaise(higherMaximum(known), ask);
    const concluded = outcome ?? raised!.outcome;
    const { object, path, value } = maximumField(autoscaler);
    const isWritten = value !== null && autoscaler.manager.kind !== 'other';
    return {
      ...concluded,
      ruledOut,
      evidence: [
        ...statusEvidence(autoscaler, known.metric, cluster.now),
        ...scalingEvidence(autoscaler, known, cluster.now),
        ...(concluded.evidence ?? []),
      ],
      blames: concluded.blames ?? (isWritten ? [{ object, field: path }] : []),
      confidence: [
        ...confidenceIn(known),
        ...(raised ? [...confidenceInSize(known), raised.confidence] : []),
      ],
      chart: replicasChart(autoscaler, known, cluster.now),
      firstSeen: Math.min(firstSeen, known.since ?? firstSeen),
    };
  },
});

/**
 * At the ceiling, with metrics that could be read. A fixed number of replicas is at its maximum by definition: that is
 * worth a word only while the metric is above its target.
 */
function isAtMaximum({ object, conditions, metrics, ...replicas }: Autoscaler): boolean {
  const { current, desired, maximum, minimum } = replicas;
  if (object.metadata.deletionTimestamp !== undefined || current === 0) return false;
  if (conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'False')) return false;
  if (Math.max(current, desired) < maximum) return false;
  return minimum < maximum || metrics.some((metric) => (ratioOf(metric) ?? 0) > TOLERANCE);
}

/** Everything that is known about one autoscaler. */
interface Known extends ScalingLoad {
  readonly cluster: ClusterState;
  readonly autoscaler: Autoscaler;
  /** What it scales; undefined when that was not recorded. */
  readonly target: KubernetesObject | undefined;
  /** The target's pods that are meant to run. */
  readonly pods: readonly KubernetesObject[];
}

/** What there is to say where KEDA made the autoscaler from a ScaledObject that sets no maximum. */
function* notChosen(
  known: Known,
  ask: Ask,
): Asking<{ readonly outcome: Outcome; readonly isMisplaced: boolean } | null> {
  const { manager, maximum } = known.autoscaler;
  if (manager.kind !== 'keda' || !manager.object) return null;
  if (recordAt(manager.object, 'spec')['maxReplicaCount'] !== undefined) return null;
  const unset = unsetMaximum(manager.object, maximum, yield* ask.rendered(refOf(manager.object)));
  const cause = unset.kind === 'only in git' ? 'waiting-for-sync' : 'default-maximum';
  return {
    outcome: { cause, summary: atMaximum(known), ...onTheWordOf(unset) },
    isMisplaced: unset.kind !== 'not chosen',
  };
}

/** How sure it is that the autoscaler has been held back by its maximum. */
function confidenceIn({ load, since }: Known): readonly ConfidencePart[] {
  return [
    since === null
      ? { factor: 0.7, reason: prose`only the status says so: for how long is not known` }
      : { factor: 0.99, reason: prose`the replicas are measured` },
    load === null
      ? { factor: 0.9, reason: prose`the metric is known from the status alone` }
      : { factor: 0.99, reason: prose`the metric is measured over the window` },
  ];
}

/** How sure it is that more replicas are the answer. */
function confidenceInSize({ latency, effect }: Known): readonly ConfidencePart[] {
  return [
    latency === null
      ? { factor: 0.92, reason: prose`latency is not known, so whether users notice is not either` }
      : { factor: 1, reason: prose`latency is worse since the maximum was reached` },
    effect === 'moved'
      ? { factor: 1, reason: prose`the metric fell when replicas were added` }
      : { factor: 0.98, reason: prose`the samples do not show how the metric follows the replicas` },
  ];
}

/** The first that applies decides; when none does, the maximum is too low. */
const WEIGHED: readonly Weighing<Known>[] = [
  fixedOnPurpose,
  content,
  unschedulable,
  notReady,
  unconfirmed,
  durationUnknown,
  notForLong,
  metricUnmoved,
  latencyAsBefore,
  ownedElsewhere,
];

function fixedOnPurpose(known: Known): Outcome | null {
  const { ref, minimum, maximum } = known.autoscaler;
  if (minimum < maximum) return null;
  return {
    cause: 'fixed-on-purpose',
    summary: prose`${describeRef(ref)} keeps ${maximum} replicas${above(known)}: its minimum is its maximum.`,
    rootCause: prose`minReplicas and maxReplicas are both ${maximum}. That is how a number of replicas is fixed, so the metric was not meant to change it.`,
  };
}

/** At the maximum, and it is enough: the autoscaler would not add one more, now or over the last two hours. */
function content({ autoscaler, metric, load }: Known): Outcome | null {
  if (metric === undefined) return null;
  const ratios = [ratioOf(metric), load && load.median / metric.target].filter((one) => one !== null);
  const ratio = Math.max(...ratios);
  if (ratios.length === 0 || ratio > TOLERANCE) return null;
  const value = describeMetric(metric, ratio * metric.target);
  return {
    cause: 'content',
    summary: prose`${describeRef(autoscaler.ref)} is at its maximum of ${autoscaler.maximum} replicas, and they are enough: ${metric.name} is at ${value} for a target of ${describeMetric(metric, metric.target)}.`,
    rootCause: prose`The metric is not more than a tenth above its target, and within that the autoscaler adds no replicas whatever the maximum is.`,
  };
}

/** Replicas that no node takes: a higher maximum would only add to them. */
function unschedulable({ autoscaler, pods }: Known): Outcome | null {
  const pending = unschedulablePods(pods);
  if (!pending[0]) return null;
  const { pod, condition } = pending[0];
  const message = condition.message ?? 'Unschedulable';
  return {
    cause: 'no-room',
    summary: prose`${describeRef(autoscaler.ref)} is at its maximum of ${autoscaler.maximum} replicas, but ${pending.length} of them find no node.`,
    rootCause: prose`The scheduler says about ${pod.metadata.name}: ${message}. A higher maximum would add more pods that wait.`,
    advice: [prose`Add nodes, or let the pods request less, before the maximum is raised.`],
    evidence: [quoted('pod-status', pod, parseTime(condition.lastTransitionTime), message)],
  };
}

/** A pod that is not Ready for this long is not just starting. */
const STARTING = 10 * MINUTE;

/** Replicas that do not work: the load is carried by fewer than the autoscaler counts. */
function notReady({ autoscaler, cluster, pods }: Known): ReturnType<Weighing<Known>> {
  const broken = pods.filter((pod) => (notReadySince(pod) ?? cluster.now) < cluster.now - STARTING);
  const [first] = broken;
  if (!first) {
    const isAllReady = pods.length > 0 && pods.every((pod) => notReadySince(pod) === null);
    return isAllReady
      ? { what: prose`replicas that do not work`, because: prose`all ${pods.length} pods are Ready` }
      : null;
  }
  const { name } = first.metadata;
  const since = notReadySince(first)!;
  return {
    cause: 'replicas-not-ready',
    summary: prose`${describeRef(autoscaler.ref)} is at its maximum of ${autoscaler.maximum} replicas, but ${broken.length} of ${pods.length} are not Ready.`,
    rootCause: prose`${name} has not been Ready for more than ten minutes. The others carry its share, so the metric says more about that failure than about the maximum.`,
    advice: [prose`Find out why ${name} is not Ready.`],
    evidence: [quoted('pod-status', first, Number.isFinite(since) ? since : null, 'Ready: False')],
  };
}

/** Status and metric say so, the controller's own reason does not. */
function unconfirmed(known: Known): Outcome | null {
  const { limited } = known.autoscaler;
  if (limited?.status === 'True' && limited.reason === 'TooManyReplicas') return null;
  return {
    cause: 'not-for-long',
    summary: atMaximum(known),
    rootCause: prose`The condition ScalingLimited does not have the reason TooManyReplicas (${limited?.reason ?? 'it is missing'}), so the autoscaler does not ask for more than it has.`,
    reason: prose`The autoscaler itself does not say that its maximum holds it back.`,
  };
}

function durationUnknown(known: Known): Outcome | null {
  if (known.replicas !== null && known.replicas.length > 0) return null;
  return {
    cause: 'duration-unknown',
    summary: atMaximum(known),
    rootCause: prose`The autoscaler asks for more replicas than its maximum of ${known.autoscaler.maximum}. For how long is unknown: a condition keeps the time of its last change only, and no metrics were recorded.`,
  };
}

/** Samples above the target that make a load steady. */
const STEADY = 0.9;

function notForLong(known: Known): Outcome | null {
  const { since, cluster, load, metric } = known;
  const cause = 'not-for-long';
  if (since === null || cluster.now - since < LONG_ENOUGH) {
    return {
      cause,
      summary: atMaximum(known),
      rootCause:
        since === null
          ? prose`The samples do not show the replicas at the maximum up to now.`
          : prose`The replicas are at the maximum for ${describeDuration(cluster.now - since)}.`,
      reason: prose`A maximum is called too low after two hours without a break.`,
    };
  }
  if (!load || load.above >= STEADY) return null;
  return {
    cause,
    summary: atMaximum(known),
    rootCause: prose`In the last two hours ${metric?.name ?? 'the metric'} was above its target in ${Math.round(load.above * 100)} % of the samples only.`,
    reason: prose`The metric is not above its target all the time.`,
  };
}

/** A metric that is the same with few and with many replicas, or of which nothing shows that replicas lower it. */
function metricUnmoved(known: Known): ReturnType<Weighing<Known>> {
  const { metric, effect } = known;
  if (!metric) return null;
  const { name, measure, source } = metric;
  if (effect === 'moved')
    return {
      what: prose`a metric that replicas do not lower`,
      because: prose`${name} fell when replicas were added`,
    };
  const isShared = measure === 'value' && (source === 'External' || source === 'Object');
  if (effect === 'unknown' && !isShared && name !== 'memory') return null;
  let rootCause = prose`${name} is one value for all replicas, and the samples do not show that it falls when there are more.`;
  if (effect === 'unmoved')
    rootCause = prose`${name} was above its target with two thirds of the replicas or fewer, and is about the same with all of them.`;
  else if (name === 'memory')
    rootCause = prose`Memory is rarely shared out again when replicas are added, and the samples do not show that it was.`;
  return {
    cause: 'metric-unmoved',
    summary: prose`${heldAtMaximum(known)}, which more replicas do not seem to lower.`,
    rootCause,
  };
}

function latencyAsBefore(known: Known): Outcome | null {
  const { latency } = known;
  if (!latency || latency.now >= WORSE * latency.baseline) return null;
  return {
    cause: 'latency-as-before',
    summary: atMaximum(known),
    rootCause: prose`The latency of service ${latency.service} is ${latency.now.toPrecision(3)} s, ${latency.baseline.toPrecision(3)} s before the maximum was reached: less than 40 % worse.`,
  };
}

/** Somebody else writes the autoscaler, and where is not known. */
function ownedElsewhere(known: Known): Outcome | null {
  const { manager, ref } = known.autoscaler;
  if (manager.kind === 'manifest' || (manager.kind === 'keda' && manager.object)) return null;
  const own = describeRef(ref);
  const shared = { cause: 'owned-elsewhere', summary: atMaximum(known) };
  if (manager.kind === 'other') {
    const owner = describeRef(manager.ref);
    return {
      ...shared,
      rootCause: prose`${own} is owned by ${owner}, whose controller writes it: which field of it gives the maximum is not known here.`,
      reason: prose`The maximum belongs to ${owner}.`,
      advice: [prose`Raise the maximum in ${owner}.`],
    };
  }
  return {
    ...shared,
    rootCause: prose`${own} is written by ScaledObject ${manager.name} of KEDA, which was not recorded: a change to the autoscaler itself would be overwritten.`,
    reason: prose`The maximum belongs to ScaledObject ${manager.name} of KEDA.`,
    advice: [prose`Raise spec.maxReplicaCount of ScaledObject ${manager.name}.`],
  };
}

const LARGEST_FACTOR = 2;

/** The next maximum, and what could stand against it. */
function higherMaximum(known: Known): Raise {
  const { autoscaler, metric, load, cluster } = known;
  const { maximum, ref } = autoscaler;
  const { object, path, value } = maximumField(autoscaler);
  const ratio = (load && metric ? load.median / metric.target : metric && ratioOf(metric)) ?? 1;
  const next = nextMaximum(maximum, ratio);
  return {
    noun: 'maximum',
    object,
    field: path,
    amount: maximum,
    written: maximum,
    next,
    shown: String,
    summary: atMaximum(known),
    rootCause: whyTooLow(known),
    causes: { waiting: 'waiting-for-sync', tooSmall: 'maximum-too-low' },
    raisedBefore: (authorship) => changedAutomatically(authorship, 'maximum', cluster.now),
    against: () => noRoomFor(known, next),
    doubt: (chosen) =>
      next > LARGEST_FACTOR * chosen
        ? prose`${next} is more than ${LARGEST_FACTOR} times ${chosen}, the last maximum that a person chose: a person has to agree to that much.`
        : null,
    fix: {
      reason: prose`The new maximum of ${next} is what the load needs now (${maximum} replicas times ${ratio.toFixed(2)}), and 30 % more.`,
      wanted: [{ object, field: path, before: value, after: next }],
      advice: [
        prose`Check that what the replicas share (database connections, downstream services) can take ${next} of them.`,
        prose`Watch whether ${describeRef(ref)} settles below ${next} replicas.`,
      ],
    },
  };
}

function noRoomFor({ autoscaler, target, cluster }: Known, next: number): ReturnType<Raise['against']> {
  const spec = target && podSpecOf(target);
  if (!spec) return null;
  const more = next - autoscaler.current;
  const extra = Object.entries(demandOf(spec)).map(([name, amount]) => [name, amount * more] as const);
  const owner = cluster.ownerOf(target).ref;
  const shortage = shortageFor(cluster, owner, spec, next, Object.fromEntries(extra));
  return shortage && { ...shortage, cause: 'no-room' };
}

function whyTooLow({ autoscaler, metric, load, latency }: Known): Prose {
  const { ref, maximum, target } = autoscaler;
  const value = load?.median ?? metric?.current ?? null;
  const limited = prose`(condition ScalingLimited, reason TooManyReplicas)`;
  const held =
    metric && value !== null
      ? prose`${metric.name} is at ${describeMetric(metric, value)} for a target of ${describeMetric(metric, metric.target)}, which takes ${Math.ceil((maximum * value) / metric.target)} replicas; no more than ${maximum} are allowed ${limited}.`
      : prose`${describeRef(ref)} may give ${target.kind} ${target.name} no more than ${maximum} replicas ${limited}.`;
  return latency
    ? prose`${held} The latency of service ${latency.service} went from ${latency.baseline.toPrecision(3)} s to ${latency.now.toPrecision(3)} s.`
    : held;
}

/** One sentence about the state, for every summary that is about the maximum. */
function atMaximum(known: Known): Prose {
  return prose`${heldAtMaximum(known)}.`;
}

function heldAtMaximum(known: Known): Prose {
  const { autoscaler, since, cluster } = known;
  const long = since === null ? prose`is` : prose`has been`;
  const time = since === null ? prose`` : prose` for ${describeDuration(cluster.now - since)}`;
  return prose`${describeRef(autoscaler.ref)} ${long} at its maximum of ${autoscaler.maximum} replicas${time}${above(known)}`;
}

function above({ metric, load }: Known): Prose {
  const value = load?.median ?? metric?.current ?? null;
  if (!metric || value === null) return prose``;
  return prose` with ${metric.name} at ${describeMetric(metric, value)}, target ${describeMetric(metric, metric.target)}`;
}
