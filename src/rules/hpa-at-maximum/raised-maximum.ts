import { maximumField, type Autoscaler } from '../../facts/autoscaler.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { demandOf, shortageFor } from '../../witnesses/capacity.ts';
import { changedAutomatically } from '../../witnesses/raised-before.ts';
import type { Raise } from '../raise.ts';

const LARGEST_FACTOR = 2;

/**
 * What is the same for every raise of a maximum, and what could stand against it.
 *
 * @param target the workload that is scaled; undefined where it is not known
 */
export function raisedMaximum(
  autoscaler: Autoscaler,
  next: number,
  target: KubernetesObject | undefined,
  cluster: ClusterState,
): Omit<Raise, 'summary' | 'rootCause' | 'fix'> {
  const { maximum } = autoscaler;
  const { object, path } = maximumField(autoscaler);
  return {
    noun: 'maximum',
    object,
    field: path,
    amount: maximum,
    written: maximum,
    next,
    shown: String,
    causes: { waiting: 'waiting-for-sync', tooSmall: 'maximum-too-low' },
    raisedBefore: (authorship) => changedAutomatically(authorship, 'maximum', cluster.now),
    against: () => noRoomFor(target, next - autoscaler.current, next, cluster),
    doubt: (chosen) =>
      next > LARGEST_FACTOR * chosen
        ? prose`${next} is more than ${LARGEST_FACTOR} times ${chosen}, the last maximum that a person chose: a person has to agree to that much.`
        : null,
  };
}

function noRoomFor(
  target: KubernetesObject | undefined,
  more: number,
  next: number,
  cluster: ClusterState,
): ReturnType<Raise['against']> {
  const spec = target && podSpecOf(target);
  if (!spec) return null;
  const extra = Object.entries(demandOf(spec)).map(([name, amount]) => [name, amount * more] as const);
  const owner = cluster.ownerOf(target).ref;
  const shortage = shortageFor(cluster, owner, spec, next, Object.fromEntries(extra));
  return shortage && { ...shortage, cause: 'no-room' };
}
