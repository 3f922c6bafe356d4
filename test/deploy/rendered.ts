import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findTools } from '../../scripts/tools.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { madeFolder } from '../git/made-repository.ts';

export type Values = Readonly<Record<string, unknown>>;

export const CHART = resolve(import.meta.dirname, '../../deploy/chart');
const { helm } = await findTools();

const IMAGE = { repository: 'ghcr.io/acme/faultline' };

/** What most people start with: one replica, its store in a file, no webhooks. */
export const SMALL: Values = { image: IMAGE, settings: { clusters: { prod: { context: 'in-cluster' } } } };

/** Everything that can be switched on, with several replicas on PostgreSQL. */
export const LARGE: Values = {
  image: { ...IMAGE, digest: `sha256:${'a'.repeat(64)}` },
  imagePullSecrets: [{ name: 'pull' }],
  commonLabels: { team: 'platform' },
  github: { webhooks: true, host: 'github.example.com' },
  settings: {
    clusters: {
      prod: { context: 'in-cluster', prometheus: 'http://prometheus.monitoring:9090' },
      staging: { context: 'staging', repositories: ['acme/infra'] },
    },
    polling: false,
    alerts: { alertmanager: { bearer: { env: 'ALERT_TOKEN' } } },
  },
  kubeconfig: { existingSecret: 'kubeconfig' },
  registryCredentials: { existingSecret: 'registries' },
  caBundle: { existingConfigMap: 'corporate-ca' },
  proxy: { https: 'http://proxy.example.com:3128', bypass: '.svc,10.0.0.0/8' },
  store: { postgres: { existingSecret: 'postgres' } },
  replicas: 3,
  extraEnv: [{ name: 'ALERT_TOKEN', valueFrom: { secretKeyRef: { name: 'alertmanager', key: 'token' } } }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'platform', operator: 'Exists' }],
  priorityClassName: 'system-cluster-critical',
  renderer: { replicas: 2, podAnnotations: { 'example.com/note': 'renders' } },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/faultline' } },
  rbac: {
    extraRules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] }],
  },
  ingress: { enabled: true, className: 'nginx', host: 'faultline.example.com', tlsSecret: 'faultline-tls' },
  httpRoute: { enabled: true, parentRefs: [{ name: 'public', namespace: 'gateways' }] },
  exposeAlerts: true,
  statusPage: {
    existingSecret: 'faultline',
    proxy: { header: 'X-Forwarded-User', from: ['10.0.3.7', '10.1.0.0/16'] },
  },
  networkPolicy: {
    webhooksFrom: [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
    ],
    extraEgress: [{ ports: [{ protocol: 'TCP', port: 3128 }], to: [{ ipBlock: { cidr: '10.0.0.7/32' } }] }],
  },
  monitoring: {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
};

/** Webhooks alone, without a renderer, network policies, accounts of its own or a volume of its own, on OpenShift. */
export const BARE: Values = {
  ...SMALL,
  github: { webhooks: true },
  renderer: { enabled: false },
  networkPolicy: { enabled: false },
  serviceAccount: { create: false, name: 'readers' },
  rbac: { create: false },
  persistence: { existingClaim: 'faultline-state' },
  security: { runAsUser: null, runAsGroup: null, fsGroup: null },
};

const known = new Map<string, string>();

/** What the chart renders. @throws {Error} with what Helm says, when it refuses the values */
export function rendered(values: Values, namespace = 'faultline'): readonly KubernetesObject[] {
  const key = JSON.stringify([namespace, values]);
  const text = known.get(key) ?? helmTemplate('faultline', namespace, values);
  known.set(key, text);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

/** Why Helm refuses the values; empty where it does not. */
export function refusal(values: Values): string {
  try {
    helmTemplate('faultline', 'faultline', values);
    return '';
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
}

function helmTemplate(release: string, namespace: string, values: Values): string {
  return runHelm(['template', release, CHART, '-n', namespace, '-f', valuesFile(values)]);
}

export function valuesFile(values: Values): string {
  const file = join(madeFolder(), 'values.json');
  writeFileSync(file, JSON.stringify(values));
  return file;
}

export function runHelm(args: readonly string[]): string {
  return execFileSync(helm!.command, args, { encoding: 'utf8', stdio: 'pipe' });
}
