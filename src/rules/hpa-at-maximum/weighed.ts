import { describeMetric, ratioOf, TOLERANCE, type Autoscaler } from '../../facts/autoscaler.ts';
import { notReadySince, unschedulablePods } from '../../facts/pods.ts';
import { describeDuration, MINUTE } from '../../kubernetes/durations.ts';
import { describeRef, type KubernetesObject } from '../../kubernetes/objects.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { quoted } from '../../model/evidence.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { isMeasured, LONG_ENOUGH, WORSE, type ScalingLoad } from '../../witnesses/scaling-load.ts';
import type { Outcome, Weighed, Weighing } from '../weigh.ts';

/** Everything that is known about one autoscaler. */
export interface Known extends ScalingLoad {
  readonly cluster: ClusterState;
  readonly autoscaler: Autoscaler;
  /** What it scales; undefined when that was not recorded. */
  readonly target: KubernetesObject | undefined;
  /** The target's pods that are meant to run. */
  readonly pods: readonly KubernetesObject[];
}

/** The first that applies decides; when none does, the maximum is too low. */
export const WEIGHED: readonly Weighing<Known>[] = [
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
function notReady({ autoscaler, cluster, pods }: Known): Weighed {
  const broken = pods.filter((pod) => (notReadySince(pod) ?? cluster.now) < cluster.now - STARTING);
  const [first] = broken;
  if (!first) {
    const isAllReady = pods.length > 0 && pods.every((pod) => notReadySince(pod) === null);
    return isAllReady
      ? { what: prose`broken replicas`, because: prose`all ${pods.length} pods are Ready` }
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
  const { replicas, since, cluster, autoscaler } = known;
  if (isMeasured(replicas) || (since !== null && cluster.reached(since + LONG_ENOUGH))) return null;
  const long =
    since === null
      ? prose`For how long is unknown: a condition keeps the time of its last change only, and no metrics were recorded.`
      : prose`Faultline has seen this for ${describeDuration(cluster.now - since)}; what was before is unknown, since no metrics were recorded.`;
  return {
    cause: 'duration-unknown',
    summary: atMaximum(known),
    rootCause: prose`The autoscaler asks for more replicas than its maximum of ${autoscaler.maximum}. ${long}`,
  };
}

/** Samples above the target that make a load steady. */
const STEADY = 0.9;

function notForLong(known: Known): Outcome | null {
  const { since, cluster, load, metric } = known;
  const cause = 'not-for-long';
  if (since === null || !cluster.reached(since + LONG_ENOUGH)) {
    return {
      cause,
      summary: atMaximum(known),
      rootCause:
        since === null
          ? prose`The samples do not show the replicas at the maximum up to now.`
          : prose`The replicas are at the maximum for ${describeDuration(cluster.now - since)}.`,
      reason: prose`Faultline calls a maximum too low after two hours without a break.`,
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
function metricUnmoved(known: Known): Weighed {
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

/** One sentence about the state, for every summary that is about the maximum. */
export function atMaximum(known: Known): Prose {
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
