import { behind, podsBehind, servicePorts, targetPort } from '../facts/addresses.ts';
import type { LogReading } from '../facts/log.ts';
import { blockedBy, dnsBlockedBy } from '../facts/network-policies.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { isReady } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { listed, prose } from '../untrusted/prose.ts';
import { NOTHING, ofPods, ofPolicies, withoutPods, type Dependency } from './dependency-state.ts';
import { namedServices } from './named-services.ts';

/** What is known of the address that a log names, or of the Service that the container's variables name for such an error. */
export function dependencyOf(container: ContainerFacts, pod: ClusterObject, said: LogReading): Dependency {
  const { cluster, placed } = container;
  const host = said.address?.host ?? null;
  const blames = (placed?.container.env ?? []).filter(
    ({ value }) => host !== null && typeof value === 'string' && value.toLowerCase().includes(host),
  );
  const told = toldOf(cluster, container, pod, said);
  const own = blames.flatMap(({ name }) => container.field(`env[name=${name}].value`));
  return { ...told, blames: [...told.blames, ...own] };
}

function toldOf(
  cluster: ClusterState,
  container: ContainerFacts,
  pod: ClusterObject,
  said: LogReading,
): Dependency {
  const { address, cause } = said;
  const namespace = pod.metadata.namespace ?? '';
  if (cause === 'name-not-resolved') {
    const blocked = dnsBlockedBy(cluster, pod);
    if (blocked) return ofPolicies(blocked, pod, null, 53);
  }
  if (address === null) {
    const inLine = servicesIn(cluster, pod, said.line);
    const [service, ...others] = inLine.length > 0 ? inLine : namedServices(container, said);
    return service && others.length === 0 ? ofService(cluster, pod, service, null) : NOTHING;
  }
  const found = behind(cluster, namespace, address.host);
  const at = address.port === null ? prose`${address.host}` : prose`${`${address.host}:${address.port}`}`;
  switch (found.kind) {
    case 'service':
      return ofService(cluster, pod, found.service, address.port);
    case 'pod':
      return ofPods(cluster, [found.pod], prose`${at} is`, []);
    case 'no-service':
      return ofNothing(cluster, found.namespace, found.name);
    case 'itself':
      return {
        ...NOTHING,
        says: [prose`${at} is the pod itself: nothing in its containers listens there.`],
        advice: [
          prose`Name the Service of what ${container.name} needs in place of ${address.host}, or start it in the same pod.`,
        ],
      };
    case 'outside':
      return {
        ...NOTHING,
        advice: [
          prose`Test the address from the same network: kubectl -n ${namespace} debug -it pod/${pod.metadata.name} --image=busybox -- nc -zv ${address.host} ${address.port ?? 443}`,
        ],
      };
  }
}

function ofNothing(cluster: ClusterState, namespace: string, name: string): Dependency {
  const elsewhere = cluster.list('Service').filter((one) => one.metadata.name === name);
  const others = elsewhere.flatMap(({ metadata }) => metadata.namespace ?? []);
  return {
    ...NOTHING,
    says: [
      prose`The namespace ${namespace} has no Service ${name}.`,
      ...(others.length > 0
        ? [prose`There is one in ${listed(others)}, which is reached as ${`${name}.${others[0]!}`}.`]
        : []),
    ],
    advice: [
      others.length > 0
        ? prose`Name ${`${name}.${others[0]!}`}, or create Service ${name} in ${namespace}.`
        : prose`Create Service ${name} in ${namespace}, or correct the name where it is set.`,
    ],
    explainedBy: [{ kind: 'Service', namespace, name }],
  };
}

function ofService(
  cluster: ClusterState,
  pod: ClusterObject,
  service: ClusterObject,
  port: number | null,
): Dependency {
  const ref = refOf(service);
  const own = [{ kind: 'Service', namespace: ref.namespace, name: ref.name }];
  const ports = servicePorts(service);
  if (port !== null && ports.length > 0 && !ports.includes(port))
    return {
      ...NOTHING,
      says: [prose`${describeRef(ref)} has port ${listed(ports.map(String))}, and no port ${port}.`],
      advice: [
        prose`Name port ${listed(ports.map(String))} of ${describeRef(ref)}, or add port ${port} to it.`,
      ],
      explainedBy: own,
    };
  const pods = podsBehind(cluster, service);
  if (pods === null) return { ...NOTHING, explainedBy: own };
  if (pods.length === 0) return withoutPods(cluster, service, own);
  const ready = pods.find(isReady);
  if (!ready) return ofPods(cluster, pods, prose`${describeRef(ref)} leads to`, own);
  const target = targetPort(service, port, ready);
  const blocked = blockedBy(cluster, { from: pod, to: ready, port: target });
  if (blocked) return { ...ofPolicies(blocked, pod, ready, target), explainedBy: own };
  const count = pods.filter(isReady).length;
  return {
    ...ofPods(cluster, pods, prose`${describeRef(ref)} leads to`, own),
    says: [prose`${describeRef(ref)} has ${count} of ${pods.length} pods Ready, so it is there now.`],
    advice: [
      prose`Read what the other side says: kubectl -n ${ref.namespace ?? ''} logs ${ready.metadata.name}`,
    ],
  };
}

/** A Service that the words of a line name, where policies keep the pod from it; null where none does. */
export function blockedService(cluster: ClusterState, pod: ClusterObject, line: string): Dependency | null {
  const told = servicesIn(cluster, pod, line).map((service) => ofService(cluster, pod, service, null));
  return told.find(({ blocked }) => blocked) ?? null;
}

/** The Services of the pod's namespace that a line names. */
function servicesIn(cluster: ClusterState, pod: ClusterObject, line: string): readonly ClusterObject[] {
  const words = new Set(line.split(/[^a-z0-9-]+/i));
  return cluster
    .list('Service', pod.metadata.namespace ?? null)
    .filter(({ metadata }) => words.has(metadata.name));
}
