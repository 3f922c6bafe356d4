import { fits, selectorOf, templateLabels } from '../facts/services.ts';
import { workloadsIn, type WorkloadFacts } from '../facts/subjects.ts';
import { objectKey, refOf } from '../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { addressesOf, destinationOf, textsOf } from './service-addresses.ts';

/** Which Services a workload stands behind, and which it calls by the addresses that its containers are given. Keys are `namespace/name`. */
export interface Calls {
  readonly workload: WorkloadFacts;
  readonly own: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
}

const known = new WeakMap<ClusterState, ReadonlyMap<string, Calls>>();

/** Of all workloads whose template is known, by their keys. */
export function callsIn(cluster: ClusterState): ReadonlyMap<string, Calls> {
  const cached = known.get(cluster);
  if (cached) return cached;
  const found = new Map(
    workloadsIn(cluster).flatMap((workload) => {
      const { object, ref } = workload;
      const spec = object && podSpecOf(object);
      if (!object || !spec) return [];
      const calls = containersOf(spec).flatMap((placed) => {
        const place = { owner: ref, path: containerPath(object.kind, placed) };
        return addressesOf(textsOf(placed.container, place, cluster)).flatMap((address) => {
          const service = destinationOf(cluster, address, ref.namespace, spec)?.service;
          return service ? [keyOf(refOf(service))] : [];
        });
      });
      const own = cluster.list('Service', ref.namespace).filter((service) => {
        const selector = selectorOf(service);
        return selector !== null && fits(selector, templateLabels(object));
      });
      return [
        [
          objectKey(ref),
          { workload, own: new Set(own.map((service) => keyOf(refOf(service)))), calls: new Set(calls) },
        ] as const,
      ];
    }),
  );
  known.set(cluster, found);
  return found;
}

export function keyOf({
  namespace,
  name,
}: {
  readonly namespace: string | null;
  readonly name: string;
}): string {
  return `${namespace ?? ''}/${name}`;
}
