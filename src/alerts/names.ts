import type { AlertNames, NamedObject } from '../model/received-alert.ts';

/**
 * Labels that name an object, with its kind, the most telling first: kube-state-metrics, the kubelet and cAdvisor use these.
 * Source: https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
 */
const OBJECT_LABELS: readonly (readonly [label: string, kind: string])[] = [
  ['persistentvolumeclaim', 'PersistentVolumeClaim'],
  ['horizontalpodautoscaler', 'HorizontalPodAutoscaler'],
  ['hpa', 'HorizontalPodAutoscaler'],
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['cronjob', 'CronJob'],
  ['job_name', 'Job'],
  ['rollout', 'Rollout'],
  ['replicaset', 'ReplicaSet'],
  ['pod', 'Pod'],
  ['pod_name', 'Pod'],
  ['ingress', 'Ingress'],
  ['resourcequota', 'ResourceQuota'],
  ['persistentvolume', 'PersistentVolume'],
  ['node', 'Node'],
];

const CLUSTER_LABELS = ['cluster', 'cluster_name', 'k8s_cluster_name', 'k8s_cluster'];

/** Said where an alert names nothing. */
export const EXPECTED_LABELS =
  'namespace with pod, deployment, statefulset, daemonset, job_name, cronjob, rollout, horizontalpodautoscaler or persistentvolumeclaim; or node; or kind with name';

/** Pods that tell about others: an alert has their name beside the one that it is about. */
const EXPORTER = /(?:^|-)(?:kube-state-metrics|node-exporter)-/;

/** What labels name. Prometheus renames a label of the metric to `exported_…` where the target has one too: then that is meant. */
export function namesInLabels(labels: Readonly<Record<string, string>>): AlertNames {
  const label = (name: string): string | null => nameIn(labels[`exported_${name}`]) ?? nameIn(labels[name]);
  const namespace = label('namespace');
  const named: NamedObject[] = OBJECT_LABELS.flatMap(([name, kind]) => {
    const value = label(name);
    return value === null ? [] : [{ kind, namespace: isOfCluster(kind) ? null : namespace, name: value }];
  });
  const kind = kindIn(labels['customresource_kind'] ?? labels['kind']);
  const name = label('name');
  // Said outright, it is what the alert is about.
  if (kind !== null && name !== null)
    named.unshift({ kind, namespace: isOfCluster(kind) ? null : namespace, name });
  const others = named.filter((object) => object.kind !== 'Pod' || !EXPORTER.test(object.name));
  return {
    cluster: CLUSTER_LABELS.map((one) => textIn(labels[one])).find((one) => one !== null) ?? null,
    objects: others.length > 0 ? others : named,
    also: [],
    container: label('container'),
  };
}

/** `Deployment shop/cart` and `Deployment/shop/cart` in a sentence: for senders that have no labels. */
export function namesInText(text: string): readonly NamedObject[] {
  const kinds = OBJECT_LABELS.map(([, kind]) => kind).filter((kind) => !isOfCluster(kind));
  const pattern = new RegExp(
    `\\b(${[...kinds, 'Application', 'Kustomization', 'HelmRelease'].join('|')})[ /]([a-z0-9.-]{1,63})/([a-z0-9.-]{1,253})`,
    'g',
  );
  return [...text.slice(0, 4000).matchAll(pattern)].flatMap(([, kind, namespace, name]) => {
    // The end of a sentence is no part of a name.
    const found = nameIn(name!.replace(/[.-]+$/, ''));
    return found === null ? [] : [{ kind: kind!, namespace: namespace!, name: found }];
  });
}

/** The labels in the text of a notification, as Alertmanager's own templates print them: ` - namespace = shop`. Of the first alert. */
export function labelsInText(text: string): Readonly<Record<string, string>> {
  const [, list = ''] = /Labels:\n((?:[ \t]*- [^\n]*\n?){1,100})/.exec(text.slice(0, 64 * 1024)) ?? [];
  return Object.fromEntries(
    [...list.matchAll(/^[ \t]*- ([A-Za-z_]\w{0,99}) = (.{0,1000})$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );
}

function isOfCluster(kind: string): boolean {
  return kind === 'Node' || kind === 'PersistentVolume';
}

/** The name of an object, as Kubernetes allows names; null for anything else. */
export function nameIn(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9](?:[-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/.test(value)
    ? value
    : null;
}

export function kindIn(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Z][A-Za-z0-9]{0,62}$/.test(value) ? value : null;
}

/** A name that people chose, such as that of a cluster. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.:@/-]{1,253}$/.test(value) ? value : null;
}
