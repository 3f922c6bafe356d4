import type { ClusterState } from '../../model/cluster-state.ts';
import { describeDuration, MINUTE } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, type KubernetesObject } from '../../kubernetes/objects.ts';
import { conditionsOf, isReady, parseTime } from '../../kubernetes/workloads.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { Conclusion, Judgement } from '../sizing/conclusion.ts';
import type { Samples } from '../../witnesses/series.ts';
import { describeValue, ratioOf, type Autoscaler, type MetricReading } from '../../facts/autoscaler.ts';
import { LONG_ENOUGH, TOLERANCE, WORSE, type Latency, type Load } from '../../witnesses/scaling-load.ts';

/** Everything that is known about one autoscaler. */
export interface Case {
  readonly cluster: ClusterState;
  readonly autoscaler: Autoscaler;
  /** What it scales; undefined when that was not recorded. */
  readonly target: KubernetesObject | undefined;
  /** The target's pods. */
  readonly pods: readonly KubernetesObject[];
  /** null: not measured. */
  readonly replicas: Samples | null;
  /** Since when the replicas are at the maximum, see `heldSince`. */
  readonly since: number | null;
  /** The metric that asks for most. */
  readonly metric: MetricReading | undefined;
  readonly load: Load | null;
  readonly effect: 'moved' | 'unmoved' | 'unknown';
  readonly latency: (Latency & { readonly metric: string; readonly service: string }) | null;
}

/** Samples above the target that make a load steady. */
const STEADY = 0.9;
/** A pod that is not Ready for this long is not just starting. */
const STARTING = 10 * MINUTE;

/**
 * Reasons not to raise the maximum, in the order in which they would be told to a colleague: the first that applies
 * decides; when none does, the maximum is too low.
 */
export const JUDGEMENTS: readonly Judgement<Case>[] = [
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

function fixedOnPurpose(known: Case): Conclusion | null {
  const { ref, minimum, maximum } = known.autoscaler;
  if (minimum < maximum) return null;
  return {
    cause: 'fixed-on-purpose',
    verdict: 'decline',
    summary: prose`${describeRef(ref)} keeps ${maximum} replicas${above(known)}: its minimum is its maximum.`,
    explanation: prose`minReplicas and maxReplicas are both ${maximum}. That is how a number of replicas is fixed, so the metric was not meant to change it.`,
    reason: prose`A fixed number of replicas is somebody's decision.`,
    advice: [
      prose`If it was not meant to be fixed, give the autoscaler room between minReplicas and maxReplicas.`,
    ],
  };
}

/** At the maximum, and it is enough: the autoscaler would not add one more, now or over the last two hours. */
function content({ autoscaler, metric, load }: Case): Conclusion | null {
  if (metric === undefined) return null;
  const ratios = [ratioOf(metric), load && load.median / metric.target].filter((one) => one !== null);
  const ratio = Math.max(...ratios);
  if (ratios.length === 0 || ratio > TOLERANCE) return null;
  const value = describeValue(metric, ratio * metric.target);
  return {
    cause: 'content',
    verdict: 'monitor',
    summary: prose`${describeRef(autoscaler.ref)} is at its maximum of ${autoscaler.maximum} replicas, and they are enough: ${metric.name} is at ${value} for a target of ${describeValue(metric, metric.target)}.`,
    explanation: prose`The metric is not more than a tenth above its target, and within that the autoscaler adds no replicas whatever the maximum is.`,
    reason: prose`More replicas are not asked for.`,
  };
}

/** Replicas that no node takes: a higher maximum would only add to them. */
function unschedulable({ autoscaler, pods }: Case): Conclusion | null {
  const pending = pods.flatMap((pod) => {
    const condition = conditionsOf(pod).find(
      ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
    );
    return condition?.status === 'False' ? [{ pod, condition }] : [];
  });
  const first = pending[0];
  if (!first) return null;
  const { pod, condition } = first;
  return {
    cause: 'no-room',
    verdict: 'escalate',
    summary: prose`${describeRef(autoscaler.ref)} is at its maximum of ${autoscaler.maximum} replicas, but ${pending.length} of them find no node.`,
    explanation: prose`The scheduler says about ${pod.metadata.name}: ${condition.message ?? 'Unschedulable'}. A higher maximum would add more pods that wait.`,
    reason: prose`The nodes cannot hold the replicas that are there already.`,
    advice: [prose`Add nodes, or let the pods request less, before the maximum is raised.`],
    evidence: [
      quoted(
        'pod-status',
        pod,
        parseTime(condition.lastTransitionTime),
        condition.message ?? 'Unschedulable',
      ),
    ],
  };
}

/** Replicas that do not work: the load is carried by fewer than the autoscaler counts. */
function notReady({ autoscaler, cluster, pods }: Case): Conclusion | null {
  const alive = pods.filter((pod) => {
    const phase = recordAt(pod, 'status')['phase'];
    return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
  });
  const broken = alive.filter((pod) => {
    const since = parseTime(conditionsOf(pod).find(({ type }) => type === 'Ready')?.lastTransitionTime);
    return !isReady(pod) && (since === null || since < cluster.now - STARTING);
  });
  const first = broken[0];
  if (!first) return null;
  const since = parseTime(conditionsOf(first).find(({ type }) => type === 'Ready')?.lastTransitionTime);
  return {
    cause: 'replicas-not-ready',
    verdict: 'escalate',
    summary: prose`${describeRef(autoscaler.ref)} is at its maximum of ${autoscaler.maximum} replicas, but ${broken.length} of ${alive.length} are not Ready.`,
    explanation: prose`${first.metadata.name} has not been Ready for more than ten minutes. The others carry its share, so the metric says more about that failure than about the maximum.`,
    reason: prose`The replicas that are there have to work first.`,
    advice: [prose`Find out why ${first.metadata.name} is not Ready.`],
    evidence: [quoted('pod-status', first, since, 'Ready: False')],
  };
}

/** Status and metric say so, the controller's own reason does not. */
function unconfirmed(known: Case): Conclusion | null {
  const { autoscaler } = known;
  const limited = autoscaler.conditions.find(({ type }) => type === 'ScalingLimited');
  if (limited?.status === 'True' && limited.reason === 'TooManyReplicas') return null;
  return {
    cause: 'not-for-long',
    verdict: 'monitor',
    summary: atMaximum(known),
    explanation: prose`The condition ScalingLimited does not have the reason TooManyReplicas (${limited?.reason ?? 'it is missing'}), so the autoscaler does not ask for more than it has.`,
    reason: prose`The autoscaler itself does not say that its maximum holds it back.`,
  };
}

function durationUnknown(known: Case): Conclusion | null {
  if (known.replicas !== null && known.replicas.length > 0) return null;
  return {
    cause: 'duration-unknown',
    verdict: 'monitor',
    summary: atMaximum(known),
    explanation: prose`The autoscaler asks for more replicas than its maximum of ${known.autoscaler.maximum}. For how long is unknown: a condition keeps the time of its last change only, and no metrics were recorded.`,
    reason: prose`Without metrics a peak of some minutes cannot be told from a maximum that is too low.`,
    advice: [
      prose`Give Faultline a Prometheus with kube-state-metrics: two hours at the maximum are the evidence that it needs.`,
    ],
  };
}

function notForLong(known: Case): Conclusion | null {
  const { since, cluster, load, metric } = known;
  if (since === null || cluster.now - since < LONG_ENOUGH) {
    return {
      cause: 'not-for-long',
      verdict: 'monitor',
      summary: atMaximum(known),
      explanation:
        since === null
          ? prose`The samples do not show the replicas at the maximum up to now.`
          : prose`The replicas are at the maximum for ${describeDuration(cluster.now - since)}.`,
      reason: prose`A maximum is called too low after two hours without a break.`,
    };
  }
  if (!load || load.above >= STEADY) return null;
  return {
    cause: 'not-for-long',
    verdict: 'monitor',
    summary: atMaximum(known),
    explanation: prose`In the last two hours ${metric?.name ?? 'the metric'} was above its target in ${Math.round(load.above * 100)} % of the samples only.`,
    reason: prose`The metric is not above its target all the time.`,
  };
}

/** A metric that is the same with few and with many replicas, or of which nothing shows that replicas lower it. */
function metricUnmoved(known: Case): Conclusion | null {
  const { metric, effect } = known;
  if (!metric || effect === 'moved') return null;
  const shared = metric.measure === 'value' && (metric.source === 'External' || metric.source === 'Object');
  const memory = metric.name === 'memory';
  if (effect === 'unknown' && !shared && !memory) return null;
  let explanation = prose`${metric.name} was above its target with two thirds of the replicas or fewer, and is about the same with all of them.`;
  if (effect === 'unknown') {
    explanation = memory
      ? prose`Memory is rarely shared out again when replicas are added, and the samples do not show that it was.`
      : prose`${metric.name} is one value for all replicas, and the samples do not show that it falls when there are more.`;
  }
  return {
    cause: 'metric-unmoved',
    verdict: 'escalate',
    summary: prose`${atMaximumWithoutStop(known)}, which more replicas do not seem to lower.`,
    explanation,
    reason: prose`Replicas that do not lower the metric would be added up to any maximum.`,
    advice: [
      prose`Choose a metric that falls when the load is shared by more pods, or look for what all of them wait for.`,
    ],
  };
}

function latencyAsBefore(known: Case): Conclusion | null {
  const { latency } = known;
  if (!latency || latency.now >= WORSE * latency.baseline) return null;
  return {
    cause: 'latency-as-before',
    verdict: 'monitor',
    summary: atMaximum(known),
    explanation: prose`The latency of service ${latency.service} is ${latency.now.toPrecision(3)} s, ${latency.baseline.toPrecision(3)} s before the maximum was reached: less than 40 % worse.`,
    reason: prose`Nobody waits for the missing replicas yet.`,
  };
}

/** Somebody else writes the autoscaler, and where is not known. */
function ownedElsewhere(known: Case): Conclusion | null {
  const { manager, ref } = known.autoscaler;
  if (manager.kind === 'manifest' || (manager.kind === 'keda' && manager.object)) return null;
  const owner =
    manager.kind === 'keda'
      ? prose`ScaledObject ${manager.name} of KEDA`
      : prose`${describeRef(manager.ref)}`;
  return {
    cause: 'owned-elsewhere',
    verdict: 'escalate',
    summary: atMaximum(known),
    explanation:
      manager.kind === 'keda'
        ? prose`${describeRef(ref)} is written by ${owner}, which was not recorded: a change to the autoscaler itself would be overwritten.`
        : prose`${describeRef(ref)} is owned by ${owner}, whose controller writes it: which field of it gives the maximum is not known here.`,
    reason: prose`The maximum belongs to ${owner}.`,
    advice: [
      manager.kind === 'keda'
        ? prose`Raise spec.maxReplicaCount of ScaledObject ${manager.name}.`
        : prose`Raise the maximum in ${owner}.`,
    ],
  };
}

/** One sentence about the state, for every summary that is about the maximum. */
export function atMaximum(known: Case): Prose {
  return prose`${atMaximumWithoutStop(known)}.`;
}

function atMaximumWithoutStop(known: Case): Prose {
  const { autoscaler, since, cluster } = known;
  const long = since === null ? prose`is` : prose`has been`;
  const time = since === null ? prose`` : prose` for ${describeDuration(cluster.now - since)}`;
  return prose`${describeRef(autoscaler.ref)} ${long} at its maximum of ${autoscaler.maximum} replicas${time}${above(known)}`;
}

function above({ metric, load }: Case): Prose {
  if (!metric) return prose``;
  const value = load?.median ?? metric.current;
  if (value === null) return prose``;
  return prose` with ${metric.name} at ${describeValue(metric, value)}, target ${describeValue(metric, metric.target)}`;
}
