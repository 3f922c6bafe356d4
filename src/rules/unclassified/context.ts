import type { ClusterState } from '../../model/cluster-state.ts';
import {
  isRecord,
  recordAt,
  recordsOf,
  type KubernetesObject,
  type ObjectRef,
} from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf, type PodSpec } from '../../kubernetes/workloads.ts';
import { referencesIn } from '../../facts/references.ts';
import type { Evidence } from '../../model/evidence.ts';
import { claimsOf } from './pods.ts';
import type { Cause } from './causes.ts';
import { quote } from '../../facts/observations.ts';
import { type Signal } from './signal.ts';

/** What a person would look up in the spec first, for each kind of failure: fields of the container, and of the pod. */
const FIELDS: Readonly<
  Partial<Record<Cause, { readonly container: readonly string[]; readonly pod: readonly string[] }>>
> = {
  'container-error': { container: ['image', 'command', 'args', 'securityContext'], pod: ['securityContext'] },
  'init-waiting': { container: ['image', 'command', 'args'], pod: [] },
  unschedulable: {
    container: ['resources'],
    pod: ['nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints'],
  },
};

/** Quotes the parts of the spec that the failure is about, and what the container reads. */
export function contextOf(cluster: ClusterState, signal: Signal): readonly Evidence[] {
  const { cause, on: pod, container: name } = signal;
  const wanted = FIELDS[cause];
  const spec = podSpecOf(pod);
  if (pod.kind !== 'Pod' || spec === undefined || wanted === undefined) return [];
  const containers = containersOf(spec).filter(({ container }) => name === null || container.name === name);
  const lines = [
    ...containers.flatMap(({ container }) =>
      fieldLines(`container ${container.name}: `, container, wanted.container),
    ),
    ...fieldLines('', spec, wanted.pod),
    ...(name === null ? [] : configLines(spec, name)),
    ...(cause === 'unschedulable' ? replicaLines(cluster, signal.owner) : claimLines(cluster, pod)),
  ];
  return lines.map((line) => quote('object', pod, null, line));
}

function fieldLines(
  prefix: string,
  from: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): readonly string[] {
  return fields
    .filter((field) => !isEmpty(from[field]))
    .map((field) => `${prefix}${field}: ${JSON.stringify(withoutDefaults(from[field]))}`);
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

/** Tolerations that admission adds to every pod say nothing. */
function withoutDefaults(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.filter(
    (item) =>
      !(
        isRecord(item) &&
        typeof item['key'] === 'string' &&
        /^node\.kubernetes\.io\/(not-ready|unreachable)$/.test(item['key'])
      ),
  );
}

function configLines(spec: PodSpec, container: string): readonly string[] {
  const mounts = containersOf(spec).find((placed) => placed.container.name === container)?.container
    .volumeMounts;
  const mounted = new Set(recordsOf(mounts).map(({ name }) => name));
  const read = referencesIn(spec, 'spec').filter(
    (reference) => reference.container === container || mounted.has(reference.volume ?? ''),
  );
  const names = [...new Set(read.map(({ kind, name }) => `${kind} ${name}`))];
  return names.length === 0 ? [] : [`container ${container} reads ${names.join(', ')}`];
}

function claimLines(cluster: ClusterState, pod: KubernetesObject): readonly string[] {
  return claimsOf(pod).flatMap((name) => {
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace ?? null, name);
    const resources = recordAt(claim, 'spec')['resources'];
    return resources === undefined
      ? []
      : [`PersistentVolumeClaim ${name}: resources: ${JSON.stringify(resources)}`];
  });
}

function replicaLines(cluster: ClusterState, { kind, namespace, name }: ObjectRef): readonly string[] {
  const { replicas } = recordAt(cluster.get(kind, namespace, name), 'spec');
  return typeof replicas === 'number' ? [`${kind} ${name}: replicas: ${replicas}`] : [];
}
