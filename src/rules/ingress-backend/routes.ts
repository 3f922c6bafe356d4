import { conditionsIn } from '../../facts/observations.ts';
import { describeRef, recordAt, recordsOf, refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { inBrackets, prose, saying, type Prose } from '../../untrusted/prose.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { brokenBackend, type Backend } from './backends.ts';
import type { BrokenReference } from './broken-reference.ts';
import { brokenSecret, isOfGroup } from './ingress.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** Routes of the Gateway API: https://gateway-api.sigs.k8s.io/reference/spec/ */
export function brokenInRoute(cluster: ClusterState, route: ClusterObject): readonly BrokenReference[] {
  if (!isOfGroup(route, GATEWAY_API)) return [];
  const owner = refOf(route);
  const hosts = (recordAt(route, 'spec')['hostnames'] as readonly unknown[] | undefined) ?? ['*'];
  const backends = recordsOf(recordAt(route, 'spec')['rules']).flatMap((rule, index) =>
    recordsOf(rule['backendRefs']).flatMap((backend, at) =>
      backendRef(
        owner,
        backend,
        `spec.rules[${index}].backendRefs[${at}]`,
        prose`${String(hosts[0])} (rule ${index + 1})`,
      ),
    ),
  );
  const found = [
    ...brokenParents(cluster, route),
    ...backends.flatMap((backend) => brokenBackend(cluster, backend)),
    ...backends.flatMap((backend) => notGranted(cluster, owner, backend)),
  ];
  return found.length > 0 ? found : rejectedBy(route);
}

function backendRef(
  owner: ObjectRef,
  { kind = 'Service', group = '', name, namespace, port }: Readonly<Record<string, unknown>>,
  path: string,
  traffic: Prose,
): readonly Backend[] {
  if (kind !== 'Service' || group !== '' || typeof name !== 'string') return [];
  return [
    {
      owner,
      namespace: typeof namespace === 'string' ? namespace : owner.namespace,
      name,
      nameField: `${path}.name`,
      port: typeof port === 'number' ? port : null,
      portField: `${path}.port`,
      traffic,
    },
  ];
}

function brokenParents(cluster: ClusterState, route: ClusterObject): readonly BrokenReference[] {
  const owner = refOf(route);
  return recordsOf(recordAt(route, 'spec')['parentRefs']).flatMap(
    (parent, index): readonly BrokenReference[] => {
      const { kind = 'Gateway', group = GATEWAY_API, name, namespace: own } = parent;
      if (kind !== 'Gateway' || group !== GATEWAY_API || typeof name !== 'string') return [];
      const namespace = typeof own === 'string' ? own : owner.namespace;
      if (cluster.presence('Gateway', namespace, name) !== 'absent') return [];
      const gateways = cluster.list('Gateway', namespace).filter((one) => isOfGroup(one, GATEWAY_API));
      const names = gateways.map(({ metadata }) => metadata.name);
      const near = names.filter((other) => relationOf(name, other, []) !== null);
      const ref = { kind: 'Gateway', namespace, name };
      return [
        {
          cause: 'parent-missing',
          says: prose`is attached to ${describeRef(ref)}, which does not exist, so nothing serves it`,
          at: { object: owner, field: `spec.parentRefs[${index}].name` },
          value: name,
          isFine: (value) => typeof value === 'string' && names.includes(value),
          near: near.length === 1 ? near[0]! : null,
          missing: ref,
          advice: prose`Attach it to a Gateway that is there: kubectl get gateways -n ${namespace ?? ''}`,
        },
      ];
    },
  );
}

/** https://gateway-api.sigs.k8s.io/api-types/referencegrant/ */
function notGranted(cluster: ClusterState, owner: ObjectRef, backend: Backend): readonly BrokenReference[] {
  const { namespace, name, nameField } = backend;
  if (namespace === owner.namespace || !cluster.isRecorded('ReferenceGrant', namespace)) return [];
  const isGranted = cluster.list('ReferenceGrant', namespace).some((grant) => {
    const { from, to } = recordAt(grant, 'spec');
    return (
      recordsOf(from).some((one) => one['kind'] === owner.kind && one['namespace'] === owner.namespace) &&
      recordsOf(to).some((one) => one['kind'] === 'Service' && (one['name'] ?? name) === name)
    );
  });
  if (isGranted) return [];
  return [
    {
      cause: 'reference-not-granted',
      says: prose`sends traffic to Service ${namespace ?? ''}/${name}, and no ReferenceGrant of namespace ${namespace ?? ''} lets it`,
      at: { object: owner, field: nameField },
      value: name,
      isFine: () => false,
      near: null,
      missing: null,
      advice: prose`Let the owner of namespace ${namespace ?? ''} write a ReferenceGrant from ${owner.kind}s of ${owner.namespace ?? ''} to Service ${name}.`,
    },
  ];
}

/** What the controller says of a route that it does not serve, in words of its own. */
function rejectedBy(route: ClusterObject): readonly BrokenReference[] {
  const parents = recordsOf(recordAt(route, 'status')['parents']);
  for (const parent of parents) {
    const condition = conditionsIn({ ...route, status: parent }).find(
      ({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status === 'False',
    );
    if (!condition) continue;
    const { name } = recordAt(parent, 'parentRef');
    return [
      rejected(
        refOf(route),
        'spec.parentRefs[0].name',
        prose`is not served by Gateway ${String(name ?? '')}: ${condition.type} is False${inBrackets(condition.reason)}${saying(condition.message)}`,
      ),
    ];
  }
  return [];
}

function rejected(object: ObjectRef, field: string, says: Prose): BrokenReference {
  return {
    cause: 'rejected',
    says,
    at: { object, field },
    value: null,
    isFine: () => false,
    near: null,
    missing: null,
    advice: prose`Act on what the condition says: kubectl describe ${object.kind.toLowerCase()} ${object.name} -n ${object.namespace ?? ''}`,
  };
}

export function brokenInGateway(cluster: ClusterState, gateway: ClusterObject): readonly BrokenReference[] {
  if (!isOfGroup(gateway, GATEWAY_API)) return [];
  const owner = refOf(gateway);
  const certificates = recordsOf(recordAt(gateway, 'spec')['listeners']).flatMap((listener, index) =>
    recordsOf(recordAt(listener, 'tls')['certificateRefs']).flatMap(
      ({ kind = 'Secret', name, namespace }, at) =>
        kind === 'Secret' &&
        Object.keys(gateway.metadata.annotations ?? {}).every((key) => !key.startsWith('cert-manager.io/'))
          ? brokenSecret(cluster, name, typeof namespace === 'string' ? namespace : owner.namespace, {
              object: owner,
              field: `spec.listeners[${index}].tls.certificateRefs[${at}].name`,
            })
          : [],
    ),
  );
  const found = [...brokenGatewayClass(cluster, gateway), ...certificates];
  if (found.length > 0) return found;
  const condition = conditionsIn(gateway).find(
    ({ type, status, reason }) =>
      (type === 'Accepted' || type === 'Programmed') && status === 'False' && reason !== 'Pending',
  );
  return condition
    ? [
        rejected(
          owner,
          'spec.gatewayClassName',
          prose`serves nothing: its condition ${condition.type} is False${inBrackets(condition.reason)}${saying(condition.message)}`,
        ),
      ]
    : [];
}

function brokenGatewayClass(cluster: ClusterState, gateway: ClusterObject): readonly BrokenReference[] {
  const name = recordAt(gateway, 'spec')['gatewayClassName'];
  if (typeof name !== 'string' || cluster.presence('GatewayClass', null, name) !== 'absent') return [];
  const classes = cluster.list('GatewayClass').map(({ metadata }) => metadata.name);
  const near = classes.filter((other) => relationOf(name, other, []) !== null);
  return [
    {
      cause: 'class-missing',
      says: prose`asks for GatewayClass ${name}, which does not exist, so no controller serves it`,
      at: { object: refOf(gateway), field: 'spec.gatewayClassName' },
      value: name,
      isFine: (value) => typeof value === 'string' && classes.includes(value),
      near: near.length === 1 ? near[0]! : null,
      missing: { kind: 'GatewayClass', namespace: null, name },
      advice: prose`Name a class that is there (kubectl get gatewayclasses), or install the controller of ${name}.`,
    },
  ];
}
