import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the server is asked for, as `GET /api/v1/pods?limit=500`. */
export type Respond = (url: URL) => {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
};

export interface TestServer {
  readonly address: string;
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function serve(respond: Respond): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    const { status, body, headers } = respond(new URL(request.url!, 'http://server'));
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lists by path, `/api/v1/pods`, on top of the discovery documents of a small cluster. What is not there is an empty list. */
export function apiServer(lists: Readonly<Record<string, Respond>>): Respond {
  return (url) => lists[url.pathname]?.(url) ?? DISCOVERY[url.pathname] ?? empty(url);
}

export function ok(items: readonly object[], token = ''): ReturnType<Respond> {
  return { status: 200, body: { metadata: token === '' ? {} : { continue: token }, items } };
}

export function failure(status: number, message: string): ReturnType<Respond> {
  return { status, body: { kind: 'Status', status: 'Failure', message, code: status } };
}

export interface Kubeconfig {
  readonly path: string;
  remove(): Promise<void>;
}

export async function writeKubeconfig(server: string, namespace?: string): Promise<Kubeconfig> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const path = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'staging',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'not-a-real-token' } }],
    contexts: ['staging', 'prod'].map((name) => ({
      name,
      context: { cluster: 'c', user: 'u', ...(namespace === undefined ? {} : { namespace }) },
    })),
  };
  await writeFile(path, JSON.stringify(config));
  return { path, remove: () => rm(folder, { recursive: true }) };
}

const VERBS = ['get', 'list', 'watch'];

function resources(
  ...listed: readonly (readonly [kind: string, name: string, namespaced: boolean])[]
): ReturnType<Respond> {
  return {
    status: 200,
    body: {
      kind: 'APIResourceList',
      resources: listed.map(([kind, name, namespaced]) => ({ kind, name, namespaced, verbs: VERBS })),
    },
  };
}

function group(name: string, ...versions: readonly string[]): object {
  return {
    name,
    versions: versions.map((version) => ({ version })),
    preferredVersion: { version: versions[0] },
  };
}

const DISCOVERY: Readonly<Record<string, ReturnType<Respond>>> = {
  '/apis': {
    status: 200,
    body: {
      groups: [
        group('apps', 'v1'),
        group('autoscaling', 'v1', 'v2'),
        group('external-secrets.io', 'v1beta1', 'v1alpha1'),
      ],
    },
  },
  '/api/v1': resources(
    ['Pod', 'pods', true],
    ['Event', 'events', true],
    ['ConfigMap', 'configmaps', true],
    ['Secret', 'secrets', true],
    ['Node', 'nodes', false],
  ),
  '/apis/apps/v1': resources(['Deployment', 'deployments', true], ['ReplicaSet', 'replicasets', true]),
  '/apis/autoscaling/v2': resources(['HorizontalPodAutoscaler', 'horizontalpodautoscalers', true]),
  '/apis/external-secrets.io/v1beta1': resources(['ExternalSecret', 'externalsecrets', true]),
};

function empty(url: URL): ReturnType<Respond> {
  return url.pathname.split('/').length > 3
    ? ok([])
    : failure(404, 'the server could not find the requested resource');
}
