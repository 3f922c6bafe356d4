import { conditionsIn } from '../facts/observations.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { BackOff } from '../model/container-end.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Finding } from '../model/finding.ts';

/**
 * How the fault showed, from what people notice first to what is at fault: `ProgressDeadlineExceeded`, `CrashLoopBackOff`,
 * `volume-mount/mount-failed`, `config-reference/object-renamed`.
 */
export function chainOf(
  { finding, followers }: { readonly finding: Finding; readonly followers: readonly Finding[] },
  backOff: BackOff | null,
  cluster: ClusterState,
): readonly string[] {
  const seen = [
    ...(isStalled(finding.object, cluster) ? ['ProgressDeadlineExceeded'] : []),
    ...(backOff === null ? [] : [backOff.reason]),
    // The condition and the back-off are what these say.
    ...followers.filter(({ rule }) => rule !== 'unclassified').map(({ rule, cause }) => `${rule}/${cause}`),
    `${finding.rule}/${finding.cause}`,
  ];
  return [...new Set(seen)];
}

function isStalled({ kind, namespace, name }: ObjectRef, cluster: ClusterState): boolean {
  const object = kind === 'Deployment' ? cluster.get(kind, namespace, name) : undefined;
  return (
    object !== undefined && conditionsIn(object).some(({ reason }) => reason === 'ProgressDeadlineExceeded')
  );
}
