import { recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { listed, prose } from '../../untrusted/prose.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { brokenBackend } from './backends.ts';
import type { BrokenReference } from './broken-reference.ts';

/** A destination of a VirtualService: https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination */
export function brokenInVirtualService(
  cluster: ClusterState,
  virtual: ClusterObject,
): readonly BrokenReference[] {
  const owner = refOf(virtual);
  const spec = recordAt(virtual, 'spec');
  return (['http', 'tcp', 'tls'] as const).flatMap((list) =>
    recordsOf(spec[list]).flatMap((rule, index) =>
      recordsOf(rule['route']).flatMap((route, at): readonly BrokenReference[] => {
        const destination = recordAt(route, 'destination');
        const { host, subset } = destination;
        const path = `spec.${list}[${index}].route[${at}].destination`;
        if (typeof host !== 'string' || isOfServiceEntry(cluster, host)) return [];
        const [name = '', own = owner.namespace, ...rest] = host.split('.');
        const isInCluster = rest.length === 0 ? !host.includes('.') : rest[0] === 'svc';
        if (!isInCluster || host.includes('*')) return [];
        const port = recordAt(destination, 'port')['number'];
        const hosts = (spec['hosts'] as readonly unknown[] | undefined) ?? ['*'];
        const backend = brokenBackend(cluster, {
          owner,
          namespace: own,
          name,
          nameField: `${path}.host`,
          port: typeof port === 'number' ? port : null,
          portField: `${path}.port.number`,
          traffic: prose`${String(hosts[0])} (${list} route ${index + 1})`,
        }).map((broken) => (broken.cause === 'backend-missing' ? withWholeHost(broken, host, name) : broken));
        if (backend.length > 0) return backend;
        return typeof subset === 'string'
          ? brokenSubset(cluster, virtual, { name, namespace: own, subset, field: `${path}.subset` })
          : [];
      }),
    ),
  );
}

/** The field has the whole host, of which the name is the first label. */
function withWholeHost(broken: BrokenReference, host: string, name: string): BrokenReference {
  const rest = host.slice(name.length);
  const bare = (value: unknown) =>
    typeof value === 'string' && value.endsWith(rest) ? value.slice(0, value.length - rest.length) : null;
  return {
    ...broken,
    value: host,
    near: typeof broken.near === 'string' ? broken.near + rest : null,
    isFine: (value) => {
      const label = bare(value);
      return label !== null && broken.isFine(label);
    },
  };
}

function brokenSubset(
  cluster: ClusterState,
  virtual: ClusterObject,
  {
    name,
    namespace,
    subset,
    field,
  }: {
    readonly name: string;
    readonly namespace: string | null;
    readonly subset: string;
    readonly field: string;
  },
): readonly BrokenReference[] {
  const owner = refOf(virtual);
  if (!cluster.isRecorded('DestinationRule', namespace)) return [];
  const rules = cluster.list('DestinationRule').filter((rule) => {
    const host = String(recordAt(rule, 'spec')['host'] ?? '');
    const [label, own = rule.metadata.namespace ?? null] = host.split('.');
    return label === name && own === namespace;
  });
  const subsets = rules.flatMap((rule) =>
    recordsOf(recordAt(rule, 'spec')['subsets']).map((one) => String(one['name'])),
  );
  if (subsets.includes(subset)) return [];
  const near = subsets.filter((other) => relationOf(subset, other, []) !== null);
  const has =
    subsets.length === 0
      ? prose`which no DestinationRule defines`
      : prose`and its DestinationRule defines ${listed(subsets)}`;
  return [
    {
      cause: 'subset-missing',
      says: prose`sends traffic to subset ${subset} of Service ${namespace ?? ''}/${name}, ${has}`,
      at: { object: owner, field },
      value: subset,
      isFine: (value) => typeof value === 'string' && subsets.includes(value),
      near: near.length === 1 ? near[0]! : null,
      missing: null,
      advice: prose`Define subset ${subset} in the DestinationRule of ${name}, or name one that it has.`,
    },
  ];
}

function isOfServiceEntry(cluster: ClusterState, host: string): boolean {
  return cluster
    .list('ServiceEntry')
    .some((entry) =>
      ((recordAt(entry, 'spec')['hosts'] as readonly unknown[] | undefined) ?? []).includes(host),
    );
}
