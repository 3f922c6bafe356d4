import { HOUR } from '../../kubernetes/durations.ts';
import { refOf } from '../../kubernetes/objects.ts';
import { containersOf, containerStatuses, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { RememberedKill } from '../../model/remembered-kill.ts';
import { terminationsOf } from '../terminations.ts';
import { isYoung, type KindOfMemory } from './kind-of-memory.ts';

/** No rule counts kills further back. */
export const KILLS_COUNTED = 6 * HOUR;

export const KILLS: KindOfMemory<RememberedKill> = {
  seenIn: (cluster, known) =>
    cluster.list('Pod').flatMap((pod) => killsOf(pod, cluster).map((one) => known.get(one.id) ?? one)),
  isKept: isYoung,
  subjectOf: ({ owner, container }) => JSON.stringify([owner, container]),
  most: 20,
};

function killsOf(pod: ClusterObject, cluster: ClusterState): readonly RememberedKill[] {
  const podUid = pod.metadata.uid;
  if (podUid === undefined) return [];
  return containerStatuses(pod).flatMap((status) => {
    const kills = terminationsOf(status).filter(
      ({ reason, exitCode, finishedAt }) =>
        reason === 'OOMKilled' &&
        exitCode !== 0 &&
        finishedAt !== null &&
        finishedAt >= cluster.now - KILLS_COUNTED,
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
