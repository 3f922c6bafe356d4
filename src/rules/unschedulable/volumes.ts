import { claimsOf } from '../../facts/claims.ts';
import { quote } from '../../facts/observations.ts';
import type { Clause } from '../../facts/scheduling.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { plain, type Obstacle } from './obstacle.ts';

/** What the volumes and the devices of a pod keep it off the nodes with. */
export function volumeObstacle(
  workload: WorkloadFacts,
  pod: ClusterObject,
  clauses: readonly Clause[],
): Obstacle | null {
  const has = (pattern: RegExp): boolean => clauses.some(({ text }) => pattern.test(text));
  const namespace = pod.metadata.namespace ?? '';
  if (has(/volume node affinity conflict|PersistentVolume's node affinity|no available volume zone/))
    return boundElsewhere(workload, pod);
  if (has(/ReadWriteOncePod access mode|had no available disk/)) return inUse(workload, pod);
  if (has(/did not have enough free storage/))
    return plain(
      'volume-capacity',
      prose`Free storage on the nodes or add a node: kubectl get csistoragecapacities -A`,
      { says: prose`no node has the free storage that its volumes need` },
    );
  if (has(/max volume count/))
    return plain(
      'volume-limit',
      prose`Add a node, or move pods with volumes to others: kubectl get csinodes, kubectl get volumeattachments`,
      { says: prose`the nodes have as many volumes attached as they can` },
    );
  if (has(/PersistentVolumeClaim|persistent volumes to bind|non-existent (?:pv|persistentvolume)/i))
    return plain(
      'claim-unbound',
      prose`Find what keeps its claims from being bound: kubectl describe pvc -n ${namespace}`,
      {
        explainedBy: claimsOf(pod).map((name) => ({
          kind: 'PersistentVolumeClaim',
          namespace: pod.metadata.namespace ?? null,
          name,
        })),
      },
    );
  if (has(/allocate all claims|resourceclaim|ResourceClaim|device class/i))
    return plain(
      'resource-claim',
      prose`Compare what the claims ask for with what drivers offer: kubectl describe resourceclaims -n ${namespace}, kubectl get resourceslices`,
      { says: prose`its ResourceClaims${claimNames(pod)} cannot be allocated on any node` },
    );
  return null;
}

function claimNames(pod: ClusterObject): string {
  const names = recordsOf(podSpecOf(pod)?.['resourceClaims']).map(
    ({ resourceClaimName, resourceClaimTemplateName, name }) =>
      String(resourceClaimName ?? resourceClaimTemplateName ?? name),
  );
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

/** The volume that binds the pod to a place where no node takes it. */
function boundElsewhere({ cluster }: WorkloadFacts, pod: ClusterObject): Obstacle {
  const claims = claimsOf(pod);
  const volumes = claims.flatMap((name) => {
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace ?? null, name);
    const volume = recordAt(claim, 'spec')['volumeName'];
    return (typeof volume === 'string' && cluster.get('PersistentVolume', null, volume)) || [];
  });
  const bound = volumes.filter((volume) => recordAt(volume, 'spec')['nodeAffinity'] !== undefined);
  const [first] = bound;
  const place = first && placeOf(first);
  return plain(
    'volume-node-affinity',
    place
      ? prose`Give ${place} a node that takes the pod, or make the claim again where the nodes are (its data does not come along).`
      : prose`Give the zone or host of the volume a node with room, or make the volume again where the nodes are.`,
    {
      ...(first
        ? {
            says: prose`${describeRef(refOf(first))} can be used ${place ? prose`only in ${place}` : prose`only on some nodes`}, and no node there takes the pod`,
          }
        : claims.length > 0
          ? {
              says: prose`the ${claims.length === 1 ? prose`volume of its claim` : prose`volumes of its claims`} ${claims.join(', ')} can be used in no zone or on no host where a node takes the pod`,
            }
          : {}),
      evidence: bound.map((volume) =>
        quote(
          'object',
          volume,
          null,
          `spec.nodeAffinity: ${JSON.stringify(recordsOf(recordAt(volume, 'spec', 'nodeAffinity', 'required')['nodeSelectorTerms']))}`,
        ),
      ),
      ...(bound.length === 1 && first ? { culprit: refOf(first) } : {}),
    },
  );
}

/** `topology.kubernetes.io/zone eu-1a`, of the first requirement of its node affinity. */
function placeOf(volume: ClusterObject): string | null {
  const [term] = recordsOf(recordAt(volume, 'spec', 'nodeAffinity', 'required')['nodeSelectorTerms']);
  const [expression] = recordsOf(term?.['matchExpressions']);
  const values = expression?.['values'];
  return expression && Array.isArray(values)
    ? `${String(expression['key'])} ${values.map(String).join(' or ')}`
    : null;
}

function inUse({ cluster, ref }: WorkloadFacts, pod: ClusterObject): Obstacle {
  const namespace = pod.metadata.namespace ?? null;
  const claims = new Set(claimsOf(pod));
  const other = cluster
    .list('Pod', namespace)
    .find((one) => one !== pod && podSpecOf(one)?.nodeName && claimsOf(one).some((name) => claims.has(name)));
  const claim = other && claimsOf(other).find((name) => claims.has(name));
  return plain(
    'claim-in-use',
    prose`Run one pod of ${ref.name} at a time (strategy Recreate, 1 replica), or use a claim that several pods may mount.`,
    other && claim
      ? {
          says: prose`Pod ${other.metadata.name} has the claim ${claim}, which one pod at a time may use`,
          evidence: [
            quote('object', other, null, `mounts claim ${claim} on node ${podSpecOf(other)!.nodeName!}`),
          ],
        }
      : { says: prose`another pod has its claim, which one pod at a time may use` },
  );
}
