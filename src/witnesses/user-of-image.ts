import { repositoryOf } from '../kubernetes/images.ts';
import { describeRef, recordAt } from '../kubernetes/objects.ts';
import { containersOf, isReady, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';

/** A user, other than root, as which an image runs elsewhere in the cluster. */
export interface UserOfImage {
  readonly user: number;
  /** `Deployment pier/anchor` */
  readonly workload: string;
  readonly evidence: Evidence;
}

/** Null where no Ready pod runs the image of this repository as a number, or where several numbers do. */
export function userOfImage(cluster: ClusterState, image: string): UserOfImage | null {
  const repository = repositoryOf(image);
  const found = cluster
    .list('Pod')
    .filter(isReady)
    .flatMap((pod) => usersIn(pod, repository).map((user) => ({ pod, user })));
  const [first] = found;
  if (!first || new Set(found.map(({ user }) => user)).size > 1) return null;
  return {
    user: first.user,
    workload: describeRef(cluster.ownerOf(first.pod).ref),
    evidence: quoted('object', first.pod, null, `Ready with ${repository} and runAsUser: ${first.user}`),
  };
}

function usersIn(pod: ClusterObject, repository: string): readonly number[] {
  const spec = podSpecOf(pod);
  return containersOf(spec).flatMap(({ container }) => {
    if (typeof container.image !== 'string' || repositoryOf(container.image) !== repository) return [];
    const user =
      recordAt(container, 'securityContext')['runAsUser'] ?? recordAt(spec, 'securityContext')['runAsUser'];
    return typeof user === 'number' && user > 0 ? [user] : [];
  });
}
