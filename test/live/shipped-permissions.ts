import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import yaml from 'js-yaml';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';

/** Applies deploy/rbac.yaml. Answers with a token of the service account that it makes. */
export async function grantShipped(cluster: ClusterServer): Promise<string> {
  const file = resolve(import.meta.dirname, '../../deploy/rbac.yaml');
  for (const object of yaml.loadAll(readFileSync(file, 'utf8')))
    await create(cluster, object as KubernetesObject);
  const path = '/api/v1/namespaces/faultline/serviceaccounts/faultline/token';
  const { body } = await cluster.send('POST', path, { spec: {} });
  return (body as { status: { token: string } }).status.token;
}

/** A kubeconfig whose context `live` has this token. */
export function writeKubeconfig(
  cluster: ClusterServer,
  path: string,
  token: string,
  context: { readonly namespace?: string } = {},
): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'live',
    clusters: [
      { name: 'c', cluster: { server: cluster.address, 'certificate-authority': cluster.authority } },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'live', context: { cluster: 'c', user: 'u', ...context } }],
  };
  writeFileSync(path, JSON.stringify(config));
}
