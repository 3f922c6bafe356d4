import { autoscalerConditions, targetIn } from '../../facts/autoscaler.ts';
import { quoteCondition, quoteEvent, warningsOf } from '../../facts/observations.ts';
import { HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';

/** Why an autoscaler computes no size, in its own words. */
export interface Failure {
  readonly cluster: ClusterState;
  readonly hpa: ClusterObject;
  readonly ref: ObjectRef;
  /** What it scales: the reference as it is written, and the object where it is there. */
  readonly target: ObjectRef;
  readonly live: ClusterObject | undefined;
  readonly reason: string;
  readonly message: string;
  /** Milliseconds since the epoch; null where it is not recorded. */
  readonly since: number | null;
  /** False where other metrics still give a size. */
  readonly isWhole: boolean;
  readonly occurrences: number;
  readonly evidence: readonly Evidence[];
}

/** A target may come with the same sync a little later. */
const TARGET_PATIENCE = 2 * MINUTE;
/** Metrics of new pods take a few minutes to come. */
const METRICS_PATIENCE = 5 * MINUTE;
/** A metric fails at each reconciliation, every 15 seconds. */
const RECENT = 10 * MINUTE;

/** null for an autoscaler that works, has just begun, or is switched off by a target with no replicas. */
export function failureOf(cluster: ClusterState, hpa: ClusterObject): Failure | null {
  if (hpa.metadata.deletionTimestamp !== undefined) return null;
  const ref = refOf(hpa);
  const { apiVersion = 'apps/v1', kind, name } = recordAt(hpa, 'spec', 'scaleTargetRef');
  const target = {
    apiVersion: String(apiVersion),
    kind: String(kind),
    namespace: ref.namespace,
    name: String(name),
  };
  const warnings = warningsOf(cluster, hpa, HOUR);
  const own = {
    cluster,
    hpa,
    ref,
    target,
    live: targetIn(cluster, target),
    occurrences: Math.max(1, ...warnings.map(({ count }) => count)),
  };
  const condition = autoscalerConditions(hpa).find(
    ({ type, status, reason }) =>
      (type === 'ScalingActive' || type === 'AbleToScale') &&
      status === 'False' &&
      reason !== 'ScalingDisabled',
  );
  if (condition) {
    const { reason = '', message = '' } = condition;
    const since = parseTime(condition.lastTransitionTime);
    const failure = { ...own, reason, message, since, isWhole: true };
    const quotes = [
      quoteCondition(hpa, condition),
      ...warnings
        .filter((event) => !message.includes(event.message))
        .slice(0, 2)
        .map((event) => quoteEvent(hpa, event)),
    ];
    return isLasting(failure) ? { ...failure, evidence: quotes } : null;
  }
  return oneOfSeveral(own, warnings);
}

/** Some metric of several fails again and again: the others still scale up, and nothing scales down while one is unknown. */
function oneOfSeveral(
  own: Pick<Failure, 'cluster' | 'hpa' | 'ref' | 'target' | 'live' | 'occurrences'>,
  warnings: ReturnType<typeof warningsOf>,
): Failure | null {
  const event = warnings.find(
    ({ reason, lastSeen, firstSeen }) =>
      /^FailedGet\w*Metric$/.test(reason) &&
      !own.cluster.reached(lastSeen + RECENT + 1) &&
      lastSeen - firstSeen >= METRICS_PATIENCE,
  );
  if (!event) return null;
  const { reason, message, firstSeen } = event;
  return {
    ...own,
    reason,
    message,
    since: firstSeen,
    isWhole: false,
    evidence: [quoteEvent(own.hpa, event)],
  };
}

/** What a spec leaves out stays so; what has to come or to answer gets its time. */
function isLasting({
  cluster,
  reason,
  message,
  since,
}: Pick<Failure, 'cluster' | 'reason' | 'message' | 'since'>): boolean {
  if (/missing request for /.test(message) || reason === 'AmbiguousSelector') return true;
  const patience = reason === 'FailedGetScale' ? TARGET_PATIENCE : METRICS_PATIENCE;
  return since === null || cluster.reached(since + patience);
}
