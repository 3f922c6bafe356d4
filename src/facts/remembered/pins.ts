import { MINUTE } from '../../kubernetes/durations.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { RememberedPin } from '../../model/remembered-pin.ts';
import { isHeldBack, readAutoscaler } from '../autoscaler.ts';
import { isYoung, movedBack, type KindOfMemory } from './kind-of-memory.ts';

/** Nobody knows what an autoscaler did while no reading showed it for longer than this, unless its condition has not changed since. */
const GAP = 15 * MINUTE;

/** A reading is noted this often while nothing changes. */
const NOTED_EVERY = 5 * MINUTE;

export const PINS: KindOfMemory<RememberedPin> = {
  seenIn: (cluster, known) =>
    cluster.list('HorizontalPodAutoscaler').flatMap((object) => {
      const { uid } = object.metadata;
      const autoscaler = readAutoscaler(object, cluster);
      if (uid === undefined || autoscaler === null || !isHeldBack(autoscaler)) return [];
      const id = JSON.stringify(['pin', uid]);
      const pin = {
        kind: 'pin',
        id,
        autoscaler: uid,
        namespace: autoscaler.ref.namespace,
        maximum: autoscaler.maximum,
      } as const;
      const changedAt = parseTime(autoscaler.limited?.lastTransitionTime);
      return [goneOn(known.get(id), pin, changedAt, cluster.now)];
    }),
  isKept: isStillPinned,
  subjectOf: ({ id }) => id,
  most: 1,
};

/** @param changedAt when the condition that says so became true */
function goneOn(
  known: RememberedPin | undefined,
  pin: Omit<RememberedPin, 'at' | 'since'>,
  changedAt: number | null,
  now: number,
): RememberedPin {
  if (known?.maximum !== pin.maximum || !isBridged(known, changedAt, now))
    return { ...pin, at: now, since: now };
  if (known.at > now) return movedBack(known, now);
  return now - known.at < NOTED_EVERY ? known : { ...known, at: now };
}

function isBridged({ at }: RememberedPin, changedAt: number | null, now: number): boolean {
  return now - at <= GAP || (changedAt !== null && changedAt <= at);
}

/** Over once a reading shows the autoscaler with room, or shows that it is gone. */
function isStillPinned(pin: RememberedPin, cluster: ClusterState): boolean {
  const object = cluster.byUid(pin.autoscaler);
  if (object === undefined)
    return !cluster.isRecorded('HorizontalPodAutoscaler', pin.namespace) && isYoung(pin, cluster);
  const autoscaler = readAutoscaler(object, cluster);
  return autoscaler !== null && isHeldBack(autoscaler);
}
