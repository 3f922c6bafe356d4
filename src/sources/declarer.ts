/**
 * What a GitOps controller says about where a live object comes from.
 *
 * Flux labels what it applies with the name and namespace of the Kustomization
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#labels-and-annotations). Argo CD tracks by the annotation
 * `argocd.argoproj.io/tracking-id`, `<application>:<group>/<kind>:<namespace>/<name>`, which counts only when it names this
 * very object, or by the label `app.kubernetes.io/instance`, which is also Helm's
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/).
 */
import type { ClusterState } from '../model/cluster-state.ts';
import { groupOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Plan, Unplanned } from './declarations/plan.ts';

/** The Argo CD or Flux object that an object says it comes from. */
export interface Declarer {
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease';
  readonly group: string;
  /** Null where the object does not tell. */
  readonly namespace: string | null;
  readonly name: string;
}

const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io';
const FLUX_HELM = 'helm.toolkit.fluxcd.io';
const ARGO = 'argoproj.io';

export function declarerOf(object: KubernetesObject): Declarer | null {
  const { labels = {}, annotations = {} } = object.metadata;
  for (const [kind, group] of [
    ['HelmRelease', FLUX_HELM],
    ['Kustomization', FLUX_KUSTOMIZE],
  ] as const) {
    const [name, namespace] = [labels[`${group}/name`], labels[`${group}/namespace`]];
    if (name !== undefined && namespace !== undefined) return { kind, group, namespace, name };
  }
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  const { kind, metadata, apiVersion } = object;
  const own = `:${groupOf(apiVersion)}/${kind}:${metadata.namespace ?? ''}/${metadata.name}`;
  const tracked = tracking?.endsWith(own) ? tracking.slice(0, -own.length) : undefined;
  const isHelms =
    labels['app.kubernetes.io/managed-by'] === 'Helm' || 'meta.helm.sh/release-name' in annotations;
  const name =
    tracked ?? (tracking === undefined && !isHelms ? labels['app.kubernetes.io/instance'] : undefined);
  if (name === undefined) return null;
  // `<namespace>_<name>` where Applications live in other namespaces than Argo CD's own.
  const [namespace, plain] = name.includes('_')
    ? [name.slice(0, name.indexOf('_')), name.slice(name.indexOf('_') + 1)]
    : [null, name];
  return { kind: 'Application', group: ARGO, namespace, name: plain };
}

export function isBy({ kind, namespace, name }: Declarer, { ref }: Plan | Unplanned): boolean {
  return (
    ref.kind === kind &&
    ref.name === name &&
    (namespace === null || ref.namespace === null || ref.namespace === namespace)
  );
}

export function liveDeclarer(
  cluster: ClusterState,
  { kind, group, namespace, name }: Declarer,
): KubernetesObject | null {
  const found = cluster
    .list(kind)
    .filter((one) => groupOf(one.apiVersion) === group && one.metadata.name === name)
    .filter((one) => namespace === null || one.metadata.namespace === namespace);
  return found.length === 1 ? found[0]! : null;
}

/** The Argo CD or Flux object that the cluster has the object from, as it lives there; null where none is known. */
export function declarerObject(object: KubernetesObject, cluster: ClusterState): KubernetesObject | null {
  const declarer = declarerOf(object);
  return declarer && liveDeclarer(cluster, declarer);
}
