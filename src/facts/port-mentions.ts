import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';

/**
 * Whether a pod speaks of a port beyond the ports that it declares: in commands, arguments, variables, probes and hooks of its containers, or in a
 * ConfigMap that it reads. Then something may listen there, since declaring a port is optional.
 */
export function mentionsPort(cluster: ClusterState, pod: ClusterObject, port: number): boolean {
  const number = new RegExp(String.raw`(?<![\d.])${port}(?![\d.]*\d)`);
  const spec = podSpecOf(pod);
  const containers = containersOf(spec).map(({ container }) =>
    Object.entries(container).filter(([key]) => key !== 'ports' && key !== 'resources'),
  );
  return (
    number.test(JSON.stringify(containers)) ||
    configMapsOf(pod).some((name) =>
      number.test(
        JSON.stringify(recordAt(cluster.get('ConfigMap', pod.metadata.namespace ?? null, name), 'data')),
      ),
    )
  );
}

function configMapsOf(pod: ClusterObject): readonly string[] {
  const spec = podSpecOf(pod);
  const names = [
    ...recordsOf(spec?.volumes).map(({ configMap }) => configMap?.name),
    ...containersOf(spec).flatMap(({ container }) => [
      ...recordsOf(container.envFrom).map(({ configMapRef }) => configMapRef?.name),
      ...recordsOf(container.env).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ]),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}
