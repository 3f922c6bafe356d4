import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';
import {
  demandOf,
  podsWanted,
  quotaShortage,
  surgeWithoutPause,
  type Demand,
} from '../../witnesses/capacity.ts';

/** Kinds that keep their pods. */
const LASTING = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** Rollouts that the quota of their namespace has no room for. */
export const foresight: Foresight = {
  causes: {
    'rollout-over-quota':
      'what a workload asks for, beyond what it has now, does not fit into the quota of its namespace',
  },
  foresee({ objects, cluster }) {
    return cluster === null ? [] : objects.flatMap((object) => overQuota(object, cluster));
  },
};

function overQuota(object: ClusterObject, cluster: ClusterState): readonly Foreseen[] {
  const ref = refOf(object);
  const path = podSpecPath(object.kind);
  if (!LASTING.has(object.kind) || path === null || ref.namespace === null) return [];
  const live = cluster.get(ref.kind, ref.namespace, ref.name);
  const scaled = cluster
    .list('HorizontalPodAutoscaler', ref.namespace)
    .some((one) => recordAt(one, 'spec', 'scaleTargetRef')['name'] === ref.name);
  const running = live ? podsWanted(live, cluster) : 0;
  const wanted = scaled && live ? running : podsWanted(object, cluster);
  const [is, was] = [demandOf(podSpecOf(object)), demandOf(live ? podSpecOf(live) : undefined)];
  const surge = live ? surgeWithoutPause(object, wanted) : 0;
  const extra: Demand = Object.fromEntries(
    Object.keys(is).map((name) => [name, is[name]! * (wanted + surge) - (live ? was[name]! * running : 0)]),
  );
  const shortage = quotaShortage(cluster, ref.namespace, extra);
  if (!shortage) return [];
  const field = shortage.counts === 'pods' ? 'spec.replicas' : resourceField(object, path, shortage.counts);
  return [
    {
      cause: 'rollout-over-quota',
      object: ref,
      field,
      level: 'error',
      because: prose`${describeRef(shortage.quota)} has no room for the rollout of ${describeRef(ref)} (${shortage.resource}: ${shortage.used} of ${shortage.hard} used).`,
    },
  ];
}

/** `requests.memory` of the first container that has it. */
function resourceField(object: ClusterObject, path: string, counts: string): string {
  const [part = '', resource = ''] = counts.split('.');
  const [first] = podSpecOf(object)?.containers ?? [];
  const own = (podSpecOf(object)?.containers ?? []).find(
    ({ resources }) => recordAt(resources, part)[resource] !== undefined,
  );
  return `${path}.containers[name=${(own ?? first)?.name ?? ''}].resources.${part}.${resource}`;
}
