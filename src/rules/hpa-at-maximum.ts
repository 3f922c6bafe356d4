import {
  describeMetric,
  maximumField,
  ratioOf,
  readAutoscaler,
  statusEvidence,
  TOLERANCE,
  type Autoscaler,
} from '../facts/autoscaler.ts';
import { livePods } from '../facts/pods.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ConfidencePart } from '../model/finding.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { unsetMaximum } from '../witnesses/keda-maximum.ts';
import {
  isMeasured,
  nextMaximum,
  REPLICAS,
  replicasChart,
  scalingEvidence,
  scalingLoad,
} from '../witnesses/scaling-load.ts';
import { usualEvidence, usualHours } from '../witnesses/usual-hours.ts';
import { defineRule } from './define-rule.ts';
import { CAUSES } from './hpa-at-maximum/causes.ts';
import { raisedMaximum } from './hpa-at-maximum/raised-maximum.ts';
import { atMaximum, WEIGHED, type Known } from './hpa-at-maximum/weighed.ts';
import { concludeRaise, type Raise } from './raise.ts';
import { onTheWordOf, weigh, type Outcome } from './weigh.ts';
import { changeOf } from '../model/change.ts';
import { foresight } from './hpa-at-maximum/foresight.ts';

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
  foresight,

  detect({ object, cluster }) {
    const autoscaler = readAutoscaler(object, cluster);
    if (!autoscaler || !isAtMaximum(autoscaler)) return null;
    const { ref, limited, manager } = autoscaler;
    return {
      autoscaler,
      ...(manager.kind === 'keda' && manager.object ? { object: refOf(manager.object) } : {}),
      seenOn: [ref],
      firstSeen: Math.min(parseTime(limited?.lastTransitionTime) ?? cluster.now, cluster.now),
      occurrences: 1,
    };
  },

  /** First what can be told from status and metrics, then the raise, which needs the history of the maximum too. */
  *investigate({ cluster }, ask, { autoscaler, firstSeen }) {
    const target = cluster.get(autoscaler.target.kind, autoscaler.ref.namespace, autoscaler.target.name);
    const measured = yield* scalingLoad(autoscaler, target, cluster, ask);
    const own = { namespace: autoscaler.ref.namespace ?? '', horizontalpodautoscaler: autoscaler.ref.name };
    const usual = yield* usualHours({ metric: REPLICAS, labels: own }, ask);
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
        ...(usual ? [usualEvidence(usual, REPLICAS, 'replicas', cluster.now)] : []),
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
 * At the ceiling, with metrics that could be read, and not content with it by its own word where the values are not known. A fixed number of replicas is at its maximum by definition: that is
 * worth a word only while the metric is above its target.
 */
function isAtMaximum({ object, conditions, metrics, limited, ...replicas }: Autoscaler): boolean {
  const { current, desired, maximum, minimum } = replicas;
  if (object.metadata.deletionTimestamp !== undefined || current === 0) return false;
  if (conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'False')) return false;
  if (Math.max(current, desired) < maximum) return false;
  if (limited?.status === 'False' && metrics.every((metric) => ratioOf(metric) === null)) return false;
  return minimum < maximum || metrics.some((metric) => (ratioOf(metric) ?? 0) > TOLERANCE);
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
function confidenceIn({ load, since, replicas }: Known): readonly ConfidencePart[] {
  return [
    since === null
      ? { factor: 0.7, reason: prose`only the status says so: for how long is not known` }
      : isMeasured(replicas)
        ? { factor: 0.99, reason: prose`the replicas are measured` }
        : { factor: 0.9, reason: prose`the status has said so whenever Faultline read it` },
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

/** The next maximum, and what could stand against it. */
function higherMaximum(known: Known): Raise {
  const { autoscaler, metric, load, target, cluster } = known;
  const { maximum, ref } = autoscaler;
  const { object, path, value } = maximumField(autoscaler);
  const ratio = (load && metric ? load.median / metric.target : metric && ratioOf(metric)) ?? 1;
  const next = nextMaximum(maximum, ratio);
  return {
    ...raisedMaximum(autoscaler, next, target, cluster),
    summary: atMaximum(known),
    rootCause: whyTooLow(known),
    fix: {
      reason: prose`The new maximum of ${next} is what the load needs now (${maximum} replicas times ${ratio.toFixed(2)}), and 30 % more.`,
      changes: [changeOf(object, path, value, next)],
      advice: [
        prose`Check that what the replicas share (database connections, downstream services) can take ${next} of them.`,
        prose`Watch whether ${describeRef(ref)} settles below ${next} replicas.`,
      ],
    },
  };
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
