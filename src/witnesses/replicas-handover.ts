import { describeRef, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { prose, type Prose } from '../untrusted/prose.ts';

/**
 * What has to happen before `spec.replicas` leaves a manifest, so that the number does not fall to its default of 1. It depends on how the
 * manifest is applied.
 * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling
 */
export function handover(object: KubernetesObject | undefined, ref: ObjectRef): readonly Prose[] {
  const { annotations = {}, labels = {} } = object?.metadata ?? {};
  const name = `${ref.kind.toLowerCase()}/${ref.name}`;
  const namespace = ref.namespace ?? 'default';
  if (annotations['argocd.argoproj.io/tracking-id'] !== undefined)
    return [
      prose`Before the merge: give the Argo CD Application ignoreDifferences with jsonPointers /spec/replicas for ${describeRef(ref)} and the sync option RespectIgnoreDifferences=true.`,
      editLastApplied(name, namespace),
    ];
  if (
    labels['kustomize.toolkit.fluxcd.io/name'] !== undefined ||
    labels['helm.toolkit.fluxcd.io/name'] !== undefined
  )
    return [
      prose`Before the merge: let another field manager own spec.replicas of ${describeRef(ref)}, since Flux takes a field that it alone owns away: kubectl apply --server-side --field-manager=handover-to-hpa --validate=false with a manifest that has apiVersion, kind, name, namespace and spec.replicas only.`,
    ];
  return [editLastApplied(name, namespace)];
}

function editLastApplied(name: string, namespace: string): Prose {
  return prose`Right before the merge, where it is applied without server-side apply: kubectl apply edit-last-applied ${name} -n ${namespace}, and take spec.replicas out there.`;
}
