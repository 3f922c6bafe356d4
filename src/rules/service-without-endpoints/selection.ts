import { isRecord, recordAt, recordsOf } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';

type Labels = Readonly<Record<string, unknown>>;

/** The pods of a Service, or the pods of the application that its selector nearly fits. */
export type Selection =
  | { readonly kind: 'fits'; readonly pods: readonly ClusterObject[] }
  | { readonly kind: 'none'; readonly near: readonly ClusterObject[]; readonly wrong: readonly WrongEntry[] };

/** An entry of the selector that none of the near pods has. */
export interface WrongEntry {
  readonly key: string;
  readonly value: string;
  /** What the near pods have under this key. */
  readonly has: readonly string[];
}

/** Null where the Service selects nothing, where pods would fit but do not run now, and where no pod is near. */
export function selectedBy(cluster: ClusterState, service: ClusterObject): Selection | null {
  const selector = recordAt(service, 'spec')['selector'];
  const isPlain =
    isRecord(selector) &&
    Object.keys(selector).length > 0 &&
    recordAt(service, 'spec')['type'] !== 'ExternalName';
  if (!isPlain || service.metadata.deletionTimestamp !== undefined) return null;
  const namespace = service.metadata.namespace ?? null;
  const byLabel = podsByLabel(cluster);
  const having = ([key, value]: readonly [string, unknown]) =>
    byLabel.get(labelId(namespace, key, value)) ?? [];
  const entries = Object.entries(selector);
  const fewest = entries.map(having).reduce((least, pods) => (pods.length < least.length ? pods : least));
  const pods = fewest.filter((pod) => fits(selector, pod.metadata.labels));
  if (pods.length > 0) return { kind: 'fits', pods };
  const near = nearPods(service, entries, having, byLabel);
  const wrong = entries
    .filter(([key, value]) => near.every((pod) => pod.metadata.labels?.[key] !== value))
    .map(([key, value]) => ({
      key,
      value: String(value),
      has: [...new Set(near.flatMap((pod) => pod.metadata.labels?.[key] ?? []))],
    }));
  const isKnown = near.length > 0 && wrong.length > 0 && cluster.presence('Pod', namespace, '') !== 'unknown';
  return isKnown && !mayFit(cluster, service, selector) ? { kind: 'none', near, wrong } : null;
}

const byState = new WeakMap<ClusterState, ReadonlyMap<string, readonly ClusterObject[]>>();

/** Pods that stay, by namespace and each of their labels: many Services still read every pod only once. */
function podsByLabel(cluster: ClusterState): ReadonlyMap<string, readonly ClusterObject[]> {
  const known = byState.get(cluster);
  if (known) return known;
  const found = new Map<string, ClusterObject[]>();
  for (const pod of cluster.list('Pod')) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const id = labelId(pod.metadata.namespace ?? null, key, value);
      found.set(id, [...(found.get(id) ?? []), pod]);
    }
  }
  byState.set(cluster, found);
  return found;
}

function labelId(namespace: string | null, key: string, value: unknown): string {
  return `${namespace} ${key}=${String(value)}`;
}

function fits(selector: Labels, labels: Labels | undefined): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

/** Labels that say which application a pod belongs to; sharing a tier or a team makes no near fit. */
const IDENTIFYING = /(^|[/.])(app|application|name|k8s-app|component|service|instance)$/;
const IDENTIFYING_KEYS = [
  'app',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'k8s-app',
  'name',
  'application',
  'service',
];

/** Pods that have an identifying label of the selector, or its value under another identifying key, or the Service's name for one. */
function nearPods(
  { metadata: { name, namespace } }: ClusterObject,
  entries: readonly (readonly [string, unknown])[],
  having: (entry: readonly [string, unknown]) => readonly ClusterObject[],
  byLabel: ReadonlyMap<string, readonly ClusterObject[]>,
): readonly ClusterObject[] {
  const identifying = entries.filter(([key]) => IDENTIFYING.test(key));
  const own = identifying.flatMap(having);
  if (own.length > 0) return [...new Set(own)];
  const named = [...identifying.map(([, value]) => value), name];
  return [
    ...new Set(
      named.flatMap((value) =>
        IDENTIFYING_KEYS.flatMap((key) => byLabel.get(labelId(namespace ?? null, key, value)) ?? []),
      ),
    ),
  ];
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout', 'Job', 'CronJob'];

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
    WORKLOADS.flatMap((kind) => cluster.list(kind, namespace)).some((workload) =>
      fits(selector, templateLabels(workload)),
    )
  );
}

/** Empty for a workload that says nothing about its pods. */
function templateLabels(workload: ClusterObject): Labels {
  const spec = recordAt(
    workload,
    ...(workload.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec'] : ['spec']),
  );
  return recordAt(spec, 'template', 'metadata', 'labels');
}
