import { servicePortsOf } from '../../facts/services.ts';
import {
  describeRef,
  refOf,
  type KubernetesObject,
  type ObjectRef,
  type Scalar,
} from '../../kubernetes/objects.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { listed, prose, type Prose } from '../../untrusted/prose.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import type { BrokenReference } from './broken-reference.ts';

/** A Service that some traffic goes to, as an Ingress or a route names it. */
export interface Backend {
  readonly owner: ObjectRef;
  readonly namespace: string | null;
  readonly name: string;
  readonly nameField: string;
  /** A number or a name; null where none is written. */
  readonly port: string | number | null;
  readonly portField: string;
  /** What is sent there: `lamp.example/tides`, `what no rule takes`. */
  readonly traffic: Prose;
}

/** Nothing where the Services of the namespace are not recorded, or the backend is there. */
export function brokenBackend(cluster: ClusterState, backend: Backend): readonly BrokenReference[] {
  const { owner, namespace, name, nameField, port, portField, traffic } = backend;
  if (cluster.presence('Service', namespace, name) === 'unknown') return [];
  const service = cluster.get('Service', namespace, name);
  const ref = { kind: 'Service', namespace, name };
  const takes = (other: Scalar): boolean => {
    const found = cluster.get('Service', namespace, String(other));
    return found !== undefined && servesPort(found, port);
  };
  if (service === undefined) {
    const near = cluster
      .list('Service', namespace)
      .filter((other) => takes(other.metadata.name) && isNear(name, other.metadata.name));
    return [
      {
        cause: 'backend-missing',
        says: prose`sends ${traffic} to ${describeRef(ref)}, which does not exist`,
        at: { object: owner, field: nameField },
        value: name,
        isFine: takes,
        near: near.length === 1 ? near[0]!.metadata.name : null,
        missing: ref,
        advice: prose`Create ${describeRef(ref)}, or name one that is there: kubectl get services -n ${namespace ?? ''}`,
      },
    ];
  }
  if (port === null || servesPort(service, port)) return [];
  const ports = servicePortsOf(service);
  const shown = ports.map(({ number, name: called }) =>
    called === null ? String(number) : `${number} (${called})`,
  );
  const [only] = ports;
  const value = typeof port === 'string' && only?.name != null ? only.name : (only?.number ?? null);
  return [
    {
      cause: 'backend-port-missing',
      says: prose`sends ${traffic} to port ${port} of ${describeRef(ref)}, which has ${listed(shown)}`,
      at: { object: owner, field: portField },
      value: port,
      isFine: (other) =>
        (typeof other === 'string' || typeof other === 'number') && servesPort(service, other),
      near: ports.length === 1 && typeof value === typeof port ? value : null,
      missing: null,
      service: refOf(service),
      advice: prose`Name a port of the Service: ${listed(shown)}.`,
    },
  ];
}

export function servesPort(service: KubernetesObject, port: string | number | null): boolean {
  const ports = servicePortsOf(service);
  return (
    port === null || ports.length === 0 || ports.some(({ number, name }) => number === port || name === port)
  );
}

function isNear(name: string, other: string): boolean {
  const bare = (text: string) => text.replace(/-?(?:svc|service)$/, '');
  return relationOf(name, other, []) === 'spelling' || bare(name) === bare(other);
}
