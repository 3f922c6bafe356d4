import type { ClusterState } from '../../model/cluster-state.ts';
import { isRecord, recordAt, recordsOf, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import { prose } from '../../untrusted/prose.ts';
import { quote } from '../../facts/observations.ts';
import { signal, type Signal } from './signal.ts';

type Labels = Readonly<Record<string, unknown>>;

/**
 * Services that lead nowhere: a selector that no pod and no workload fits although some nearly do, or a target port that no container
 * of the selected pods declares. https://kubernetes.io/docs/concepts/services-networking/service/
 */
export function serviceSignals(cluster: ClusterState): readonly Signal[] {
  const byLabel = podsByLabel(cluster);
  return cluster.list('Service').flatMap((service) => {
    const spec = recordAt(service, 'spec');
    const selector = spec['selector'];
    if (
      !isRecord(selector) ||
      Object.keys(selector).length === 0 ||
      service.metadata.deletionTimestamp !== undefined
    )
      return [];
    const namespace = service.metadata.namespace ?? null;
    const byEntry = Object.entries(selector).map(
      ([key, value]) => byLabel.get(labelId(namespace, key, value)) ?? [],
    );
    const fewest = byEntry.reduce((least, pods) => (pods.length < least.length ? pods : least));
    const selected = fewest.filter((pod) => fits(selector, pod.metadata.labels));
    if (selected.length > 0) return portMismatch(cluster, service, spec, selected);
    const near = Object.keys(selector).flatMap((key, index) =>
      IDENTIFYING.test(key) ? byEntry[index]! : [],
    );
    return selectorMismatch(cluster, service, selector, [...new Set(near)]);
  });
}

/** Pods that stay, by namespace and each of their labels: with many Services every pod is still looked at once. */
function podsByLabel(cluster: ClusterState): ReadonlyMap<string, readonly KubernetesObject[]> {
  const found = new Map<string, KubernetesObject[]>();
  for (const pod of cluster.list('Pod')) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const id = labelId(pod.metadata.namespace ?? null, key, value);
      const pods = found.get(id);
      if (pods) pods.push(pod);
      else found.set(id, [pod]);
    }
  }
  return found;
}

function labelId(namespace: string | null, key: string, value: unknown): string {
  return `${namespace} ${key}=${String(value)}`;
}

function fits(selector: Labels, labels: Labels | undefined): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

/** `near`: pods of the application that the selector names. Workloads whose pods would fit, but that have none now, are no mismatch. */
function selectorMismatch(
  cluster: ClusterState,
  service: KubernetesObject,
  selector: Labels,
  near: readonly KubernetesObject[],
): readonly Signal[] {
  if (near.length === 0) return [];
  const namespace = service.metadata.namespace ?? null;
  // Pods that fit may be among those that a cut list does not show.
  if (cluster.presence('Pod', namespace, '') === 'unknown') return [];
  const templates = [
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'ReplicaSet',
    'Rollout',
    'Job',
    'CronJob',
  ].flatMap((kind) => cluster.list(kind, namespace));
  if (templates.some((workload) => fits(selector, templateLabels(workload)))) return [];
  const entries = Object.entries(selector);
  const wrong = entries.filter(([key, value]) => near.every((pod) => pod.metadata.labels?.[key] !== value));
  if (wrong.length === 0) return [];
  const differences = wrong.map(
    ([key, value]) =>
      `${key}: ${String(value)} (pods have ${[...new Set(near.map((pod) => pod.metadata.labels?.[key] ?? 'none'))].join(', ')})`,
  );
  return [
    signal(cluster, {
      cause: 'service',
      owner: refOf(service),
      on: service,
      says: prose`its selector fits no pod, so it has no endpoints; nearly fitting pods differ in ${differences.join('; ')}`,
      evidence: [
        quote('object', service, null, `spec.selector: ${JSON.stringify(selector)}`),
        ...near
          .slice(0, 3)
          .map((pod) =>
            quote('object', pod, null, `metadata.labels: ${JSON.stringify(pod.metadata.labels)}`),
          ),
      ],
    }),
  ];
}

/** Labels that say which application a pod belongs to; sharing a tier or a team makes no near fit. */
const IDENTIFYING = /(^|[/.])(app|name|k8s-app|component|service|instance)$/;

/** Empty for a workload that says nothing about its pods. */
function templateLabels(workload: KubernetesObject): Labels {
  const spec = recordAt(
    workload,
    ...(workload.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec'] : ['spec']),
  );
  return recordAt(spec, 'template', 'metadata', 'labels');
}

/**
 * Declaring a port is optional, so a number that is not declared may still be served: it counts only where every selected pod declares
 * ports and none of the Service's ports is among them. A name must be declared.
 */
function portMismatch(
  cluster: ClusterState,
  service: KubernetesObject,
  spec: Labels,
  selected: readonly KubernetesObject[],
): readonly Signal[] {
  const ports = recordsOf(spec['ports']);
  const targets = ports.map((port) => port['targetPort'] ?? port['port']);
  const declared = selected.map((pod) => declaredPorts(pod));
  if (declared.some((each) => each.length === 0)) return [];
  const served = (target: unknown): boolean =>
    declared.some((each) => each.some(({ name, number }) => target === name || target === number));
  const unnamed = targets.filter((target) => typeof target === 'string' && !served(target));
  const missing = unnamed.length > 0 ? unnamed : targets.some((target) => served(target)) ? [] : targets;
  if (missing.length === 0) return [];
  const offered = [
    ...new Set(declared.flat().map(({ name, number }) => (name ? `${number} (${name})` : String(number)))),
  ];
  return [
    signal(cluster, {
      cause: 'service',
      owner: refOf(service),
      on: service,
      says: prose`its targetPort ${missing.join(', ')} is declared by no container of its pods, which declare ${offered.join(', ')}`,
      evidence: [
        quote('object', service, null, `spec.ports: ${JSON.stringify(ports)}`),
        quote('object', selected[0]!, null, `container ports: ${offered.join(', ')}`),
      ],
    }),
  ];
}

function declaredPorts(
  pod: KubernetesObject,
): readonly { readonly name: string | null; readonly number: unknown }[] {
  return containersOf(podSpecOf(pod)).flatMap(({ container }) => {
    return recordsOf(container['ports']).map(({ name, containerPort }) => ({
      name: typeof name === 'string' ? name : null,
      number: containerPort,
    }));
  });
}
