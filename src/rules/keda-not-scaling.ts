/**
 * Rule `keda-not-scaling`: a ScaledObject or ScaledJob that KEDA cannot act on, or whose trigger fails.
 *
 * What KEDA does, and this rule relies on:
 *
 * - The condition Ready is False with ScaledObjectCheckFailed (ScaledJobCheckFailed) while its specification cannot be used: the target, the
 *   replica counts, the autoscaler. It is False with TriggerError when all triggers fail, and Unknown with PartialTriggerError when some do.
 *   Conditions have no times.
 * - A trigger that cannot be built or asked is the event KEDAScalerFailed (KEDAMetricSourceFailed) with the error of its source.
 * - With `fallback`, the condition Fallback is True while a trigger fails: the target has the fallback's replicas.
 * - The autoscaler `keda-hpa-<name>` is made from the ScaledObject and written again: nothing is changed there.
 */
import { conditionsIn, quoteCondition, quoteEvent, isOlder, isWithin } from '../facts/observations.ts';
import { targetIn } from '../facts/autoscaler.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { prose } from '../untrusted/prose.ts';
import { KEDA_KINDS } from './custom-kinds.ts';
import { defineRule } from './define-rule.ts';
import { CAUSES } from './keda-not-scaling/causes.ts';
import { notUsable } from './keda-not-scaling/specification.ts';
import { failingTrigger } from './keda-not-scaling/triggers.ts';
import type { Scaling } from './keda-not-scaling/scaling.ts';
import { targetMissing } from './scale-target.ts';

/** KEDA checks an object again within seconds, and what it names may come with the same sync. */
const PATIENCE = 2 * MINUTE;
/** A trigger is asked every 30 seconds unless told otherwise; one failed answer is none. */
const LASTING = 5 * MINUTE;
const RECENT = 10 * MINUTE;

export const kedaNotScaling = defineRule({
  id: 'keda-not-scaling',
  title: 'KEDA cannot use a ScaledObject or ScaledJob, or its trigger fails',
  phase: 'scaling',
  semantics: [
    'https://keda.sh/docs/latest/reference/scaledobject-spec/',
    'https://keda.sh/docs/latest/reference/events/',
    'https://keda.sh/docs/latest/concepts/authentication/',
  ],
  reads: [
    'ScaledObject.v1alpha1.keda.sh',
    'ScaledJob.v1alpha1.keda.sh',
    'TriggerAuthentication.v1alpha1.keda.sh',
    'ClusterTriggerAuthentication.v1alpha1.keda.sh',
    'HorizontalPodAutoscaler',
    'Event',
  ],
  on: KEDA_KINDS,
  causes: CAUSES,

  detect({ cluster, object }) {
    const scaling = scalingOf(cluster, object);
    if (!scaling) return null;
    const { failures, condition } = scaling;
    const created = parseTime(object.metadata.creationTimestamp) ?? cluster.now;
    const times = failures.map(({ firstSeen }) => firstSeen);
    return {
      scaling,
      seenOn: [refOf(object)],
      firstSeen: Math.min(
        ...times,
        parseTime(condition?.lastTransitionTime) ?? (times.length > 0 ? cluster.now : created),
      ),
      occurrences: Math.max(1, ...failures.map(({ count }) => count)),
    };
  },

  *investigate(_subject, ask, { scaling }) {
    const { cluster, object, ref, message, evidence } = scaling;
    const isOfTarget = /scaleTargetRef|scale target/i.test(message);
    const written = recordAt(object, 'spec', 'scaleTargetRef');
    if (object.kind === 'ScaledObject' && isOfTarget && typeof written['name'] === 'string') {
      const target = {
        apiVersion: String(written['apiVersion'] ?? 'apps/v1'),
        kind: String(written['kind'] ?? 'Deployment'),
        namespace: ref.namespace,
        name: written['name'],
      };
      const live = targetIn(cluster, target);
      const told = /not found|no matches for/.test(message) || live ? message : `${message}: not found`;
      return yield* targetMissing(
        {
          cluster,
          scaler: object,
          ref,
          scales: prose`${describeRef(ref)} scales nothing`,
          target,
          live,
          message: told,
          evidence,
        },
        ask,
      );
    }
    return scaling.condition?.reason?.endsWith('CheckFailed') === true && scaling.failures.length === 0
      ? notUsable(scaling)
      : failingTrigger(scaling);
  },
});

/** What KEDA says against it; null for one that works, is paused, or has just come. */
function scalingOf(cluster: ClusterState, object: ClusterObject): Scaling | null {
  const { annotations = {}, creationTimestamp, deletionTimestamp } = object.metadata;
  const conditions = conditionsIn(object);
  const isPaused =
    annotations['autoscaling.keda.sh/paused'] === 'true' ||
    annotations['autoscaling.keda.sh/paused-replicas'] !== undefined ||
    conditions.some(({ type, status }) => type === 'Paused' && status === 'True');
  if (deletionTimestamp !== undefined || isPaused || !isOlder(cluster, creationTimestamp, PATIENCE))
    return null;
  const condition = conditions.find(
    ({ type, status, reason = '' }) =>
      type === 'Ready' && (status === 'False' || (status === 'Unknown' && reason === 'PartialTriggerError')),
  );
  const failures = cluster
    .eventsOf(object)
    .filter(
      ({ reason, lastSeen }) =>
        /^KEDA(?:Scaler|MetricSource)Failed$/.test(reason) && isWithin(cluster, lastSeen, RECENT),
    )
    .toReversed();
  const isLasting = failures.some(({ firstSeen, lastSeen }) => lastSeen - firstSeen >= LASTING);
  if (!condition && !isLasting) return null;
  const fallback = conditions.find(({ type, status }) => type === 'Fallback' && status === 'True');
  return {
    cluster,
    object,
    ref: refOf(object),
    condition,
    failures,
    message: condition?.message ?? '',
    fallback,
    evidence: [
      ...(condition ? [quoteCondition(object, condition)] : []),
      ...failures.slice(0, 2).map((event) => quoteEvent(object, event)),
      ...(fallback ? [quoteCondition(object, fallback)] : []),
    ],
  };
}
