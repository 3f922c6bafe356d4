import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors/input-error.ts';
import type { Target } from './target.ts';

/** Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount';

export function accountFolder(given: string | undefined): string {
  return given ?? MOUNTED;
}

/** The API server of the cluster that this process runs in, as its pod's service account. @throws {InputError} outside of a pod */
export async function serviceAccount(folder: string): Promise<Target> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const tokenFile = join(folder, 'token');
  const token = await readFile(tokenFile, 'utf8').catch(() => null);
  if (!host || !port || token === null) {
    const missing = token === null ? tokenFile : 'KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT';
    throw new InputError(
      `there is no kubeconfig, and this is no pod with a service account: no ${missing}; set KUBECONFIG`,
    );
  }
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(() => '');
  return {
    context: 'in-cluster',
    namespace: namespace.trim() || null,
    cluster: {
      name: 'in-cluster',
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      caFile: join(folder, 'ca.crt'),
      skipTLSVerify: false,
    },
    user: { name: 'service-account', tokenFile },
  };
}
