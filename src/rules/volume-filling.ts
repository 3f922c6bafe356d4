/**
 * Rule `volume-filling`: the volume of a claim fills steadily, and has no room left in a few days.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - The kubelet measures the bytes and inodes of a mounted claim (`kubelet_volume_stats_*`).
 * - A bound claim can only grow, by `spec.resources.requests.storage`, and only where its StorageClass has `allowVolumeExpansion`.
 * - The claim templates of a StatefulSet are immutable: its claims grow one by one, and the template is written when it is made anew.
 */
import { DAY, describeDuration, describeTime, HOUR } from '../kubernetes/durations.ts';
import { describeRef, recordAt, recordsOf, refOf, type Scalar } from '../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../kubernetes/quantities.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf } from '../model/change.ts';
import type { ClusterObject, ClusterState, MetricSeries } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { quotaShortage } from '../witnesses/capacity.ts';
import { claimSource, type ClaimSource } from '../witnesses/claim-source.ts';
import { forecastOf, type Forecast } from '../witnesses/forecast.ts';
import { chartOf, mergeSeries, type Samples } from '../witnesses/series.ts';
import { DECLINED } from './causes.ts';
import { defineRule } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';

const GIBIBYTE = 2 ** 30;
/** Below this share nobody has to act yet. */
const FILLED = 0.6;

export const volumeFilling = defineRule({
  id: 'volume-filling',
  title: 'The volume of a claim is full in a few days',
  phase: 'volumes',
  semantics: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims',
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates',
    'https://kubernetes.io/docs/reference/instrumentation/metrics/',
  ],
  reads: ['PersistentVolumeClaim', 'Pod', 'StorageClass', 'ResourceQuota'],
  on: 'PersistentVolumeClaim',
  foresees: true,
  causes: {
    'inodes-filling': {
      ...DECLINED,
      means: 'its inodes run out before its bytes',
      reason: prose`More bytes give no inodes on every file system, so nothing is changed.`,
    },
    'cannot-grow': {
      ...DECLINED,
      means:
        'its StorageClass does not let it grow, a StatefulSet or an operator made it, or a quota has no room',
    },
    'claim-too-small': {
      means: 'its StorageClass lets it grow, and its manifest gives the size',
      fix: 'draft',
      terms: { settable: { to: 'amount' }, onlyWritten: true },
      verdict: 'escalate',
      reason: prose`A larger volume costs money and never shrinks again: a person has to agree to it.`,
      outcome: 'draft',
    },
  },

  detect({ object }) {
    if (object.metadata.deletionTimestamp !== undefined) return null;
    if (recordAt(object, 'status')['phase'] !== 'Bound') return null;
    return { seenOn: [refOf(object)] };
  },

  *investigate({ object, cluster }, ask) {
    const measured = yield* fillingOf(object, cluster, ask);
    if (!measured) return null;
    const { unit, forecast, capacity, samples, metric } = measured;
    const ref = refOf(object);
    const left = describeDuration(Math.round((forecast.reachesAt - cluster.now) / HOUR) * HOUR);
    const shown = unit === 'bytes' ? describeBytes : (count: number) => `${Math.round(count)} inodes`;
    const share = Math.round((100 * forecast.value) / capacity);
    const user = userOf(cluster, object);
    const told = {
      summary: prose`The volume of ${describeRef(ref)} is ${share} % full (${shown(forecast.value)} of ${shown(capacity)}) and has no room in about ${left}, at ${shown(forecast.perHour)} an hour.`,
      because: [
        prose`It has grown for ${describeDuration(Math.round(forecast.measured / HOUR) * HOUR)} without falling back, and is full at about ${describeTime(forecast.reachesAt)}.`,
        ...(user ? [prose`${describeRef(user.ref)} mounts it.`] : []),
      ],
      certainty: [0.85, prose`the kubelet measured it`] as const,
      evidence: [
        quoted(
          'metric',
          metric,
          samples.at(-1)![0],
          `${object.metadata.name}: ${shown(samples.at(-1)![1])} of ${shown(capacity)}`,
        ),
      ],
      firstSeen: cluster.now - forecast.measured,
      chart:
        unit === 'bytes'
          ? chartOf(
              samples,
              {
                title: `Bytes of ${object.metadata.name}`,
                unit: 'GiB',
                line: { label: 'capacity', value: Math.round((10 * capacity) / GIBIBYTE) / 10 },
              },
              (bytes) => Math.round((10 * bytes) / GIBIBYTE) / 10,
            )
          : null,
    };
    const free = prose`Find what grows there${user ? prose` (${describeRef(user.ref)})` : prose``}, and delete what nobody needs before ${describeTime(forecast.reachesAt)}.`;
    if (unit === 'inodes') return ofCause({ ...told, cause: 'inodes-filling', advice: [free] });
    const source = user ? claimSource(user, object) : claimSource({ ref, object: undefined }, object);
    const field = source && `${source.spec}.resources.requests.storage`;
    const blames = source && field ? [{ object: source.object, field }] : [];
    const size = nextSize(capacity, forecast);
    const against = againstGrowth(cluster, object, source, size - capacity);
    if (against) return ofCause({ ...told, cause: 'cannot-grow', reason: against, blames, advice: [free] });
    const before = recordAt(object, 'spec', 'resources', 'requests')['storage'] as Scalar;
    return ofCause({
      ...told,
      cause: 'claim-too-small',
      changes: [changeOf<Scalar>(ref, field!, before, `${size / GIBIBYTE}Gi`)],

      blames,
      advice: [free],
    });
  },
});

interface Filling {
  readonly unit: 'bytes' | 'inodes';
  readonly metric: string;
  readonly capacity: number;
  readonly forecast: Forecast;
  readonly samples: Samples;
}

/** What runs out first; null where nothing does soon. */
function* fillingOf(claim: ClusterObject, cluster: ClusterState, ask: Ask): Asking<Filling | null> {
  const { namespace = '', name } = claim.metadata;
  const labels = { namespace, persistentvolumeclaim: name };
  const candidates = yield* ask.candidates('volumes-filling');
  const isOne = candidates?.some(
    ({ labels: own }) => own['namespace'] === namespace && own['persistentvolumeclaim'] === name,
  );
  if (isOne !== true) return null;
  const asked = (metric: string) =>
    ask.metric({ metric: `kubelet_volume_stats_${metric}`, labels, hours: 7 * 24 });
  const { used, capacity, inodesUsed, inodes } = yield* ask.all({
    used: asked('used_bytes'),
    capacity: asked('capacity_bytes'),
    inodesUsed: asked('inodes_used'),
    inodes: asked('inodes'),
  });
  const found = [
    filling('bytes', 'kubelet_volume_stats_used_bytes', used, capacity, cluster.now),
    filling('inodes', 'kubelet_volume_stats_inodes_used', inodesUsed, inodes, cluster.now),
  ].filter((one) => one !== null);
  return found.toSorted((a, b) => a.forecast.reachesAt - b.forecast.reachesAt)[0] ?? null;
}

function filling(
  unit: Filling['unit'],
  metric: string,
  used: readonly MetricSeries[] | null,
  most: readonly MetricSeries[] | null,
  now: number,
): Filling | null {
  const samples = mergeSeries(used ?? []);
  const capacity = mergeSeries(most ?? []).at(-1)?.[1] ?? 0;
  const forecast = capacity > 0 ? forecastOf(samples, capacity, now) : null;
  return forecast && forecast.value >= FILLED * capacity
    ? { unit, metric, capacity, forecast, samples }
    : null;
}

/** The workload whose pod mounts it. */
function userOf(cluster: ClusterState, { metadata: { namespace, name } }: ClusterObject) {
  const pod = cluster
    .list('Pod', namespace ?? null)
    .find((one) =>
      recordsOf(podSpecOf(one)?.volumes).some(
        (volume) => recordAt(volume, 'persistentVolumeClaim')['claimName'] === name,
      ),
    );
  return pod ? cluster.ownerOf(pod) : null;
}

/** Room for 30 days at this pace: half as large again at least, twice as large at most. In bytes, whole GiB. */
function nextSize(capacity: number, { value, perHour }: Forecast): number {
  const wanted = Math.min(Math.max(value + (30 * DAY * perHour) / HOUR, 1.5 * capacity), 2 * capacity);
  return Math.ceil(wanted / GIBIBYTE) * GIBIBYTE;
}

/** Why a larger claim is nothing that one line of git can give; null where it is. */
function againstGrowth(
  cluster: ClusterState,
  claim: ClusterObject,
  source: ClaimSource | null,
  extra: number,
): Prose | null {
  const named = recordAt(claim, 'spec')['storageClassName'];
  const found = typeof named === 'string' ? cluster.get('StorageClass', null, named) : undefined;
  if (!found) return prose`Whether its StorageClass lets it grow is not known.`;
  if (found['allowVolumeExpansion'] !== true)
    return prose`StorageClass ${String(named)} does not let volumes grow: a larger claim needs its data copied.`;
  if (source?.object.kind === 'StatefulSet')
    return prose`The claim templates of ${describeRef(source.object)} are immutable: let the claim grow in the cluster, then recreate the StatefulSet with a larger template and --cascade=orphan.`;
  if (source?.spec !== 'spec')
    return prose`A controller makes the claim, so that its size belongs to what it makes it from.`;
  if (parseQuantity(recordAt(claim, 'spec', 'resources', 'requests')['storage']) === null)
    return prose`The claim does not say its size.`;
  const shortage = quotaShortage(cluster, claim.metadata.namespace ?? null, { 'requests.storage': extra });
  return (
    shortage &&
    prose`${describeRef(shortage.quota)} has no room for a larger claim (${shortage.resource}: ${shortage.used} of ${shortage.hard} used).`
  );
}
