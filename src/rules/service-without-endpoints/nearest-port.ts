import { mentionsPort } from '../../facts/port-mentions.ts';
import { servicePortsOf, type ContainerPort } from '../../facts/services.ts';
import { refOf } from '../../kubernetes/objects.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import type { DeadPort } from './dead-ports.ts';

/** Ports that no client of a Service means, unless they are all that there is. */
const SIDE_PORT = /metric|prom|admin|health|debug|probe|status/i;

/**
 * The one change of a dead port with which it reaches a container; null where several would, or none. `isOfPods`: the pods changed last, so that the
 * number which they declare counts only where something else of them speaks of it.
 */
export function nearestPort(
  cluster: ClusterState,
  service: ClusterObject,
  pods: readonly ClusterObject[],
  { port, cause, declared }: DeadPort,
  isOfPods: boolean,
): Change | null {
  const ref = refOf(service);
  if (cause === 'protocol-mismatch') {
    const protocols = new Set(
      declared
        .filter(({ name, number }) => name === port.target || number === port.target)
        .map((one) => one.protocol),
    );
    const [protocol] = protocols;
    return protocols.size === 1 ? changeOf(ref, `${port.field}.protocol`, port.protocol, protocol!) : null;
  }
  const taken = new Set(
    servicePortsOf(service)
      .filter((other) => other.field !== port.field)
      .map(({ target }) => target),
  );
  const open = declared.filter(
    (one) => one.protocol === port.protocol && !taken.has(one.number) && !taken.has(one.name ?? ''),
  );
  const found = oneOf(open, port);
  if (!found) return null;
  const isSeen =
    !isOfPods ||
    typeof port.target === 'string' ||
    pods.some((pod) => mentionsPort(cluster, pod, found.number));
  const after = typeof port.target === 'string' && found.name !== null ? found.name : found.number;
  const before = port.targetKey === 'targetPort' ? port.target : null;
  return isSeen ? changeOf(ref, `${port.field}.targetPort`, before, after) : null;
}

function oneOf(
  open: readonly ContainerPort[],
  { name, number, target }: DeadPort['port'],
): ContainerPort | null {
  const spelt = open.filter(
    (one) =>
      typeof target === 'string' && one.name !== null && relationOf(target, one.name, []) === 'spelling',
  );
  const main = open.filter((one) => !SIDE_PORT.test(one.name ?? ''));
  const ways = [
    spelt,
    open.filter((one) => one.name !== null && one.name === name),
    open.filter((one) => one.number === number),
    main.length > 0 ? main : open,
  ];
  const first = ways.find((ports) => ports.length > 0) ?? [];
  const numbers = new Set(first.map((one) => one.number));
  return numbers.size === 1 ? first[0]! : null;
}
