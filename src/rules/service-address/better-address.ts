import { servicePortsOf } from '../../facts/services.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { hasPort, type Destination, type WrittenText } from '../../witnesses/service-addresses.ts';

/** The change of a text at one place. */
export function changeIn({ text, at }: WrittenText, offset: number, from: string, to: string): Change {
  return changeOf(at.object, at.field, text, text.slice(0, offset) + to + text.slice(offset + from.length));
}

/** The one change with which an address leads to a Service: its only port, or the only name near by that has the port; null where several would. */
export function betterAddress(cluster: ClusterState, destination: Destination): Change | null {
  const { address, service } = destination;
  if (service === undefined) {
    const [near, ...others] = nearServices(cluster, destination);
    const { name } = destination;
    return near && others.length === 0
      ? changeIn(address.hostIn, address.hostAt, name, near.metadata.name)
      : null;
  }
  const ports = servicePortsOf(service);
  const [port] = ports;
  return ports.length === 1 && address.portAt >= 0
    ? changeIn(address.portIn, address.portAt, String(address.port), String(port!.number))
    : null;
}

/** Services of the namespace that are called nearly so and have the port. */
export function nearServices(
  cluster: ClusterState,
  { namespace, name, address: { port } }: Destination,
): readonly ClusterObject[] {
  return cluster
    .list('Service', namespace)
    .filter((service) => isNear(name, service.metadata.name) && hasPort(service, port));
}

/** One step apart, or with one of the words that people put behind the name of a Service. */
function isNear(name: string, other: string): boolean {
  const bare = (text: string) => text.replace(/-?(?:svc|service)$/, '');
  return relationOf(name, other, []) === 'spelling' || bare(name) === bare(other);
}
