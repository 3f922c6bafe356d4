import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf, type PodSpec } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { claimsOf } from './claims.ts';
import { quote, quoteFields } from './observations.ts';
import { referencesIn } from './references.ts';

/** What a person would look up first of a failing container: some of its fields, what it reads, and the claims of its pod. */
export function contextOf(
  cluster: ClusterState,
  pod: ClusterObject,
  name: string,
  fields: readonly string[],
): readonly Evidence[] {
  const spec = podSpecOf(pod);
  const container = containersOf(spec).find((placed) => placed.container.name === name)?.container;
  if (!spec || !container) return [];
  return [
    ...quoteFields(pod, container, fields, `container ${name}: `),
    ...[...readLines(spec, name), ...claimLines(cluster, pod)].map((line) =>
      quote('object', pod, null, line),
    ),
  ];
}

function readLines(spec: PodSpec, container: string): readonly string[] {
  const mounts = containersOf(spec).find((placed) => placed.container.name === container)?.container
    .volumeMounts;
  const mounted = new Set(recordsOf(mounts).map(({ name }) => name));
  const read = referencesIn(spec, 'spec').filter(
    (reference) => reference.container === container || mounted.has(reference.volume ?? ''),
  );
  const names = [...new Set(read.map(({ kind, name }) => `${kind} ${name}`))].filter(
    (name) => name !== 'ConfigMap kube-root-ca.crt',
  );
  return names.length === 0 ? [] : [`container ${container} reads ${names.join(', ')}`];
}

function claimLines(cluster: ClusterState, pod: ClusterObject): readonly string[] {
  return claimsOf(pod).flatMap((name) => {
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace ?? null, name);
    const { resources } = recordAt(claim, 'spec');
    return resources === undefined
      ? []
      : [`PersistentVolumeClaim ${name}: resources: ${JSON.stringify(resources)}`];
  });
}
