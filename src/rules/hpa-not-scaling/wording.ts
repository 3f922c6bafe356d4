import { describeDuration } from '../../kubernetes/durations.ts';
import { describeRef } from '../../kubernetes/objects.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import type { Failure } from './failure.ts';

/** `HorizontalPodAutoscaler pier/oars has computed no size for 2 h`: the start of each summary. */
export function unscaled({ cluster, ref, since, isWhole }: Failure): Prose {
  const time = since === null ? prose`` : prose` for ${describeDuration(cluster.now - since)}`;
  return isWhole
    ? prose`${describeRef(ref)} has computed no size${time}`
    : prose`${describeRef(ref)} has scaled nothing down${time}`;
}

/** What follows from one metric that is not known, where there are several. */
export function partly({ isWhole }: Failure): readonly Prose[] {
  return isWhole
    ? []
    : [prose`Its other metrics can still add replicas; while one is unknown, none is taken away.`];
}
