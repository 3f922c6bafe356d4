import { livePods } from '../../facts/pods.ts';
import { mentionsPort } from '../../facts/port-mentions.ts';
import {
  declaredBy,
  isTarget,
  servicePortsOf,
  type ContainerPort,
  type ServicePort,
} from '../../facts/services.ts';
import { containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';

/** A port of a Service that no container of its pods declares. */
export interface DeadPort {
  readonly port: ServicePort;
  readonly cause: 'protocol-mismatch' | 'target-port-mismatch';
  /** What the containers of the template declare, injected ones left out. */
  readonly declared: readonly ContainerPort[];
  /** Service and pods alone show it; else it counts only where a commit replaced a port that they declare. */
  readonly isPlain: boolean;
}

/** Protocols that people seldom declare, since TCP is the default: DNS, time, logs, RADIUS, VPNs, SIP. */
const OFTEN_UDP = new Set([53, 67, 69, 123, 161, 162, 500, 514, 1194, 1812, 4500, 5060, 5353, 8125, 51820]);

export function deadPorts(
  cluster: ClusterState,
  service: ClusterObject,
  selected: readonly ClusterObject[],
): readonly DeadPort[] {
  const pods = livePods(selected) as readonly ClusterObject[];
  const ports = servicePortsOf(service);
  // A rollout that has not made its pods yet brings the ports of the template.
  const templates = pods.flatMap((pod) => cluster.ownerOf(pod).object ?? []);
  const all = [...pods, ...new Set(templates)].flatMap(declaredBy);
  const own = pods.map((pod) => ownPortsOf(cluster, pod));
  const declared = [...new Map(own.flat().map((one) => [JSON.stringify(one), one])).values()];
  const doDeclare = own.length > 0 && own.every((each) => each.length > 0);
  const isServed = (port: ServicePort): boolean => all.some((one) => isReached(one, port));
  return ports.flatMap((port): readonly DeadPort[] => {
    if (pods.length === 0 || isServed(port)) return [];
    const { target, protocol } = port;
    const same = all.filter((one) => isTarget(one, target));
    if (same.length > 0) {
      const isShared = ports.some((other) => other.target === target && other.protocol !== protocol);
      const isPlain =
        !isShared && (typeof target === 'string' || !same.some(({ number }) => OFTEN_UDP.has(number)));
      return [{ port, cause: 'protocol-mismatch', declared, isPlain }];
    }
    if (typeof target === 'number') {
      if (!doDeclare || pods.some((pod) => mentionsPort(cluster, pod, target))) return [];
    }
    const isPlain = typeof target === 'string' || !ports.some(isServed);
    return [{ port, cause: 'target-port-mismatch', declared, isPlain }];
  });
}

export function isReached(
  declared: ContainerPort,
  { target, protocol }: Pick<ServicePort, 'target' | 'protocol'>,
): boolean {
  return isTarget(declared, target) && declared.protocol === protocol;
}

/** Without what admission injected: a proxy that declares its ports says nothing of the program beside it. */
function ownPortsOf(cluster: ClusterState, pod: ClusterObject): readonly ContainerPort[] {
  const { object } = cluster.ownerOf(pod);
  const template = object && podSpecOf(object);
  const names = new Set(containersOf(template).map(({ container }) => container.name));
  return declaredBy(pod).filter(({ container }) => template === undefined || names.has(container));
}
