import { describeRef, objectKey, recordAt, recordsOf, type ObjectRef } from '../kubernetes/objects.ts';
import { mayHaveNamespace } from '../kubernetes/scope.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { AlertNames, NamedObject } from '../model/received-alert.ts';
import { EXPECTED_LABELS } from './names.ts';

/** What an alert is about, in the cluster as it is now: the topmost owners of what it names, or why there are none. */
export type FoundObjects =
  | { readonly kind: 'found'; readonly objects: readonly ObjectRef[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** The first of the named objects that the cluster has, and all that are named beside. A pod that was replaced stands for its workload. */
export function findObjects({ objects, also }: AlertNames, state: ClusterState): FoundObjects {
  const first = objects.map((named) => found(named, state)).find((one) => one !== null) ?? null;
  const others = also.flatMap((named) => found(named, state) ?? []);
  const all = [...(first === null ? [] : [first]), ...others];
  if (all.length === 0) return { kind: 'unknown', why: whyUnknown([...objects, ...also][0], state) };
  const about = all.flatMap((one) => [state.ownerOf(one).ref, ...resourcesOf(one)]);
  return { kind: 'found', objects: [...new Map(about.map((ref) => [objectKey(ref), ref])).values()] };
}

/** The named object; for a pod that there is no more, what made it. */
function found(named: NamedObject, state: ClusterState): ClusterObject | null {
  return objectNamed(named, state) ?? (named.kind === 'Pod' ? workloadOfPod(named, state) : null);
}

function objectNamed({ kind, namespace, name }: NamedObject, state: ClusterState): ClusterObject | null {
  if (!mayHaveNamespace(kind)) return state.get(kind, null, name) ?? null;
  if (namespace !== null) return state.get(kind, namespace, name) ?? null;
  // Without a namespace, only one of that name can be meant.
  const [only, other] = state.list(kind).filter(({ metadata }) => metadata.name === name);
  return only && !other ? only : null;
}

/** `cart-7d9f8b6c5-x2x4z` is made of a ReplicaSet's name or a Deployment's with its hash, `db-0` of a StatefulSet's. */
function workloadOfPod({ namespace, name }: NamedObject, state: ClusterState): ClusterObject | null {
  const [, base] = /^(.+)-[a-z0-9]{5}$/.exec(name) ?? [];
  const [, deployment] = /^(.+)-[a-z0-9]{6,10}$/.exec(base ?? '') ?? [];
  const [, set] = /^(.+)-\d{1,4}$/.exec(name) ?? [];
  const owners: readonly (readonly [string, string | undefined])[] = [
    ['ReplicaSet', base],
    ['Deployment', deployment],
    ['Rollout', deployment],
    ['DaemonSet', base],
    ['Job', base],
    ['StatefulSet', set],
  ];
  for (const [kind, owner] of owners) {
    const made = owner === undefined ? null : objectNamed({ kind, namespace, name: owner }, state);
    if (made) return made;
  }
  return null;
}

/** The resources of an Argo CD Application that are not healthy, as far as it says which are. */
function resourcesOf({ kind, ...application }: ClusterObject): readonly ObjectRef[] {
  if (kind !== 'Application') return [];
  return recordsOf(recordAt(application, 'status')['resources'])
    .filter((resource) => UNHEALTHY.has(String(recordAt(resource, 'health')['status'])))
    .map(({ group, version, kind: of, namespace, name }) => ({
      apiVersion: group ? `${String(group)}/${String(version)}` : String(version),
      kind: String(of),
      namespace: typeof namespace === 'string' && namespace !== '' ? namespace : null,
      name: String(name),
    }));
}

const UNHEALTHY = new Set(['Degraded', 'Missing', 'Progressing']);

function whyUnknown(named: NamedObject | undefined, state: ClusterState): string {
  if (named === undefined) return `the alert names no object; expected labels: ${EXPECTED_LABELS}`;
  const { kind, namespace, name } = named;
  if (namespace === null && mayHaveNamespace(kind)) {
    const many = state.list(kind).filter(({ metadata }) => metadata.name === name).length > 1;
    return many
      ? `several namespaces of cluster ${state.name} have a ${kind} ${name}; expected a label namespace`
      : `cluster ${state.name} has no ${kind} ${name} that Faultline can see, and the alert has no label namespace`;
  }
  const presence = state.presence(kind, namespace, name);
  if (presence === 'unknown')
    return `Faultline does not read ${kind} ${namespace === null ? 'objects' : `objects in namespace ${namespace}`} of cluster ${state.name}`;
  if (presence === 'present')
    return `${describeRef(named)} of cluster ${state.name} is malformed, so Faultline knows nothing of it but its name`;
  return `cluster ${state.name} has no ${describeRef(named)}`;
}
