/**
 * What Services say of themselves: whom they select and which of their ports lead where. A Service has the pods that all labels of its selector fit
 * (https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service); `targetPort` left out is the port itself.
 */
import { fieldAt } from '../kubernetes/field-path.ts';
import { isRecord, recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { derived } from './derived.ts';
import { portsOf, type DeclaredPort } from './probes.ts';

export type Labels = Readonly<Record<string, unknown>>;

export interface ServicePort {
  readonly name: string | null;
  readonly number: number;
  /** As it is written, or the port itself. */
  readonly target: string | number;
  readonly protocol: string;
  /** `spec.ports[name=http]`, `spec.ports[0]` */
  readonly field: string;
  /** The key that says the target: the port itself where there is no `targetPort`. */
  readonly targetKey: 'targetPort' | 'port';
}

/** Null where the Service selects nothing by labels, or is being deleted. */
export function selectorOf(service: KubernetesObject): Labels | null {
  const { selector, type } = recordAt(service, 'spec');
  const selects = isRecord(selector) && Object.keys(selector).length > 0 && type !== 'ExternalName';
  return selects && service.metadata.deletionTimestamp === undefined ? selector : null;
}

export function isHeadless(service: KubernetesObject): boolean {
  return recordAt(service, 'spec')['clusterIP'] === 'None';
}

export function servicePortsOf(service: KubernetesObject): readonly ServicePort[] {
  return recordsOf(recordAt(service, 'spec')['ports']).flatMap((port, index) => {
    const { name, port: number, targetPort, protocol } = port;
    if (typeof number !== 'number') return [];
    const own = typeof name === 'string' ? name : null;
    const target = typeof targetPort === 'string' || typeof targetPort === 'number' ? targetPort : number;
    return [
      {
        name: own,
        number,
        target: typeof target === 'string' && /^\d+$/.test(target) ? Number(target) : target,
        protocol: typeof protocol === 'string' ? protocol : 'TCP',
        field: own === null ? `spec.ports[${index}]` : `spec.ports[name=${own}]`,
        targetKey: targetPort === undefined ? ('port' as const) : ('targetPort' as const),
      },
    ];
  });
}

/** `spec.selector.app`, `spec.selector["app.kubernetes.io/name"]` */
export function selectorField(key: string): string {
  return fieldAt(['spec', 'selector', key]).text;
}

export function fits(selector: Labels, labels: Labels | undefined): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

/** Pods that stay and have all of these labels. */
export function podsWith(
  cluster: ClusterState,
  namespace: string | null,
  selector: Labels,
): readonly ClusterObject[] {
  const fewest = Object.entries(selector)
    .map(([key, value]) => podsLabelled(cluster, namespace, `${key}=${String(value)}`))
    .reduce<readonly ClusterObject[] | null>(
      (least, pods) => (least === null || pods.length < least.length ? pods : least),
      null,
    );
  return (fewest ?? []).filter((pod) => fits(selector, pod.metadata.labels));
}

/** Pods that stay and have a label, `key=value`. */
function podsLabelled(
  cluster: ClusterState,
  namespace: string | null,
  label: string,
): readonly ClusterObject[] {
  return derived(
    cluster,
    `pods of ${namespace ?? ''} with ${label}`,
    (given) => podsByLabel(given, namespace).get(label) ?? [],
  );
}

/** Pods that stay, by each of their labels: many Services still read every pod only once. */
function podsByLabel(
  cluster: ClusterState,
  namespace: string | null,
): ReadonlyMap<string, readonly ClusterObject[]> {
  return derived(cluster, `pods of ${namespace ?? ''} by label`, (given) => {
    const found = new Map<string, ClusterObject[]>();
    for (const pod of given.list('Pod', namespace)) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
        const label = `${key}=${value}`;
        const pods = found.get(label);
        if (pods) pods.push(pod);
        else found.set(label, [pod]);
      }
    }
    return found;
  });
}

export const POD_MAKERS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Rollout',
  'Job',
  'CronJob',
] as const;

/** The labels that a workload gives to its pods; empty where it says nothing about them. */
export function templateLabels(workload: unknown): Labels {
  const spec = recordAt(workload, 'spec');
  const inner = isRecord(spec['jobTemplate']) ? recordAt(spec, 'jobTemplate', 'spec') : spec;
  return recordAt(inner, 'template', 'metadata', 'labels');
}

/** A port that a running container of a pod declares. */
export interface ContainerPort extends DeclaredPort {
  readonly container: string;
  /** `containers[name=server].ports[0]` */
  readonly field: string;
}

/** The ports that the containers of a pod (or of a template) declare, those of init containers that end left out. */
export function declaredBy(pod: KubernetesObject): readonly ContainerPort[] {
  return containersOf(podSpecOf(pod))
    .filter(({ role }) => role !== 'init')
    .flatMap(({ container, list }) =>
      portsOf(container).map((port, index) => ({
        ...port,
        container: container.name,
        field: `${list}[name=${container.name}].ports[${index}]`,
      })),
    );
}

/** Whether traffic for the target of a Service's port reaches a declared port, whatever its protocol. */
export function isTarget({ name, number }: DeclaredPort, target: string | number): boolean {
  return target === name || target === number;
}

/** `8080 (http)`, `53 (dns, UDP)` */
export function describePort({ name, number, protocol }: DeclaredPort): string {
  const details = [name, protocol === 'TCP' ? null : protocol].filter((one) => one !== null);
  return details.length === 0 ? String(number) : `${number} (${details.join(', ')})`;
}
