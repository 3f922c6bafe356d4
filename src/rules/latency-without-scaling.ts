/**
 * Rule `latency-without-scaling`: requests take longer than they used to, and the autoscaler adds no replicas, since its metric stays below its target.
 *
 * What Kubernetes does, and this rule relies on:
 *
 * - An autoscaler knows its own metrics only: what makes requests slow without raising them does not scale.
 * - Utilization of a pod is that of all its containers together: an idle sidecar with a large request hides a busy container. A
 *   ContainerResource metric measures one container.
 */
import {
  describeMetric,
  ratioOf,
  readAutoscaler,
  statusEvidence,
  targetIn,
  type Autoscaler,
} from '../facts/autoscaler.ts';
import { metricFields } from '../facts/metric-fields.ts';
import { describeDuration, HOUR } from '../kubernetes/durations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
import { cpuUse } from '../witnesses/cpu-use.ts';
import { LATENCIES, scalingLoad, servicesOf, WORSE } from '../witnesses/scaling-load.ts';
import {
  between,
  chartOf,
  medianOf,
  mergeSeries,
  quantileOf,
  valuesOf,
  type Samples,
} from '../witnesses/series.ts';
import { DECLINED } from './causes.ts';
import { defineRule } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';

export const latencyWithoutScaling = defineRule({
  id: 'latency-without-scaling',
  title: 'Requests take longer, and a HorizontalPodAutoscaler does not react',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-on-custom-metrics',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#container-resource-metrics',
  ],
  reads: ['HorizontalPodAutoscaler', 'Pod', 'Service', 'Deployment', 'ScaledObject.v1alpha1.keda.sh'],
  on: 'HorizontalPodAutoscaler',
  causes: {
    'hidden-by-a-sidecar': {
      ...DECLINED,
      means: 'one container is above the target, and the containers of the pod together are not',
      reason: prose`Which metric an autoscaler follows is for a person to decide.`,
    },
    'metric-does-not-follow': {
      ...DECLINED,
      means: 'the latency rose, and no container is above the target',
      reason: prose`Which metric an autoscaler follows is for a person to decide.`,
    },
  },

  detect({ cluster, object: hpa }) {
    const autoscaler = readAutoscaler(hpa, cluster);
    if (!autoscaler || !isIdle(autoscaler)) return null;
    const target = targetIn(cluster, autoscaler.target);
    return target ? { autoscaler, target, seenOn: [refOf(hpa)] } : null;
  },

  *investigate({ cluster, object: hpa }, ask, { autoscaler, target }) {
    const slow = yield* slowService(autoscaler, target, cluster, ask);
    if (!slow) return null;
    const { metric, load } = yield* scalingLoad(autoscaler, target, cluster, ask);
    if (!metric || (load && load.above > MOSTLY_BELOW)) return null;
    const value = load?.median ?? metric.current!;
    const busy =
      metric.name === 'cpu' && metric.measure === 'utilization'
        ? yield* busyContainer(target, metric.target, cluster, ask)
        : null;
    const { service, now, baseline, since } = slow;
    return {
      ...ofCause({
        cause: busy ? 'hidden-by-a-sidecar' : 'metric-does-not-follow',
        summary: prose`Requests to service ${service} have taken ${(now / baseline).toFixed(1)} times as long as before for ${describeDuration(cluster.now - since)} (${now.toPrecision(3)} s, ${baseline.toPrecision(3)} s before), and ${describeRef(autoscaler.ref)} keeps ${autoscaler.current} of ${autoscaler.maximum} replicas: ${metric.name} is at ${describeMetric(metric, value)}, target ${describeMetric(metric, metric.target)}`,
        because: [
          busy
            ? prose`Container ${busy.name} alone is at ${busy.percent} % of its request; the other containers of the pod hide that.`
            : prose`What makes the requests slow does not raise ${metric.name}, so the autoscaler does not see it.`,
        ],
        evidence: [
          ...statusEvidence(autoscaler, metric, cluster.now),
          quoted(
            'metric',
            slow.metric,
            cluster.now,
            `service ${service}: ${now.toPrecision(3)} s now, ${baseline.toPrecision(3)} s before`,
          ),
          ...(busy
            ? [
                quoted(
                  'metric',
                  busy.metric,
                  cluster.now,
                  `container ${busy.name}: ${busy.percent} % of its CPU request`,
                ),
              ]
            : []),
        ],
        certainty: [busy ? 0.85 : 0.75, prose`latency and the scaling metric were measured`],
        blames: metricFields(hpa)
          .filter(({ name }) => name === metric.name)
          .map(({ object, field }) => ({ object, field })),
        advice: [
          busy
            ? prose`Measure that container: type ContainerResource with containerResource.name cpu and containerResource.container ${busy.name} would have scaled.`
            : prose`${slow.metric} of service ${service} would have scaled: give the autoscaler a metric of type Object or External for it, with a target between ${baseline.toPrecision(3)} s and ${(baseline * WORSE).toPrecision(3)} s, once it is clear that more replicas make requests faster.`,
        ],
      }),
      firstSeen: since,
      chart: chartOf(slow.samples, {
        title: `Latency of ${service}`,
        unit: 's',
        line: { label: 'before', value: baseline },
      }),
    };
  },
});

/** Works, could add replicas, and is asked for none by any metric that it knows. */
function isIdle({ object, conditions, metrics, current, desired, maximum }: Autoscaler): boolean {
  const isActive = !conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'False');
  const ratios = metrics.map(ratioOf).filter((ratio) => ratio !== null);
  return (
    object.metadata.deletionTimestamp === undefined &&
    isActive &&
    current > 0 &&
    Math.max(current, desired) < maximum &&
    ratios.length > 0 &&
    ratios.every((ratio) => ratio <= 1)
  );
}

/** A share of samples above the target at which the autoscaler did react now and then. */
const MOSTLY_BELOW = 0.1;
/** Samples before and now. */
const ENOUGH = { before: 20, now: 5 } as const;
/** What each day has is no rise: a tenth above the slowest times before. */
const ABOVE_PEAKS = 1.1;
const HALF_AN_HOUR = HOUR / 2;

interface SlowService {
  readonly service: string;
  readonly metric: string;
  /** Seconds. */
  readonly now: number;
  readonly baseline: number;
  readonly since: number;
  readonly samples: Samples;
}

/** The Service in front of the target whose latency rose most; null where none has been worse for half an hour than in nearly all of the week. */
function* slowService(
  { ref }: Autoscaler,
  target: ClusterObject,
  cluster: ClusterState,
  ask: Ask,
): Asking<SlowService | null> {
  const namespace = ref.namespace ?? '';
  const asked = servicesOf(target, ref.namespace, cluster)
    .slice(0, 2)
    .flatMap((service) => LATENCIES.map((metric) => ({ service, metric })));
  const answers = yield* ask.each(
    asked.map(({ metric, service }) => ask.metric({ metric, labels: { namespace, service }, hours: 7 * 24 })),
  );
  const found = asked.flatMap(({ service, metric }, index): readonly SlowService[] => {
    const samples = mergeSeries(answers[index] ?? []);
    if (samples.length === 0) return [];
    const before = valuesOf(samples.filter(([at]) => at < cluster.now - 2 * HOUR));
    const lately = between(samples, cluster.now - HALF_AN_HOUR, cluster.now);
    if (before.length < ENOUGH.before || lately.length < ENOUGH.now) return [];
    const baseline = medianOf(before);
    const level = Math.max(WORSE * baseline, ABOVE_PEAKS * quantileOf(before, 0.95));
    if (baseline <= 0 || valuesOf(lately).some((value) => value < level)) return [];
    const since = samples.findLast(([, value]) => value < level)?.[0] ?? samples[0]![0];
    return [{ service, metric, now: medianOf(valuesOf(lately)), baseline, since, samples }];
  });
  return found.toSorted((a, b) => b.now / b.baseline - a.now / a.baseline)[0] ?? null;
}

/** A container of the template that uses more of its own request than the autoscaler's target; null where none does, or none was measured. */
function* busyContainer(target: ClusterObject, percent: number, cluster: ClusterState, ask: Ask) {
  const owner = cluster.ownerOf(target).ref;
  for (const { container, role } of containersOf(podSpecOf(target))) {
    const request = parseQuantity(container.resources?.requests?.['cpu']);
    if (role !== 'container' || request === null || request <= 0) continue;
    const use = yield* cpuUse(ask, owner, container.name, 2);
    const values = [...(use?.byPod.values() ?? [])].flatMap((samples) =>
      valuesOf(between(samples, cluster.now - HOUR, cluster.now)),
    );
    if (!use || values.length < ENOUGH.now) continue;
    const share = Math.round((100 * medianOf(values)) / request);
    if (share > percent * 1.1) return { name: container.name, percent: share, metric: use.metric };
  }
  return null;
}
