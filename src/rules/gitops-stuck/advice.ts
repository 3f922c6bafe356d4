import { waitsFor } from '../../facts/links.ts';
import { refusedObject } from '../../facts/refused-object.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { listed, prose, type Prose } from '../../untrusted/prose.ts';
import type { GitopsCause } from './causes.ts';
import { placesOf, type Complaint } from './complaint.ts';

/** What a person can run or change, with the names that the cause has. */
export function adviceFor(
  cause: GitopsCause,
  cluster: ClusterState,
  object: ClusterObject,
  { message, behind }: Complaint,
): Prose {
  const { name, namespace = '' } = object.metadata;
  const [place] = placesOf(cluster, object);
  const others = [...behind, ...waitsFor(cluster, refOf(object))].map(describeRef);
  const refused = refusedObject(message, namespace);
  switch (cause) {
    case 'file-missing':
      return prose`Add the file that the message names, or take its entry out of the kustomization.`;
    case 'path-missing':
      return prose`Correct ${place?.field ?? 'the path'}, or put the folder back.`;
    case 'revision-missing':
      return prose`Name a version, tag or branch that the source has: flux get sources all -A, helm search repo --versions, or git ls-remote.`;
    case 'source-missing':
    case 'values-missing':
    case 'dependency-missing':
      return prose`Create what it names, or name one that exists.`;
    case 'duplicate-resource':
      return prose`Take one of the two out of the kustomization: each kind, name and namespace may stand there once.`;
    case 'owned-by-another':
      return prose`Let one of them have the object: remove it from the other, or change its owner with helm's --take-ownership once that is meant.`;
    case 'values-invalid':
      return prose`Correct the value that the message names: helm show values of this chart version lists what it takes.`;
    case 'removed-api':
    case 'no-matches-for-kind':
      return ofMissingKind(message);
    case 'field-immutable':
      return prose`Go back to the value that the cluster has, or delete the object so that it is recreated: what it serves is down meanwhile.`;
    case 'exceeded-quota':
      return prose`Ask for less, or have the quota raised by the owner of the namespace: kubectl describe quota -n ${refused?.namespace ?? namespace}`;
    case 'webhook-denied':
      return prose`Change the object as the message asks, or ask the owner of the policy for an exception.`;
    case 'namespace-missing':
      return object.kind === 'Application'
        ? prose`Create the namespace, or set syncOptions: [CreateNamespace=true] in the Application.`
        : prose`Create the namespace in what is applied before, or in this folder.`;
    case 'not-permitted':
      return prose`Have the owner of the AppProject permit it, or use a source and destination that it permits: kubectl get appproject -n ${namespace} -o yaml`;
    case 'forbidden':
      return prose`Whether the controller's service account is meant to have what the message names is for the owner of the cluster to say.`;
    case 'dependency-not-ready':
      return others.length === 0
        ? prose`Repair what it depends on first.`
        : prose`Repair what it depends on first: ${listed(others)}.`;
    case 'hook-failed':
      return behind.length === 0
        ? prose`Repair the hook's Job: kubectl get jobs -n ${namespace}. Whether it may run again is for a person to say.`
        : prose`Repair ${listed(behind.map(describeRef))}. Whether it may run again is for a person to say.`;
    case 'health-check-failed':
      return behind.length === 0
        ? prose`See which of its objects is not ready: flux tree, or helm status, names them.`
        : prose`Repair ${listed(behind.map(describeRef))}: it was applied and does not become ready.`;
    case 'object-invalid':
      return prose`Correct the field that the message names.`;
    case 'decryption-failed':
      return prose`Give the controller the key that the file was encrypted with (spec.decryption), or encrypt it again for the key that it has.`;
    case 'release-locked':
      return prose`helm history ${name} -n ${namespace} shows the operation that was cut off; roll back to the last that was deployed, or delete the Secret of the pending revision.`;
    case 'source-unavailable':
      return prose`Check that the address answers and the credentials of the source are valid: kubectl describe ${object.kind.toLowerCase()} ${name} -n ${namespace}`;
    case 'build-failed':
      return prose`Render ${place?.path ?? 'it'} yourself at the same revision (kustomize build, helm template): it stops at the same place.`;
    case 'release-failed':
      return prose`helm history ${name} -n ${namespace} shows what the last upgrade said; then flux reconcile helmrelease ${name} -n ${namespace} --force`;
    case 'not-ready':
      return prose`kubectl describe ${object.kind.toLowerCase()} ${name} -n ${namespace} shows its events.`;
  }
}

function ofMissingKind(message: string): Prose {
  const [, kind, version] = /no matches for kind "([^"]+)" in version "([^"]+)"/.exec(message) ?? [];
  return kind === undefined || version === undefined
    ? prose`Install the CRD before what needs it, or use an apiVersion that the cluster serves: kubectl api-resources lists them.`
    : prose`Install the CRD of ${kind} (${version}) before what needs it, or use an apiVersion that the cluster serves: kubectl api-resources | grep ${kind}`;
}
