import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Cluster } from '@kubernetes/client-node';
// The whole client takes 50 MB and half a second, and these are all of it that reads a kubeconfig.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { InputError } from '../../errors/input-error.ts';
import { nearest } from '../../errors/nearest.ts';
import { messageOf } from '../../errors/error-message.ts';
import { isRecord, recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { readStrictly } from '../strict-yaml.ts';
import type { Target, TargetUser } from './target.ts';
import { accountFolder, serviceAccount } from './service-account.ts';

export interface SessionOptions {
  /** A context of the kubeconfig, or `in-cluster` for the pod's own service account; left out: its current one. */
  readonly context?: string;
  /** A kubeconfig file; left out: `KUBECONFIG`, `~/.kube/config` or the pod's own service account. */
  readonly kubeconfig?: string;
  /** Where the token of the pod's own service account is mounted; left out: where Kubernetes mounts it. */
  readonly serviceAccount?: string;
}

/** The context that stands for the service account of the pod that this process runs in. */
export const IN_CLUSTER = 'in-cluster';

interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReturnType<typeof newContexts>;
  readonly clusters: readonly Cluster[];
  readonly users: readonly TargetUser[];
}

/**
 * Reads the kubeconfig. As for kubectl, the first file of several that says something is the one that counts, and one of several may be
 * missing.
 *
 * @throws {InputError} when it cannot be read, or lacks the context
 * Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
export async function readKubeconfig(options: SessionOptions): Promise<Target> {
  const { kubeconfig } = options;
  const ofPod = (): Promise<Target> => serviceAccount(accountFolder(options.serviceAccount));
  if (options.context === IN_CLUSTER && kubeconfig === undefined) return ofPod();
  const parts: Kubeconfig[] = [];
  for (const file of kubeconfigFiles(options)) {
    const isOptional = kubeconfig === undefined;
    const part = await readFileOf(file, isOptional);
    if (part !== null) parts.push(part);
  }
  if (parts.length === 0 && options.context === undefined) return ofPod();
  return targetOf(options.context, {
    currentContext: parts.map(({ currentContext }) => currentContext).find((name) => name !== '') ?? '',
    contexts: parts.flatMap(({ contexts }) => contexts),
    clusters: parts.flatMap(({ clusters }) => clusters),
    users: parts.flatMap(({ users }) => users),
  });
}

/** Those that may change what {@link readKubeconfig} reads. */
export function kubeconfigFiles({ kubeconfig }: SessionOptions): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  return named.length > 0 ? named : [join(process.env['HOME'] ?? '', '.kube', 'config')];
}

function targetOf(
  wanted: string | undefined,
  { currentContext, contexts, clusters, users }: Kubeconfig,
): Target {
  const context = wanted ?? currentContext;
  const found = contexts.find(({ name }) => name === context);
  if (wanted !== undefined && found === undefined) {
    const known = contexts.map(({ name }) => name);
    const near = nearest(wanted, known);
    throw new InputError(
      `--context ${wanted}: not in the kubeconfig, which has ${known.join(', ') || 'none'}${near === null ? '' : `; did you mean ${near}?`}`,
    );
  }
  const cluster = clusters.find(({ name }) => name === found?.cluster);
  if (found === undefined || cluster === undefined)
    throw new InputError(`--context: the kubeconfig has no cluster for context ${context || '(none)'}`);
  const user = users.find(({ name }) => name === found.user) ?? { name: '' };
  return { context, namespace: found.namespace ?? null, cluster, user };
}

async function readFileOf(file: string, isOptional: boolean): Promise<Kubeconfig | null> {
  try {
    return parse(readStrictly(await readFile(file, 'utf8')), dirname(file));
  } catch (cause) {
    if (isOptional && (cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new InputError(`the kubeconfig ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parse(document: unknown, folder: string): Kubeconfig {
  const value = isRecord(document) ? document : {};
  const absolute = (path: unknown): string | undefined =>
    typeof path !== 'string' || path === '' ? undefined : isAbsolute(path) ? path : join(folder, path);
  const withFile = (field: string, path: unknown): object => {
    const file = absolute(path);
    return file === undefined ? {} : { [field]: file };
  };
  const clusters = newClusters(value['clusters']).map((cluster) => ({
    ...cluster,
    ...withFile('caFile', cluster.caFile),
  }));
  const tokenFiles = new Map(
    recordsOf(value['users']).map((one) => [one['name'], recordAt(one, 'user')['tokenFile']]),
  );
  const users = newUsers(value['users']).map((user) => ({
    ...user,
    ...withFile('certFile', user.certFile),
    ...withFile('keyFile', user.keyFile),
    ...withFile('tokenFile', tokenFiles.get(user.name)),
    ...(isRecord(user.exec) ? { exec: withCommand(user.exec, folder) } : {}),
  }));
  const current = value['current-context'];
  return {
    currentContext: typeof current === 'string' ? current : '',
    contexts: newContexts(value['contexts']),
    clusters,
    users,
  };
}

/** A command with a slash is relative to its kubeconfig; one without is looked for in `PATH`. */
function withCommand(exec: Readonly<Record<string, unknown>>, folder: string): object {
  const { command } = exec;
  const isRelative = typeof command === 'string' && command.includes('/') && !isAbsolute(command);
  return isRelative ? { ...exec, command: join(folder, command) } : exec;
}
