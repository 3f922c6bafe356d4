import { derived } from '../facts/derived.ts';
import { fits, selectorOf, templateLabels } from '../facts/services.ts';
import { namespacesWithWorkloads, workloadsOf, type WorkloadFacts } from '../facts/subjects.ts';
import { refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { addressesOf, destinationOf, textsOf } from './service-addresses.ts';

/** Which Services a workload stands behind, and which it calls by the addresses that its containers are given. Keys are `namespace/name`. */
export interface Calls {
  readonly workload: ObjectRef;
  readonly own: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
}

/** Of all workloads whose template is known. */
export function callsIn(cluster: ClusterState): readonly Calls[] {
  return derived(cluster, 'calls', (given) =>
    namespacesWithWorkloads(given).flatMap((namespace) =>
      derived(given, `calls of ${namespace ?? ''}`, (there) =>
        workloadsOf(there, namespace).flatMap((workload) => callsOf(workload) ?? []),
      ),
    ),
  );
}

/** null: its template is not known. */
export function callsOf({ cluster, object, ref }: WorkloadFacts): Calls | null {
  const spec = object && podSpecOf(object);
  if (!object || !spec) return null;
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
  return {
    workload: ref,
    own: new Set(own.map((service) => keyOf(refOf(service)))),
    calls: new Set(calls),
  };
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
