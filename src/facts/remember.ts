import { DAY, HOUR } from '../kubernetes/durations.ts';
import { objectKey, refOf } from '../kubernetes/objects.ts';
import { containersOf, containerStatuses, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Remembered, RememberedPullError } from '../model/remembered.ts';
import type { RememberedKill } from '../model/remembered-kill.ts';
import { classifyPullFailure } from './pull-errors.ts';
import { terminationsOf } from './terminations.ts';

/** No rule counts kills further back. */
const KILLS_KEPT = 6 * HOUR;
const PULL_ERRORS_KEPT = DAY;
/** Of each kind, for one container of a workload or an image: the newest are kept. */
const MOST = 20;

/**
 * Adds what a scan shows to what is remembered. The same kill seen twice is one; an event that counts on is one. What no rule can use any more
 * is forgotten (old kills, and pull errors of pods that are gone or have pulled the image since). What did not change is the same object.
 */
export function remember(
  known: ReadonlyMap<string, Remembered>,
  cluster: ClusterState,
): ReadonlyMap<string, Remembered> {
  const all = new Map<string, Remembered>();
  const pods = cluster.list('Pod');
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  for (const one of known.values()) if (isKept(one, cluster, byUid)) all.set(one.id, one);
  for (const pod of pods)
    for (const seen of [...killsOf(pod, cluster), ...pullErrorsOf(pod, cluster)])
      all.set(seen.id, merged(all.get(seen.id), seen));
  bound(all);
  return all;
}

type Pods = ReadonlyMap<string | undefined, ClusterObject>;

function isKept(one: Remembered, cluster: ClusterState, pods: Pods): boolean {
  if (one.kind === 'kill') return one.at >= cluster.now - KILLS_KEPT;
  const pod = pods.get(one.podUid);
  // A namespace that could not be read says nothing about its pods.
  if (!pod) return !cluster.isRecorded('Pod', one.event.involved.namespace) && isYoung(one, cluster);
  return isYoung(one, cluster) && waitsFor(pod, one);
}

function isYoung({ at }: Remembered, { now }: ClusterState): boolean {
  return at >= now - PULL_ERRORS_KEPT;
}

/** False once the container has run with this image, or wants another one. */
function waitsFor(pod: ClusterObject, { event: { container }, image }: RememberedPullError): boolean {
  const placed = containersOf(podSpecOf(pod)).find((one) => one.container.name === container);
  return placed?.container.image === image && !hasRun(pod, container);
}

function hasRun(pod: ClusterObject, container: string | null): boolean {
  const status = containerStatuses(pod).find(({ name }) => name === container);
  const { running, terminated } = status?.state ?? {};
  return (running ?? terminated ?? status?.lastState?.terminated) !== undefined;
}

function killsOf(pod: ClusterObject, cluster: ClusterState): readonly RememberedKill[] {
  const podUid = pod.metadata.uid;
  if (podUid === undefined) return [];
  return containerStatuses(pod).flatMap((status) => {
    const kills = terminationsOf(status).filter(
      ({ reason, exitCode, finishedAt }) =>
        reason === 'OOMKilled' &&
        exitCode !== 0 &&
        finishedAt !== null &&
        finishedAt >= cluster.now - KILLS_KEPT,
    );
    const owner = kills.length === 0 ? undefined : cluster.ownerOf(pod).object?.metadata.uid;
    if (owner === undefined) return [];
    const placed = containersOf(podSpecOf(pod)).find(({ container }) => container.name === status.name);
    const limit = placed?.container.resources?.limits?.['memory'];
    return kills.map(({ exitCode, finishedAt }): RememberedKill => ({
      kind: 'kill',
      id: JSON.stringify(['kill', podUid, status.name, finishedAt]),
      at: finishedAt!,
      owner,
      container: status.name,
      pod: refOf(pod),
      podUid,
      exitCode,
      limit: limit === undefined ? null : String(limit),
    }));
  });
}

/** Of what was said with one meaning, one event stands for all. An error that says nothing is not worth remembering. */
function pullErrorsOf(pod: ClusterObject, cluster: ClusterState): readonly RememberedPullError[] {
  const podUid = pod.metadata.uid;
  if (podUid === undefined) return [];
  const images = new Map(
    containersOf(podSpecOf(pod)).map(({ container }) => [container.name, container.image ?? '']),
  );
  return cluster.eventsOf(pod).flatMap((event): readonly RememberedPullError[] => {
    const image = images.get(event.container ?? '');
    if (event.reason !== 'Failed' || !event.message.startsWith('Failed to pull image')) return [];
    if (image === undefined || hasRun(pod, event.container)) return [];
    const cause = classifyPullFailure({ reason: event.reason, message: event.message, image });
    if (cause === 'unknown' || event.lastSeen < cluster.now - PULL_ERRORS_KEPT) return [];
    const id = JSON.stringify(['pull-error', podUid, event.container, cause]);
    return [{ kind: 'pull-error', id, at: event.lastSeen, podUid, image, event }];
  });
}

/** The same object where nothing is new. */
function merged(known: Remembered | undefined, seen: Remembered): Remembered {
  const now = widened(known, seen);
  return known !== undefined && JSON.stringify(known) === JSON.stringify(now) ? known : now;
}

function widened(known: Remembered | undefined, seen: Remembered): Remembered {
  if (known?.kind !== 'pull-error' || seen.kind !== 'pull-error' || known.image !== seen.image) return seen;
  const [older, newer] = known.at <= seen.at ? [known, seen] : [seen, known];
  const firstSeen = Math.min(older.event.firstSeen, newer.event.firstSeen);
  const count = Math.max(older.event.count, newer.event.count);
  return { ...newer, event: { ...newer.event, firstSeen, count } };
}

/** A thousand pods that cannot pull one image are told by a few of them. */
function bound(all: Map<string, Remembered>): void {
  for (const group of Map.groupBy(all.values(), subjectOf).values())
    for (const { id } of group.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)).slice(MOST))
      all.delete(id);
}

function subjectOf(one: Remembered): string {
  return one.kind === 'kill'
    ? JSON.stringify([one.owner, one.container])
    : JSON.stringify([one.image, objectKey({ ...one.event.involved, name: '' })]);
}
