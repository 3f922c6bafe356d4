import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { addressesOf, hasPort, textsOf, type Address } from '../../witnesses/service-addresses.ts';

/** Addresses that lead to a Service before a change and nowhere after it: git alone knows that. */
export const foresight: Foresight = {
  causes: {
    'wrong-host': 'a variable or an argument names a Service that the change takes away',
    'wrong-port': 'a variable or an argument names a port of a Service that the change takes away',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object) =>
      containersOf(podSpecOf(object)).flatMap((placed) => {
        const path = containerPath(object.kind, placed);
        if (path === null) return [];
        const place = { owner: refOf(object), path };
        const texts = textsOf(placed.container, place, outlook.ahead);
        return addressesOf(texts).flatMap((address) => lostAddress(outlook, object, address));
      }),
    );
  },
};

function lostAddress(outlook: Outlook, object: ClusterObject, address: Address): readonly Foreseen[] {
  const { host, port, hostIn, portIn } = address;
  const own = object.metadata.namespace ?? null;
  const [name = '', space = own, svc, ...domain] = host.split('.');
  const isInCluster = domain.length === 0 || domain.join('.') === 'cluster.local';
  if (space === null || !isInCluster || (svc !== undefined && svc !== 'svc')) return [];
  const found = outlook.lookUp('Service', space, name);
  const wanted = describeRef({ kind: 'Service', namespace: space, name });
  const who = describeRef(refOf(object));
  if (found.is === 'dropped')
    return [
      {
        cause: 'wrong-host',
        object: hostIn.at.object,
        field: hostIn.at.field,
        level: 'error',
        because: prose`${who} is told the address ${host} (${hostIn.name}), and this change takes ${wanted} away.`,
      },
    ];
  if (found.is !== 'planned' || port === null || hasPort(found.object, port)) return [];
  const was = outlook.serviceBefore(space, name);
  if (!was || !hasPort(was, port)) return [];
  return [
    {
      cause: 'wrong-port',
      object: portIn.at.object,
      field: portIn.at.field,
      level: 'error',
      because: prose`${who} is told port ${port} of ${wanted} (${portIn.name}), which this change takes away.`,
    },
  ];
}
