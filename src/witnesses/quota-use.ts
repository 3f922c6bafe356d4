import { workloadsOf } from '../facts/subjects.ts';
import { describeRef, recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseQuantity, printBytes } from '../kubernetes/quantities.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { canonicalResource, demandOf } from './capacity.ts';

/** A workload with the share of a quota that its pods take: cores, bytes, pods. */
export interface QuotaUser {
  readonly workload: string;
  readonly pods: number;
  readonly amount: number;
}

/** Who uses most of a resource of a quota, the greatest first. Empty for a quota that counts only some pods, and for what pods do not ask for. */
export function usersOf(
  cluster: ClusterState,
  quota: KubernetesObject,
  resource: string,
): readonly QuotaUser[] {
  const { scopes, scopeSelector } = recordAt(quota, 'spec');
  if (scopes !== undefined || scopeSelector !== undefined) return [];
  const name = canonicalResource(resource);
  const namespace = quota.metadata.namespace ?? null;
  return workloadsOf(cluster, namespace)
    .filter(({ ref }) => ref.namespace === namespace)
    .map(({ ref, activePods }) => ({
      workload: describeRef(ref),
      pods: activePods.length,
      amount: activePods.reduce((sum, pod) => sum + (demandOf(podSpecOf(pod))[name] ?? 0), 0),
    }))
    .filter(({ amount }) => amount > 0)
    .toSorted((a, b) => b.amount - a.amount);
}

/** Whether the quota, as it is recorded, has room for an amount; null where its status does not tell. */
export function hasRoom(quota: ClusterObject, resource: string, amount: string): boolean | null {
  const { hard, used } = recordAt(quota, 'status');
  const [limit, taken, wanted] = [
    parseQuantity(recordAt({ hard }, 'hard')[resource]),
    parseQuantity(recordAt({ used }, 'used')[resource] ?? '0'),
    parseQuantity(amount),
  ];
  return limit === null || taken === null || wanted === null ? null : taken + wanted <= limit;
}

/** Cores as `500m` or `2`, bytes as `1Gi`, anything else as a number. */
export function printAmount(resource: string, amount: number): string {
  if (resource.endsWith('cpu')) return printCores(amount);
  return /memory|storage/.test(resource) ? printBytes(amount) : String(amount);
}

function printCores(cores: number): string {
  const milli = Math.round(cores * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}
