import { isRecord, recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { portsOf } from './probes.ts';

/** What stands behind an address that a program names. */
export type Behind =
  | { readonly kind: 'service'; readonly service: ClusterObject }
  | { readonly kind: 'pod'; readonly pod: ClusterObject }
  /** The containers of the program's own pod. */
  | { readonly kind: 'itself' }
  /** A name of the cluster, but nothing has it: the Service that it would be. */
  | { readonly kind: 'no-service'; readonly namespace: string; readonly name: string }
  /** Not of the cluster, or not known. */
  | { readonly kind: 'outside' };

const LOCAL = /^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0)$/;
const ADDRESS = /^\d+(?:\.\d+){3}$/;

/**
 * The Service or pod behind a host name or an IP address, as a pod of the namespace resolves it: `db`, `db.pier`, `db.pier.svc`,
 * `db-0.db.pier.svc.cluster.local`. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export function behind(cluster: ClusterState, namespace: string, host: string): Behind {
  if (LOCAL.test(host)) return { kind: 'itself' };
  if (ADDRESS.test(host)) return behindAddress(cluster, host);
  const words = host
    .replace(/\.$/, '')
    .replace(/\.svc(?:\..*)?$/, '')
    .split('.');
  const isOfCluster = /\.svc(?:\.|$)/.test(host);
  const [first = '', second = namespace, third] = words;
  if (words.length > 3) return { kind: 'outside' };
  const service = cluster.get('Service', second, first);
  if (service) return { kind: 'service', service };
  const headless = words.length >= 2 ? cluster.get('Service', third ?? namespace, second) : undefined;
  if (headless) return { kind: 'service', service: headless };
  const isKnownSpace =
    words.length === 1 || isOfCluster || cluster.get('Namespace', null, second) !== undefined;
  return isKnownSpace && words.length <= 2 && cluster.presence('Service', second, first) === 'absent'
    ? { kind: 'no-service', namespace: second, name: first }
    : { kind: 'outside' };
}

function behindAddress(cluster: ClusterState, address: string): Behind {
  const service = cluster.list('Service').find((one) => {
    const { clusterIP, clusterIPs } = recordAt(one, 'spec');
    return clusterIP === address || (Array.isArray(clusterIPs) && clusterIPs.includes(address));
  });
  if (service) return { kind: 'service', service };
  const pod = cluster.list('Pod').find((one) => recordAt(one, 'status')['podIP'] === address);
  return pod ? { kind: 'pod', pod } : { kind: 'outside' };
}

/** The pods that a Service selects and that are not being deleted; null for a Service without a selector. */
export function podsBehind(
  cluster: ClusterState,
  service: KubernetesObject,
): readonly ClusterObject[] | null {
  const { selector, type } = recordAt(service, 'spec');
  if (!isRecord(selector) || Object.keys(selector).length === 0 || type === 'ExternalName') return null;
  return cluster
    .list('Pod', service.metadata.namespace ?? null)
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined &&
        Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value),
    );
}

/** The numbers under which a Service is reached. */
export function servicePorts(service: KubernetesObject): readonly number[] {
  return recordsOf(recordAt(service, 'spec')['ports']).flatMap(({ port }) =>
    typeof port === 'number' ? [port] : [],
  );
}

/** The port of a pod that a port of its Service leads to; null where that is not known. */
export function targetPort(
  service: KubernetesObject,
  port: number | null,
  pod: KubernetesObject,
): number | null {
  const all = recordsOf(recordAt(service, 'spec')['ports']);
  const one = port === null && all.length === 1 ? all[0] : all.find((each) => each['port'] === port);
  if (!one) return null;
  const target = one['targetPort'] ?? one['port'];
  if (typeof target === 'number') return target;
  const declared = containersOf(podSpecOf(pod)).flatMap(({ container }) => portsOf(container));
  return declared.find(({ name }) => name === target)?.number ?? null;
}
