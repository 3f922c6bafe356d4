import { relationOf } from '../../witnesses/near-name.ts';
import { fits, POD_MAKERS, podsWith, selectorOf, templateLabels, type Labels } from '../../facts/services.ts';
import { recordsOf, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';

/** A selector that fits no pod. */
export interface NoPods {
  readonly kind: 'none';
  readonly selector: Labels;
  /** Pods of the application that it nearly fits; none where only history could tell which pods are meant. */
  readonly near: readonly ClusterObject[];
  readonly wrong: readonly WrongEntry[];
}

/** The pods of a Service, or the pods of the application that its selector nearly fits. */
export type Selection = { readonly kind: 'fits'; readonly pods: readonly ClusterObject[] } | NoPods;

/** An entry of the selector that none of the near pods has. */
export interface WrongEntry {
  readonly key: string;
  readonly value: string;
  /** What the near pods have under this key. */
  readonly has: readonly string[];
}

/** Null where the Service selects nothing, where pods would fit but do not run now, and where the pods of its namespace are not recorded. */
export function selectedBy(cluster: ClusterState, service: ClusterObject): Selection | null {
  const selector = selectorOf(service);
  if (selector === null) return null;
  const namespace = service.metadata.namespace ?? null;
  const pods = podsWith(cluster, namespace, selector);
  if (pods.length > 0) return { kind: 'fits', pods };
  const isKnown = cluster.presence('Pod', namespace, '') !== 'unknown';
  if (!isKnown || mayFit(cluster, service, selector)) return null;
  const near = nearPods(cluster, service, selector);
  const wrong = Object.entries(selector)
    .filter(([key, value]) => near.every((pod) => pod.metadata.labels?.[key] !== value))
    .map(([key, value]) => ({
      key,
      value: String(value),
      has: [...new Set(near.flatMap((pod) => pod.metadata.labels?.[key] ?? []))],
    }));
  return wrong.length > 0 ? { kind: 'none', selector, near, wrong } : null;
}

/** Labels that say which application a pod belongs to; sharing a tier or a team makes no near fit. */
const IDENTIFYING = /(^|[/.])(app|application|name|k8s-app|component|service|instance)$/;

export const IDENTIFYING_KEYS: readonly string[] = [
  'app',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/component',
  'k8s-app',
  'name',
  'application',
  'component',
  'service',
];

export function isIdentifying(key: string): boolean {
  return IDENTIFYING.test(key);
}

/**
 * Pods that have an identifying label of the selector; else those with its value, or the Service's name, under another identifying key; else
 * those whose identifying label is spelt nearly so.
 */
function nearPods(cluster: ClusterState, service: ClusterObject, selector: Labels): readonly ClusterObject[] {
  const { name, namespace } = refOf(service);
  const identifying = Object.entries(selector).filter(([key]) => isIdentifying(key));
  const labelled = (key: string, value: unknown) => podsWith(cluster, namespace, { [key]: value });
  const own = identifying.flatMap(([key, value]) => labelled(key, value));
  if (own.length > 0) return [...new Set(own)];
  const named = [...identifying.map(([, value]) => value), name];
  const alike = named.flatMap((value) => IDENTIFYING_KEYS.flatMap((key) => labelled(key, value)));
  if (alike.length > 0) return [...new Set(alike)];
  return cluster
    .list('Pod', namespace)
    .filter(({ metadata: { labels, deletionTimestamp } }) =>
      identifying.some(
        ([key, value]) =>
          deletionTimestamp === undefined &&
          relationOf(String(value), labels?.[key] ?? '', []) === 'spelling',
      ),
    );
}

/** Workloads whose pods would fit, but that have none now, are no mismatch; nor is a Service that has endpoints all the same. */
function mayFit(cluster: ClusterState, service: ClusterObject, selector: Labels): boolean {
  const namespace = service.metadata.namespace ?? null;
  const hasEndpoints = cluster
    .list('EndpointSlice', namespace)
    .some(
      (slice) =>
        slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name &&
        recordsOf(slice['endpoints']).length > 0,
    );
  return (
    hasEndpoints ||
    POD_MAKERS.flatMap((kind) => cluster.list(kind, namespace)).some((workload) =>
      fits(selector, templateLabels(workload)),
    )
  );
}
