import type { HttpLibrary, RequestContext } from '@kubernetes/client-node';
import { afterEach, describe, expect, test } from 'vitest';
import { ClusterUnreachable } from '../../src/cluster/kubernetes-api.ts';
import { ForbiddenRequest, onlyReading } from '../../src/cluster/read-only.ts';
import { openLive, type LiveOptions, type LiveSource } from '../../src/cluster/live.ts';
import { InputError } from '../../src/errors/input-error.ts';
import {
  apiServer,
  failure,
  ok,
  serve,
  writeKubeconfig,
  type Respond,
  type TestServer,
} from './api-server.ts';
import { KINDS } from './kinds.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Opened {
  readonly source: LiveSource;
  readonly server: TestServer;
}

async function open(
  respond: Respond,
  options: Partial<LiveOptions> = {},
  namespace?: string,
): Promise<Opened> {
  const server = await serve(respond);
  cleanups.push(server.close);
  const kubeconfig = await writeKubeconfig(server.address, namespace);
  cleanups.push(kubeconfig.remove);
  return { server, source: await openLive({ kinds: KINDS, kubeconfig: kubeconfig.path, ...options }) };
}

function pod(name: string, rest: object = {}): object {
  return { metadata: { name, namespace: 'shop', managedFields: [{}] }, ...rest };
}

describe('reading', () => {
  test('lists objects with the kind that the list does not repeat', async () => {
    const { source } = await open(apiServer({ '/api/v1/pods': () => ok([pod('a')]) }), {
      now: 5,
      name: 'prod-eu',
    });
    const cluster = await source.read();
    expect(cluster).toMatchObject({ name: 'prod-eu', now: 5, problems: [] });
    expect(cluster.list('Pod')).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } },
    ]);
  });

  test('is called after its context when nobody names it', async () => {
    const { source } = await open(apiServer({}), { context: 'prod' });
    expect((await source.read()).name).toBe('prod');
  });

  test('follows the pages of a list', async () => {
    const pages: Readonly<Record<string, ReturnType<Respond>>> = {
      '': ok([pod('a')], 'second'),
      second: ok([pod('b')], 'third'),
      third: ok([pod('c')]),
    };
    const { source, server } = await open(
      apiServer({ '/api/v1/pods': (url) => pages[url.searchParams.get('continue') ?? '']! }),
    );
    expect((await source.read()).list('Pod').map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(server.requests.filter((request) => request.includes('/pods'))).toEqual([
      'GET /api/v1/pods?limit=500',
      'GET /api/v1/pods?limit=500&continue=second',
      'GET /api/v1/pods?limit=500&continue=third',
    ]);
  });

  test('starts a list again when its continue token has expired', async () => {
    let expired = false;
    const pods: Respond = (url) => {
      if (!url.searchParams.has('continue'))
        return ok([pod(expired ? 'new' : 'old')], expired ? '' : 'second');
      expired = true;
      return failure(410, 'The provided continue parameter is too old');
    };
    const { source } = await open(apiServer({ '/api/v1/pods': pods }));
    const cluster = await source.read();
    expect(cluster.list('Pod').map(({ metadata }) => metadata.name)).toEqual(['new']);
    expect(cluster.problems).toEqual([]);
  });

  test('gives up on a list whose tokens always expire, and says so', async () => {
    const pods: Respond = (url) =>
      url.searchParams.has('continue') ? failure(410, 'too old') : ok([pod('a')], 'second');
    const { source } = await open(apiServer({ '/api/v1/pods': pods }));
    const cluster = await source.read();
    expect(cluster.presence('Pod', 'shop', 'a')).toBe('present');
    expect(cluster.presence('Pod', 'shop', 'b')).toBe('unknown');
    expect(cluster.problems).toEqual([
      { where: '/api/v1/pods', message: expect.stringContaining('410 too old') },
    ]);
  });

  test('asks again when the server is busy', async () => {
    let asked = 0;
    const pods: Respond = () =>
      ++asked < 3 ? { ...failure(429, 'slow down'), headers: { 'retry-after': '0' } } : ok([pod('a')]);
    const { source } = await open(apiServer({ '/api/v1/pods': pods }));
    expect((await source.read()).list('Pod')).toHaveLength(1);
  });

  test('takes the version whose fields are known, else the one that the server prefers', async () => {
    const { source, server } = await open(apiServer({}));
    await source.read();
    expect(server.requests).toContain('GET /apis/autoscaling/v2/horizontalpodautoscalers?limit=500');
    expect(server.requests).toContain('GET /apis/external-secrets.io/v1beta1/externalsecrets?limit=500');
  });

  test('passes over items that are no objects', async () => {
    const { source } = await open(
      apiServer({ '/api/v1/pods': () => ok([{}, { metadata: null }, pod('a')]) }),
    );
    expect((await source.read()).list('Pod')).toHaveLength(1);
  });
});

describe('absent or unknown', () => {
  test('a listed kind is absent where there is none', async () => {
    const cluster = await (await open(apiServer({}))).source.read();
    expect(cluster.presence('ConfigMap', 'shop', 'x')).toBe('absent');
    expect(cluster.presence('Node', null, 'x')).toBe('absent');
  });

  test('a kind whose API is not installed is absent', async () => {
    const cluster = await (await open(apiServer({}))).source.read();
    expect(cluster.presence('ScaledObject', 'shop', 'x')).toBe('absent');
    expect(cluster.problems).toEqual([]);
  });

  test('a forbidden kind is unknown, and the problem names it', async () => {
    const forbidden: Respond = () => failure(403, 'configmaps is forbidden');
    const cluster = await (await open(apiServer({ '/api/v1/configmaps': forbidden }))).source.read();
    expect(cluster.presence('ConfigMap', 'shop', 'x')).toBe('unknown');
    expect(cluster.problems).toEqual([
      { where: '/api/v1/configmaps', message: 'may not list configmaps; whether there are any is unknown' },
    ]);
  });

  test('a user who may list nothing is told so once', async () => {
    const lists: Respond = (url) =>
      /^\/api(s|\/v1|s\/[^/]+\/[^/]+)$/.test(url.pathname) ? apiServer({})(url) : failure(403, 'forbidden');
    const { source, server } = await open(lists);
    const cluster = await source.read();
    expect(cluster.presence('Pod', 'shop', 'x')).toBe('unknown');
    expect(cluster.problems).toEqual([
      { where: server.address, message: expect.stringMatching(/^may list none of the \d+ kinds/) },
    ]);
  });

  test('several forbidden kinds are told in the order of the kinds, whichever answer comes first', async () => {
    const forbidden: Respond = () => failure(403, 'forbidden');
    const lists = { '/api/v1/pods': forbidden, '/api/v1/nodes': forbidden, '/api/v1/configmaps': forbidden };
    const cluster = await (await open(apiServer(lists))).source.read();
    const inOrder = KINDS.map(({ kind }) => `/api/v1/${kind.toLowerCase()}s`).filter((path) => path in lists);
    expect(inOrder).toHaveLength(3);
    expect(cluster.problems.map(({ where }) => where)).toEqual(inOrder);
  });

  test('a kind that may be read in the namespace of the context is known there', async () => {
    const lists = {
      '/api/v1/pods': () => failure(403, 'pods is forbidden'),
      '/api/v1/namespaces/shop/pods': () => ok([pod('a')]),
    };
    const cluster = await (await open(apiServer(lists), {}, 'shop')).source.read();
    expect(cluster.presence('Pod', 'shop', 'a')).toBe('present');
    expect(cluster.presence('Pod', 'shop', 'b')).toBe('absent');
    expect(cluster.presence('Pod', 'auth', 'b')).toBe('unknown');
    expect(cluster.problems).toEqual([
      { where: '/api/v1/pods', message: 'may list pods in namespace shop only; unknown elsewhere' },
    ]);
  });

  test('a list that fails in the middle keeps what it has and knows of no absence', async () => {
    const pods: Respond = (url) =>
      url.searchParams.has('continue') ? failure(500, 'etcd is down') : ok([pod('a')], 'second');
    const cluster = await (await open(apiServer({ '/api/v1/pods': pods }))).source.read();
    expect(cluster.presence('Pod', 'shop', 'a')).toBe('present');
    expect(cluster.presence('Pod', 'shop', 'b')).toBe('unknown');
    expect(cluster.problems).toEqual([
      { where: '/api/v1/pods', message: expect.stringContaining('500 etcd is down') },
    ]);
  });

  test('a kind that vanished between discovery and list is absent', async () => {
    const gone: Respond = () => failure(404, 'not found');
    const cluster = await (
      await open(apiServer({ '/apis/external-secrets.io/v1beta1/externalsecrets': gone }))
    ).source.read();
    expect(cluster.presence('ExternalSecret', 'shop', 'x')).toBe('absent');
  });

  test('a group whose discovery fails is unknown', async () => {
    const broken: Respond = () => failure(503, 'service unavailable');
    const cluster = await (
      await open(apiServer({ '/apis/external-secrets.io/v1beta1': broken }))
    ).source.read();
    expect(cluster.presence('ExternalSecret', 'shop', 'x')).toBe('unknown');
    expect(cluster.problems).toEqual([
      { where: '/apis/external-secrets.io/v1beta1', message: expect.stringContaining('503') },
    ]);
  });

  test('without discovery, built-in kinds are still read and others are unknown', async () => {
    const cluster = await (await open(apiServer({ '/apis': () => failure(403, 'forbidden') }))).source.read();
    expect(cluster.presence('Deployment', 'shop', 'x')).toBe('absent');
    expect(cluster.presence('ExternalSecret', 'shop', 'x')).toBe('unknown');
  });

  test('Secrets are never asked for and always unknown', async () => {
    const { source, server } = await open(apiServer({ '/api/v1/secrets': () => ok([pod('never')]) }));
    expect((await source.read()).presence('Secret', 'shop', 'never')).toBe('unknown');
    expect(server.requests.filter((request) => /\/secrets\b/.test(request))).toEqual([]);
  });
});

describe('logs', () => {
  const request = { namespace: 'shop', pod: 'cart-1', container: 'server', previous: true };

  test('are the last lines of a container, also of its previous instance', async () => {
    const { source, server } = await open(
      apiServer({ '/api/v1/namespaces/shop/pods/cart-1/log': () => ({ status: 200, body: 'one\ntwo\n' }) }),
    );
    expect(await source.log(request)).toBe('one\ntwo\n');
    expect(server.requests[0]).toMatch(/\?container=server&previous=true&tailLines=2000&limitBytes=\d+$/);
  });

  test('are null when there are none', async () => {
    const none: Respond = () => failure(400, 'previous terminated container "server" not found');
    const { source } = await open(apiServer({ '/api/v1/namespaces/shop/pods/cart-1/log': none }));
    expect(await source.log(request)).toBeNull();
  });

  test('of very long lines are asked for again with fewer, since the limit would cut off the end', async () => {
    const log: Respond = (url) => ({
      status: 200,
      body: url.searchParams.get('tailLines') === '2000' ? 'x'.repeat(4 * 2 ** 20) : 'the end',
    });
    const { source } = await open(apiServer({ '/api/v1/namespaces/shop/pods/cart-1/log': log }));
    expect(await source.log(request)).toBe('the end');
  });

  test('cannot be used to reach another address', async () => {
    const { source, server } = await open(apiServer({}));
    expect(await source.log({ ...request, pod: '../../secrets/x?' })).toBeNull();
    expect(server.requests).toEqual([]);
  });
});

describe('what cannot be read at all', () => {
  test('a server that does not answer is named with its context', async () => {
    const { source, server } = await open(apiServer({}));
    await server.close();
    const error = await source.read().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ClusterUnreachable);
    const { message } = error as Error;
    expect(message).toContain(`the cluster of context staging (${server.address}) cannot be read: `);
    // A connection that was kept open may be the first to notice.
    expect(message).toMatch(/: (?:connect ECONNREFUSED|read ECONNRESET)/);
    expect(message).not.toContain('\n');
  });

  test('credentials that are refused are no incident-free cluster', async () => {
    const { source } = await open(() => failure(401, 'Unauthorized'));
    await expect(source.read()).rejects.toThrow('the credentials are refused (401)');
  });

  test('a context that does not exist is a wrong call', async () => {
    const opened = open(apiServer({}), { context: 'nowhere' });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow('--context nowhere: not in the kubeconfig, which has staging, prod');
  });

  test('a kubeconfig that does not exist is a wrong call', async () => {
    await expect(openLive({ kinds: KINDS, kubeconfig: '/nowhere/config' })).rejects.toThrow(InputError);
  });
});

describe('the cluster is read-only', () => {
  test('every request of a whole reading is a GET', async () => {
    const { source, server } = await open(apiServer({}));
    await source.read();
    await source.log({ namespace: 'shop', pod: 'p', container: 'c', previous: false });
    expect(server.requests.length).toBeGreaterThan(5);
    expect(server.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  async function send(method: string, path: string): Promise<string> {
    const { HttpMethod, RequestContext } = await import('@kubernetes/client-node');
    const request = new RequestContext(
      `https://server${path}`,
      method as (typeof HttpMethod)[keyof typeof HttpMethod],
    );
    const sent: string[] = [];
    const recorder = {
      send: (passed: RequestContext) => void sent.push(passed.getUrl()),
    } as unknown as HttpLibrary;
    try {
      void onlyReading(recorder).send(request);
    } catch (error) {
      expect(error).toBeInstanceOf(ForbiddenRequest);
    }
    return sent.length === 1 ? 'sent' : 'refused';
  }

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT'])(
    '%s is refused before it is sent',
    async (method) => {
      expect(await send(method, '/api/v1/namespaces/shop/pods/p')).toBe('refused');
    },
  );

  test.each([
    '/api/v1/secrets',
    '/api/v1/namespaces/shop/secrets/db',
    '/api/v1/namespaces/shop/Secrets/db',
    '/api/v1/namespaces/shop/%73ecrets/db',
    '/api/v1/namespaces/shop/pods/p/exec?command=sh',
    '/api/v1/namespaces/shop/pods/p/attach',
    '/api/v1/namespaces/shop/pods/p/portforward',
    '/api/v1/namespaces/shop/services/s/proxy/admin',
    '/api/v1/pods?watch=true',
  ])('GET %s is refused before it is sent', async (path) => {
    expect(await send('GET', path)).toBe('refused');
  });

  test.each([
    '/api/v1/pods?limit=500',
    '/apis',
    '/api/v1/namespaces/shop/pods/p/log',
    '/apis/external-secrets.io/v1/externalsecrets',
  ])('GET %s is sent', async (path) => {
    expect(await send('GET', path)).toBe('sent');
  });
});
