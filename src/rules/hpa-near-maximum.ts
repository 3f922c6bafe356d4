/**
 * Rule `hpa-near-maximum`: an autoscaler reaches its maximum at the same time of each day, and comes back from it.
 *
 * What Kubernetes does, and this rule relies on:
 *
 * - An autoscaler asks for `ceil(replicas × metric / target)` replicas, and for no more than `maxReplicas`: at the maximum the metric may
 *   rise above its target, where nothing shows in the status once the peak is over.
 * - It does nothing while the metric is within a tenth of the target.
 */
import {
  describeMetric,
  maximumField,
  readAutoscaler,
  TOLERANCE,
  type Autoscaler,
} from '../facts/autoscaler.ts';
import { DAY, describeDuration, describeTime } from '../kubernetes/durations.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { changeOf } from '../model/change.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import type { Blame } from '../model/finding.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { peakLoad, type PeakLoad } from '../witnesses/peak-load.ts';
import { nextMaximum } from '../witnesses/scaling-load.ts';
import { chartOf } from '../witnesses/series.ts';
import { ESCALATED, MONITORED } from './causes.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';
import { raisedMaximum } from './hpa-at-maximum/raised-maximum.ts';
import { concludeRaise, type Raise } from './raise.ts';

/** Peaks that make a habit. */
const LEAST_PEAKS = 3;

export const hpaNearMaximum = defineRule({
  id: 'hpa-near-maximum',
  title: 'A HorizontalPodAutoscaler reaches its maximum at the peak of each day',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details',
    'https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/horizontalpodautoscaler-metrics.md',
  ],
  reads: [
    'HorizontalPodAutoscaler',
    'Pod',
    'Node',
    'Deployment',
    'StatefulSet',
    'ResourceQuota',
    'ScaledObject.v1alpha1.keda.sh',
    'NodePool.karpenter.sh',
  ],
  on: 'HorizontalPodAutoscaler',
  foresees: true,
  givesWayTo: ['hpa-at-maximum', 'hpa-not-scaling', 'keda-not-scaling'],
  causes: {
    'load-unknown': {
      ...MONITORED,
      means: 'whether it needed more than its maximum was not measured',
      reason: prose`Replicas at the maximum may be just enough.`,
    },
    'enough-at-peaks': {
      ...MONITORED,
      means: 'the metric stayed within a tenth of its target: the maximum was just enough',
      reason: prose`The autoscaler asked for no more replicas than it had.`,
    },
    'owned-elsewhere': {
      ...ESCALATED,
      means: 'another controller writes the autoscaler, or KEDA sets the maximum by default',
      reason: prose`The owner of the autoscaler has to change its maximum.`,
    },
    'waiting-for-sync': { ...MONITORED, means: 'git has a higher maximum already' },
    drift: {
      ...ESCALATED,
      means: 'git has a higher maximum, which was applied: something lowered it in the cluster',
      reason: prose`Git already has the larger maximum.`,
    },
    'raised-before': { ...ESCALATED, means: 'the maximum was changed automatically in the last seven days' },
    'no-room': { ...ESCALATED, means: 'quota or nodes cannot hold the higher maximum' },
    'maximum-too-low': {
      means: 'the metric was above its target at each of these peaks',
      fix: 'propose',
      terms: { settable: { to: 'amount' }, onlyWritten: true },
      outcome: 'fix, never merged automatically',
    },
  },

  detect({ object, cluster }) {
    const autoscaler = readAutoscaler(object, cluster);
    if (!autoscaler || object.metadata.deletionTimestamp !== undefined) return null;
    const { current, maximum, minimum, ref } = autoscaler;
    const created = parseTime(object.metadata.creationTimestamp);
    const isYoung = created !== null && !cluster.reached(created + 2 * DAY);
    // What is at its maximum now is another rule's; what is younger has no three peaks.
    if (minimum >= maximum || current === 0 || current >= maximum || isYoung) return null;
    return { autoscaler, seenOn: [ref] };
  },

  *investigate({ cluster }, ask, { autoscaler }) {
    const found = yield* peakLoad(autoscaler, cluster.now, ask);
    if (!found || found.peaks.length < LEAST_PEAKS) return null;
    const told = toldOf(autoscaler, found);
    const plain = withoutRaise(autoscaler, found);
    if (plain)
      return ofCause({ ...told, cause: plain, certainty: [0.85, prose`the replicas were measured`] });
    const { outcome, confidence } = yield* concludeRaise(
      higherMaximum(autoscaler, found, told.summary, cluster),
      ask,
    );
    return {
      ...outcome,
      evidence: [...told.evidence, ...(outcome.evidence ?? [])],
      blames: told.blames,
      chart: told.chart,
      firstSeen: told.firstSeen,
      confidence: [
        { factor: 0.85, reason: prose`replicas and metric were measured at each peak` },
        confidence,
      ],
    };
  },
});

type Told = Required<Pick<Conclusion, 'summary' | 'evidence' | 'chart' | 'firstSeen'>> & {
  readonly blames: readonly Blame[];
};

/** What is said in any case. */
function toldOf(autoscaler: Autoscaler, { peaks, load, replicas, metric }: PeakLoad): Told {
  const { ref, maximum, target } = autoscaler;
  const [newest] = peaks as [PeakLoad['peaks'][0]];
  const { object, path, value } = maximumField(autoscaler);
  const shown =
    load === null
      ? []
      : [
          quoted(
            'metric',
            load.series,
            newest.to,
            `${load.metric.name} at these peaks: median ${describeMetric(load.metric, load.lowest)} at the lowest of them, target ${describeMetric(load.metric, load.metric.target)}`,
          ),
        ];
  return {
    summary: prose`${describeRef(ref)} reached its maximum of ${maximum} replicas at the same time of each of the last ${peaks.length} days, last from ${describeTime(newest.from)} for ${describeDuration(newest.to - newest.from)}.`,
    evidence: [
      quoted(
        'metric',
        metric,
        newest.to,
        `${peaks.length} peaks at ${maximum} replicas, the first at ${describeTime(peaks.at(-1)!.from)}`,
      ),
      ...shown,
    ],
    blames: value !== null && autoscaler.manager.kind !== 'other' ? [{ object, field: path }] : [],
    chart: chartOf(replicas, {
      title: `Replicas of ${target.name}`,
      unit: 'replicas',
      line: { label: 'maximum', value: maximum },
    }),
    firstSeen: peaks.at(-1)!.from,
  };
}

/** The cause where the maximum stays as it is; null where a higher one is worth asking about. */
function withoutRaise(autoscaler: Autoscaler, { load }: PeakLoad): string | null {
  const { manager } = autoscaler;
  if (load === null) return 'load-unknown';
  if (load.lowest <= TOLERANCE * load.metric.target) return 'enough-at-peaks';
  const isKnown = manager.kind === 'manifest' || (manager.kind === 'keda' && manager.object !== undefined);
  return isKnown && maximumField(autoscaler).value !== null ? null : 'owned-elsewhere';
}

function higherMaximum(
  autoscaler: Autoscaler,
  { load }: PeakLoad,
  summary: Prose,
  cluster: ClusterState,
): Raise {
  const { maximum, ref, target } = autoscaler;
  const { object, path, value } = maximumField(autoscaler);
  const { metric, lowest } = load!;
  const next = nextMaximum(maximum, lowest / metric.target);
  const workload = cluster.get(target.kind, ref.namespace, target.name);
  return {
    ...raisedMaximum(autoscaler, next, workload, cluster),
    summary,
    rootCause: prose`${summary} Even at the lowest of these peaks ${metric.name} was at ${describeMetric(metric, lowest)} for a target of ${describeMetric(metric, metric.target)}, which takes ${Math.ceil((maximum * lowest) / metric.target)} replicas.`,
    fix: {
      reason: prose`The new maximum of ${next} is what the lowest of these peaks would have taken, and 30 % more.`,
      guards: [{ kind: 'no-auto-merge', reason: prose`Nothing fails yet.` }],
      changes: [changeOf(object, path, value, next)],
      advice: [
        prose`Check that what the replicas share (database connections, downstream services) can take ${next} of them.`,
      ],
    },
  };
}
