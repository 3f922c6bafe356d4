import type { ClusterState } from '../../model/cluster-state.ts';
import { objectKey } from '../../kubernetes/objects.ts';
import { containerSignals } from './containers.ts';
import { conditionSignals } from './conditions.ts';
import { killedProcessSignals } from './killed-processes.ts';
import { podSignals } from './pods.ts';
import { serviceSignals } from './services.ts';
import { CAUSES } from './causes.ts';
import type { Signal } from './signal.ts';
import { workloadSignals } from './workloads.ts';

const ORDER = Object.keys(CAUSES);

const seen = new WeakMap<ClusterState, ReadonlyMap<string, readonly Signal[]>>();

/** All signals by the key of the object that they are about, the most telling first. One state is looked through once. */
export function signalsIn(cluster: ClusterState): ReadonlyMap<string, readonly Signal[]> {
  const known = seen.get(cluster);
  if (known) return known;
  const all = [
    ...containerSignals(cluster),
    ...podSignals(cluster),
    ...workloadSignals(cluster),
    ...conditionSignals(cluster),
    ...serviceSignals(cluster),
    ...killedProcessSignals(cluster),
  ];
  const sorted = all.toSorted((a, b) => ORDER.indexOf(a.cause) - ORDER.indexOf(b.cause));
  const found = Map.groupBy(sorted, ({ owner }) => objectKey(owner));
  seen.set(cluster, found);
  return found;
}
