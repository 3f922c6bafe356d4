import {
  groupOf,
  isRecord,
  recordAt,
  refOf,
  type KubernetesObject,
  type ObjectRef,
  type OwnerReference,
} from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterState, Owner } from '../model/cluster-state.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { kindKey } from './kind-key.ts';

export type Known = Pick<ClusterState, 'get' | 'byUid' | 'presence'>;

/** The topmost owners of objects; each object is climbed from once. */
export function ownersIn(cluster: Known): ClusterState['ownerOf'] {
  const owners = new Map<KubernetesObject, Owner>();
  return (object) => {
    const cached = owners.get(object);
    if (cached) return cached;
    const owner = climb(maskedObject(object), cluster);
    owners.set(object, owner);
    return owner;
  };
}

/** Climbs from an object to its topmost owner. */
export function climb(start: ClusterObject, cluster: Known): Owner {
  const chain: ObjectRef[] = [refOf(start)];
  const visited = new Set([start]);
  let here = start;
  for (;;) {
    const reference = controllerOf(here);
    if (reference === undefined) {
      const source = templateSource(here, cluster);
      if (source === undefined || visited.has(source)) return { ref: chain.at(-1)!, object: here, chain };
      chain.push(refOf(source));
      visited.add(source);
      here = source;
      continue;
    }
    const next = ownerNamed(here, reference, cluster);
    if (next && visited.has(next)) return { ref: chain.at(-1)!, object: here, chain };
    chain.push(next ? refOf(next) : missingOwnerRef(here, reference));
    if (next) {
      visited.add(next);
      here = next;
      continue;
    }
    const deployment = deploymentBehind(here, reference, cluster);
    if (deployment === undefined || visited.has(deployment))
      return { ref: chain.at(-1)!, object: undefined, chain };
    chain.push(refOf(deployment));
    visited.add(deployment);
    here = deployment;
  }
}

/** The object that an owner reference of `object` names; another object of that name (it was recreated) is not it. */
function ownerNamed(
  object: KubernetesObject,
  owner: OwnerReference,
  cluster: Known,
): ClusterObject | undefined {
  const kind = kindKey(owner.apiVersion, owner.kind);
  const known = owner.uid === undefined ? undefined : cluster.byUid(owner.uid);
  if (known && kindKey(known.apiVersion, known.kind) === kind) return known;
  const named =
    cluster.get(kind, object.metadata.namespace ?? null, owner.name) ?? cluster.get(kind, null, owner.name);
  return named?.metadata.uid !== undefined && owner.uid !== undefined && named.metadata.uid !== owner.uid
    ? undefined
    : named;
}

/**
 * The Deployment of a pod whose ReplicaSet was not recorded. The controller names a ReplicaSet
 * `<deployment>-<pod-template-hash>` and gives its pods that hash as a label, so both have to agree, and the selector too.
 */
function deploymentBehind(
  pod: KubernetesObject,
  reference: OwnerReference,
  cluster: Known,
): ClusterObject | undefined {
  const hash = pod.metadata.labels?.['pod-template-hash'];
  const namespace = pod.metadata.namespace ?? null;
  if (reference.kind !== 'ReplicaSet' || !hash || !reference.name.endsWith(`-${hash}`)) return undefined;
  if (cluster.presence('ReplicaSet', namespace, reference.name) !== 'unknown') return undefined;
  const deployment = cluster.get('Deployment', namespace, reference.name.slice(0, -hash.length - 1));
  return deployment && selects(deployment, pod) ? deployment : undefined;
}

/** The Deployment that an Argo Rollout takes its template from, where it names one instead of having its own. */
function templateSource(object: KubernetesObject, cluster: Known): ClusterObject | undefined {
  if (object.kind !== 'Rollout' || groupOf(object.apiVersion) !== 'argoproj.io') return undefined;
  const { apiVersion, kind, name } = recordAt(object, 'spec', 'workloadRef');
  if (kind !== 'Deployment' || typeof name !== 'string' || groupOf(String(apiVersion)) !== 'apps')
    return undefined;
  return cluster.get('Deployment', object.metadata.namespace ?? null, name);
}

/**
 * The owner to climb to: the managing controller, else the first that is named. A static pod names its node, which does
 * not make it: such a pod is its own top. Nor does an owner that has no template and only keeps things together or copies them.
 */
function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  const references: unknown = object.metadata.ownerReferences;
  if (!Array.isArray(references)) return undefined;
  const owners = references
    .filter(isOwnerReference)
    .filter(({ kind }) => kind !== 'Node' && kind !== 'Namespace')
    .filter(({ apiVersion }) => !MAKES_NO_TEMPLATE.has(groupOf(apiVersion)));
  return owners.find((owner) => owner.controller === true) ?? owners[0];
}

/** Flagger's Canary owns a copy of a Deployment, with its template; SIG Apps' Application owns what a person applied. */
const MAKES_NO_TEMPLATE: ReadonlySet<string> = new Set(['flagger.app', 'app.k8s.io']);

function isOwnerReference(value: unknown): value is OwnerReference {
  return (
    isRecord(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    typeof value['name'] === 'string'
  );
}

function missingOwnerRef(object: KubernetesObject, { apiVersion, kind, name }: OwnerReference): ObjectRef {
  return { apiVersion, kind, namespace: object.metadata.namespace ?? null, name };
}

function selects(deployment: KubernetesObject, pod: KubernetesObject): boolean {
  const spec = deployment['spec'];
  const selector = isRecord(spec) && isRecord(spec['selector']) ? spec['selector']['matchLabels'] : undefined;
  if (!isRecord(selector)) return false;
  return Object.entries(selector).every(([label, value]) => pod.metadata.labels?.[label] === value);
}
