import { groupOf, isRecord, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { writerOf } from '../../witnesses/writers.ts';
import { brokenBackend, type Backend } from './backends.ts';
import type { BrokenReference } from './broken-reference.ts';

/** https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export function brokenInIngress(cluster: ClusterState, ingress: ClusterObject): readonly BrokenReference[] {
  return [
    ...brokenClass(cluster, ingress),
    ...backendsOf(ingress).flatMap((backend) => brokenBackend(cluster, backend)),
    ...brokenCertificates(cluster, ingress),
  ];
}

/** The AWS controller takes such a backend from an annotation: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions */
const BY_ANNOTATION = 'use-annotation';

function backendsOf(ingress: ClusterObject): readonly Backend[] {
  const owner = refOf(ingress);
  const spec = recordAt(ingress, 'spec');
  const backendAt = (
    parent: unknown,
    key: string,
    path: string,
    traffic: Backend['traffic'],
  ): readonly Backend[] => {
    const { name, port } = recordAt(parent, key, 'service');
    if (typeof name !== 'string') return [];
    const { number, name: called } = recordAt({ port }, 'port');
    if (called === BY_ANNOTATION) return [];
    const isNumber = typeof number === 'number';
    return [
      {
        owner,
        namespace: owner.namespace,
        name,
        nameField: `${path}.service.name`,
        port: isNumber ? number : typeof called === 'string' ? called : null,
        portField: `${path}.service.port.${isNumber ? 'number' : 'name'}`,
        traffic,
      },
    ];
  };
  return [
    ...backendAt(spec, 'defaultBackend', 'spec.defaultBackend', prose`what no rule takes`),
    ...recordsOf(spec['rules']).flatMap((rule, index) =>
      recordsOf(recordAt(rule, 'http')['paths']).flatMap((path, at) =>
        backendAt(
          path,
          'backend',
          `spec.rules[${index}].http.paths[${at}].backend`,
          prose`${String(rule['host'] ?? '*')}${String(path['path'] ?? '/')}`,
        ),
      ),
    ),
  ];
}

/** A class of which the cluster has no object is nobody's, unless a controller took the Ingress all the same. */
function brokenClass(cluster: ClusterState, ingress: ClusterObject): readonly BrokenReference[] {
  const name = recordAt(ingress, 'spec')['ingressClassName'];
  const isTaken = recordsOf(recordAt(ingress, 'status', 'loadBalancer')['ingress']).length > 0;
  if (typeof name !== 'string' || isTaken || cluster.presence('IngressClass', null, name) !== 'absent')
    return [];
  const classes = cluster.list('IngressClass').map(({ metadata }) => metadata.name);
  const near = classes.filter((other) => relationOf(name, other, []) !== null);
  return [
    {
      cause: 'class-missing',
      says: prose`asks for IngressClass ${name}, which does not exist, so no controller serves it`,
      at: { object: refOf(ingress), field: 'spec.ingressClassName' },
      value: name,
      isFine: (value) => typeof value === 'string' && classes.includes(value),
      near: near.length === 1 ? near[0]! : classes.length === 1 ? classes[0]! : null,
      missing: { kind: 'IngressClass', namespace: null, name },
      advice: prose`Name a class that is there (kubectl get ingressclasses), or install the controller of ${name}.`,
    },
  ];
}

/** Annotations with which cert-manager writes the Secret: https://cert-manager.io/docs/usage/ingress/ */
const CERT_MANAGER =
  /^(?:cert-manager\.io\/(?:cluster-)?issuer|kubernetes\.io\/tls-acme|certmanager\.k8s\.io\/)/;

function brokenCertificates(cluster: ClusterState, ingress: ClusterObject): readonly BrokenReference[] {
  const ref = refOf(ingress);
  if (Object.keys(ingress.metadata.annotations ?? {}).some((key) => CERT_MANAGER.test(key))) return [];
  return recordsOf(recordAt(ingress, 'spec')['tls']).flatMap((tls, index) =>
    brokenSecret(cluster, tls['secretName'], ref.namespace, {
      object: ref,
      field: `spec.tls[${index}].secretName`,
    }),
  );
}

/** A Secret with a certificate that is not there and that nothing writes. */
export function brokenSecret(
  cluster: ClusterState,
  name: unknown,
  namespace: string | null,
  at: BrokenReference['at'],
): readonly BrokenReference[] {
  if (typeof name !== 'string' || cluster.presence('Secret', namespace, name) !== 'absent') return [];
  const missing = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  if (writerOf(cluster, missing)) return [];
  const secrets = cluster.list('Secret', namespace).filter(({ type }) => type === 'kubernetes.io/tls');
  const near = secrets.filter(({ metadata }) => relationOf(name, metadata.name, []) !== null);
  return [
    {
      cause: 'certificate-missing',
      says: prose`takes its certificate from Secret ${namespace ?? ''}/${name}, which does not exist: its hosts get the default certificate of the controller, or none`,
      at,
      value: name,
      isFine: (value) => secrets.some(({ metadata }) => metadata.name === value),
      near: near.length === 1 ? near[0]!.metadata.name : null,
      missing,
      advice: prose`Create Secret ${name} of type kubernetes.io/tls in namespace ${namespace ?? ''}, or name one that is there.`,
    },
  ];
}

export function isOfGroup(object: ClusterObject, group: string): boolean {
  return isRecord(object) && groupOf(object.apiVersion) === group;
}
