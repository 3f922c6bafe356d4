import type { KilledContainer } from '../facts/kills.ts';
import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { isWithin } from '../facts/observations.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterState, MetricSeries } from '../model/cluster-state.ts';
import type { RememberedKill } from '../model/remembered-kill.ts';
import { mergeSeries, type Samples } from './series.ts';

/** Kills are counted over this window. */
const WINDOW = 6 * HOUR;

type Moment = Pick<ClusterState, 'now' | 'reached'>;

/** How many times a container was killed within the window, and how that is known. */
export interface KillCount {
  readonly count: number;
  /** None of them was before: the pod did not exist, the metrics show the first, or only these are on record. */
  readonly since: number;
  /** The weakest way of counting that any pod needed. */
  readonly basis: 'restart count' | 'metrics' | 'last state';
}

/** `kube_pod_container_status_restarts_total` and `…_last_terminated_reason`, as kube-state-metrics has them; null: not measured. */
export interface RestartMetrics {
  readonly restarts: readonly MetricSeries[] | null;
  readonly reasons: readonly MetricSeries[] | null;
}

/**
 * Sums the kills of all pods of one owner: they run the same container with the same limit, so three pods that died once
 * each say as much about the limit as one pod that died three times.
 *
 * A pod's status keeps one last state. Its restart count stands for kills when the pod is younger than the window and
 * nothing else is on record; else the metrics count the restarts in the window; else only what is on record counts, and what earlier
 * scans saw.
 *
 * @param remembered kills of this container at the limit that it has now
 */
export function countKills(
  containers: readonly KilledContainer[],
  metrics: RestartMetrics,
  cluster: Moment,
  remembered: readonly RememberedKill[] = [],
): KillCount {
  const counts = [
    ...containers.map((killed) => atLeast(killsOf(killed, metrics, cluster), killed, remembered, cluster)),
    ...countFormer(containers, remembered, cluster),
  ];
  const weakest = (['last state', 'metrics'] as const).find((basis) =>
    counts.some((one) => one.basis === basis),
  );
  return {
    count: counts.reduce((sum, { count }) => sum + count, 0),
    since: Math.min(...counts.map((one) => one.since)),
    basis: weakest ?? 'restart count',
  };
}

function killsOf(killed: KilledContainer, metrics: RestartMetrics, cluster: Moment): KillCount {
  if (killed.beforeStart) {
    const { count, at } = killed.beforeStart;
    return { count, since: parseTime(killed.pod.metadata.creationTimestamp) ?? at, basis: 'last state' };
  }
  const inWindow = killed.kills.map(({ at }) => at).filter((at) => isWithin(cluster, at, WINDOW));
  const recorded = inWindow.length;
  const born = parseTime(killed.pod.metadata.creationTimestamp);
  if (killed.onlyKills && born !== null && !cluster.reached(born + WINDOW)) {
    const count = Math.max(recorded, killed.status.restartCount ?? 0);
    const since = count > recorded ? born : Math.min(cluster.now, ...inWindow);
    return { count, since, basis: 'restart count' };
  }
  const restarts = restartsAfterKills(killed, metrics, cluster);
  if (restarts === null)
    return { count: recorded, since: Math.min(cluster.now, ...inWindow), basis: 'last state' };
  const restarted = restarts.reduce((sum, { by }) => sum + by, 0);
  return {
    // What was killed and has not been started again is no restart yet.
    count: Math.max(recorded, isDown(killed, cluster) ? restarted + 1 : restarted),
    since: Math.min(cluster.now, ...inWindow, ...restarts.map(({ at }) => at)),
    basis: 'metrics',
  };
}

/** Of a pod that is still there, the kills that its status shows now are among those that earlier scans saw, or come on top of them. */
function atLeast(
  counted: KillCount,
  { pod, kills }: KilledContainer,
  remembered: readonly RememberedKill[],
  cluster: Moment,
): KillCount {
  const own = remembered.filter(
    ({ podUid, at }) => podUid === pod.metadata.uid && isWithin(cluster, at, WINDOW),
  );
  const shown = kills.map(({ at }) => at).filter((at) => isWithin(cluster, at, WINDOW));
  const times = new Set([...own.map(({ at }) => at), ...shown]);
  if (own.length === 0 || times.size <= counted.count) return counted;
  return { ...counted, count: times.size, since: Math.min(counted.since, ...times) };
}

/** Kills of pods that are not among the killed ones any more: replaced, deleted, or with a later end of another kind. */
function countFormer(
  containers: readonly KilledContainer[],
  remembered: readonly RememberedKill[],
  cluster: Moment,
): readonly KillCount[] {
  const counted = new Set(containers.map(({ pod }) => pod.metadata.uid));
  const former = remembered.filter(({ podUid, at }) => !counted.has(podUid) && isWithin(cluster, at, WINDOW));
  if (former.length === 0) return [];
  const since = Math.min(...former.map(({ at }) => at));
  return [{ count: former.length, since, basis: 'restart count' }];
}

/** True while the container waits for its restart after a kill in the window. */
function isDown(
  { status: { state }, terminations, kills: [newest] }: KilledContainer,
  cluster: Moment,
): boolean {
  const isLast = newest !== undefined && newest.field === terminations[0]?.field;
  return (
    isLast && isWithin(cluster, newest.at, WINDOW) && (state?.waiting ?? state?.terminated) !== undefined
  );
}

/**
 * Restarts in the window after which the last reason was OOMKilled, oldest first. Without a series of reasons all restarts count, if
 * nothing but kills is on record. null: not measured.
 */
function restartsAfterKills(
  { pod, status, onlyKills }: KilledContainer,
  { restarts, reasons }: RestartMetrics,
  cluster: Moment,
): readonly Increase[] | null {
  const ofContainer = ({ labels }: MetricSeries): boolean =>
    labels['pod'] === pod.metadata.name && labels['container'] === status.name;
  const own = (restarts ?? []).filter(ofContainer);
  if (own.length === 0) return null;
  const ofReason = (reasons ?? []).filter(ofContainer);
  if (ofReason.length === 0 && !onlyKills) return null;
  const killed = mergeSeries(ofReason.filter(({ labels }) => labels['reason'] === 'OOMKilled'));
  return increasesOf(mergeSeries(own))
    .filter(({ at }) => isWithin(cluster, at, WINDOW))
    .filter(({ at }) => ofReason.length === 0 || valueFrom(killed, at) === 1);
}

interface Increase {
  /** Of the first sample that shows it. */
  readonly at: number;
  readonly by: number;
}

function increasesOf(samples: Samples): readonly Increase[] {
  return samples.slice(1).flatMap(([at, value], index) => {
    const by = value - samples[index]![1];
    return by > 0 ? [{ at, by }] : [];
  });
}

/** The first value at or after a time, at most ten minutes later. */
function valueFrom(samples: Samples, at: number): number | undefined {
  return samples.find(([time]) => time >= at && time <= at + 10 * MINUTE)?.[1];
}
