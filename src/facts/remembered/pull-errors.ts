import { DAY } from '../../kubernetes/durations.ts';
import { objectKey } from '../../kubernetes/objects.ts';
import { containersOf, containerStatuses, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { RememberedPullError } from '../../model/remembered.ts';
import { classifyPullFailure } from '../pull-errors.ts';
import { isYoung, type KindOfMemory } from './kind-of-memory.ts';

/** An older answer of a registry says nothing about now. */
export const PULL_ERRORS_TOLD = DAY;

/** A thousand pods that cannot pull one image are told by a few of them. */
export const PULL_ERRORS: KindOfMemory<RememberedPullError> = {
  seenIn: (cluster, known) =>
    cluster
      .list('Pod')
      .flatMap((pod) => pullErrorsOf(pod, cluster).map((one) => merged(known.get(one.id), one))),
  isKept(one, cluster) {
    const pod = cluster.byUid(one.podUid);
    // A namespace that could not be read says nothing about its pods.
    const isThere = pod ? waitsFor(pod, one) : !cluster.isRecorded('Pod', one.event.involved.namespace);
    return isThere && isYoung(one, cluster);
  },
  subjectOf: ({ image, event }) => JSON.stringify([image, objectKey({ ...event.involved, name: '' })]),
  most: 20,
};

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
    if (cause === 'unknown' || event.lastSeen < cluster.now - PULL_ERRORS_TOLD) return [];
    const id = JSON.stringify(['pull-error', podUid, event.container, cause]);
    return [{ kind: 'pull-error', id, at: event.lastSeen, podUid, image, event }];
  });
}

function merged(known: RememberedPullError | undefined, seen: RememberedPullError): RememberedPullError {
  if (known === undefined || known.image !== seen.image) return seen;
  const [older, newer] = known.at <= seen.at ? [known, seen] : [seen, known];
  const firstSeen = Math.min(older.event.firstSeen, newer.event.firstSeen);
  const count = Math.max(older.event.count, newer.event.count);
  const now = { ...newer, event: { ...newer.event, firstSeen, count } };
  return JSON.stringify(known) === JSON.stringify(now) ? known : now;
}
