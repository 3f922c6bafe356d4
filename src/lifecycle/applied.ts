/**
 * Whether a merged change has reached the cluster. The live value of the changed fields says it best; where the object is not to
 * be seen (a ConfigMap whose name has a new hash), what applies it says which revision it has applied:
 *
 * - Argo CD: `status.sync.revision` and `status.operationState.syncResult.revision` of the Application that lists the object in
 *   `status.resources` (https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml);
 * - Flux: `status.lastAppliedRevision` of the Kustomization that lists it in `status.inventory.entries`, as
 *   `<namespace>_<name>_<group>_<kind>` (https://fluxcd.io/flux/components/kustomize/kustomizations/#inventory).
 */
import type { ClusterState } from '../model/cluster-state.ts';
import { fieldNamed, getField } from '../kubernetes/field-path.ts';
import {
  groupOf,
  recordAt,
  recordsOf,
  refOf,
  sameObject,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import type { Marker } from '../pull-requests/marker.ts';
import type { WatchedField } from '../pull-requests/marker-details.ts';
import { valueHash } from '../pull-requests/watched.ts';
import type { Observation } from './verification.ts';

export type Applied = Observation['applied'];

/** What the live values say, all of them together. */
export function appliedByValues(
  cluster: ClusterState,
  { objects = [], watch = [] }: Pick<Marker, 'objects' | 'watch'>,
): Applied {
  const states = watch.map((watched) => {
    const object = objects[watched.object];
    const live = object && liveObject(cluster, object);
    return live ? stateOf(live, watched) : 'unknown';
  });
  if (states.length === 0 || states.includes('unknown')) return 'unknown';
  if (states.includes('other')) return 'other';
  return states.includes('no') ? 'no' : 'yes';
}

function stateOf(live: KubernetesObject, { field, before, after }: WatchedField): Applied {
  const name = fieldNamed(field);
  const now = valueHash(name, getField(live, name.path));
  return now === after ? 'yes' : now === before ? 'no' : 'other';
}

function liveObject(cluster: ClusterState, ref: ObjectRef): KubernetesObject | undefined {
  return cluster.list(ref.kind, ref.namespace).find((object) => sameObject(refOf(object), ref));
}

/** Revisions that a controller says it has applied for any of the objects: commits, without Flux's branch before them. */
export function appliedRevisions(
  cluster: ClusterState,
  { objects = [] }: Pick<Marker, 'objects'>,
): readonly string[] {
  const applications = cluster
    .list('Application')
    .filter((application) => objects.some((object) => listsForArgo(application, object)));
  const kustomizations = cluster
    .list('Kustomization')
    .filter((kustomization) => objects.some((object) => listsForFlux(kustomization, object)));
  const revisions = [
    ...applications.map((one) => recordAt(one, 'status', 'sync')['revision']),
    ...applications.map((one) => recordAt(one, 'status', 'operationState', 'syncResult')['revision']),
    ...kustomizations.map((one) => recordAt(one, 'status')['lastAppliedRevision']),
  ];
  const commits = revisions
    .filter((revision) => typeof revision === 'string')
    .map((revision) => /(?:^|[:/])([0-9a-f]{40})$/.exec(revision)?.[1]);
  return [...new Set(commits.filter((commit) => commit !== undefined))];
}

function listsForArgo(application: KubernetesObject, object: ObjectRef): boolean {
  return recordsOf(recordAt(application, 'status')['resources']).some(
    ({ group = '', kind, namespace = null, name }) =>
      group === groupOf(object.apiVersion) &&
      kind === object.kind &&
      (namespace === object.namespace || namespace === '') &&
      name === object.name,
  );
}

function listsForFlux(kustomization: KubernetesObject, object: ObjectRef): boolean {
  const { namespace, name, apiVersion, kind } = object;
  const id = `${namespace ?? ''}_${name}_${groupOf(apiVersion)}_${kind}`;
  return recordsOf(recordAt(kustomization, 'status', 'inventory')['entries']).some(
    (entry) => entry['id'] === id,
  );
}
