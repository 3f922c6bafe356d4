import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LIMITS, type ReadingLimits } from '../../src/cluster/limits.ts';
import { ClusterUnreachable } from '../../src/cluster/kubernetes-api.ts';
import { openLive, type LiveOptions, type LiveSource } from '../../src/cluster/live.ts';
import { openPrometheus } from '../../src/cluster/prometheus.ts';
import type { ClusterProblem } from '../../src/model/cluster-state.ts';
import { apiServer, ok, serve, writeKubeconfig, type Respond, type TestServer } from './api-server.ts';
import { KINDS } from './kinds.ts';

async function open(
  respond: Respond,
  options: Partial<LiveOptions> = {},
): Promise<{ readonly source: LiveSource; readonly server: TestServer }> {
  const server = await serve(respond);
  onTestFinished(server.close);
  return { server, source: await openOn(server.address, options) };
}

async function openOn(address: string, options: Partial<LiveOptions> = {}): Promise<LiveSource> {
  const kubeconfig = await writeKubeconfig(address);
  onTestFinished(kubeconfig.remove);
  return openLive({ kinds: KINDS, kubeconfig: kubeconfig.path, ...options });
}

/** A server that answers as it likes. */
async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function limits(some: Partial<ReadingLimits>): Partial<LiveOptions> {
  return { limits: { ...LIMITS, ...some } };
}

function pod(name: string, rest: object = {}): object {
  return { metadata: { name, namespace: 'shop' }, ...rest };
}

describe('a redirect is not followed', () => {
  const redirect = (location: string): ReturnType<Respond> => ({
    status: 302,
    body: '',
    headers: { location },
  });

  test('to Secrets, nor to another server, which would be sent the token', async () => {
    const other = await serve(() => ok([pod('forged')]));
    onTestFinished(other.close);
    for (const location of ['/api/v1/secrets', `${other.address}/api/v1/pods`, '//other.example/x']) {
      const { source, server } = await open(apiServer({ '/api/v1/pods': () => redirect(location) }));
      const cluster = await source.read();
      expect(cluster.list('Pod')).toEqual([]);
      expect(cluster.presence('Pod', 'shop', 'x')).toBe('unknown');
      expect(cluster.problems).toEqual([
        { where: '/api/v1/pods', message: expect.stringContaining('302 it redirects to') },
      ]);
      expect(server.requests.filter((request) => /[/]secrets/.test(request))).toEqual([]);
    }
    expect(other.requests).toEqual([]);
  });

  test('for a log', async () => {
    const { source, server } = await open(
      apiServer({ '/api/v1/namespaces/shop/pods/p/log': () => redirect('/api/v1/secrets') }),
    );
    expect(await source.log({ namespace: 'shop', pod: 'p', container: 'c', previous: false })).toBeNull();
    expect(server.requests).toHaveLength(1);
  });

  test('and a server that does nothing else cannot be read', async () => {
    const { source } = await open(() => redirect('https://login.example/'));
    await expect(source.read()).rejects.toThrow(ClusterUnreachable);
    await expect(source.read()).rejects.toThrow(
      'redirects to https://login.example, and redirects are not followed',
    );
  });

  test('by Prometheus', async () => {
    const other = await serve(() => ({ status: 200, body: {} }));
    onTestFinished(other.close);
    const prometheus = await serve(() => redirect(`${other.address}/x`));
    onTestFinished(prometheus.close);
    const problems: ClusterProblem[] = [];
    const { query } = openPrometheus(prometheus.address.replace('//', '//me:secret@'), (where, message) =>
      problems.push({ where, message }),
    );
    expect(await query({ metric: 'up', labels: {}, hours: 1 }, 0)).toBeNull();
    expect(other.requests).toEqual([]);
    expect(problems[0]!.message).toContain('redirects are not followed');
  });
});

describe('a list without end is cut, and what is missing is unknown,', () => {
  let page = 0;
  const endless: Respond = () => ok([pod(`p${page}`)], `token-${page++}`);

  test.each<[string, Partial<ReadingLimits>, string]>([
    ['at so many objects', { objectsOfKind: 3 }, '3 objects'],
    ['at so many pages', { pages: 4 }, '4 pages'],
    ['at so many bytes', { bytesOfKind: 200 }, '200 bytes'],
    ['at so many objects of all kinds', { objects: 5 }, '5 objects of all kinds'],
    ['at so many bytes of all kinds', { bytes: 3000 }, '3000 bytes for all kinds'],
    ['after some time', { milliseconds: 0 }, 'minutes for all kinds'],
  ])('%s', async (_name, some, why) => {
    const { source } = await open(apiServer({ '/api/v1/pods': endless }), limits(some));
    const cluster = await source.read();
    expect(cluster.list('Pod').length).toBeGreaterThan(0);
    expect(cluster.problems).toEqual([{ where: '/api/v1/pods', message: expect.stringContaining(why) }]);
    expect(cluster.problems[0]!.message).toMatch(/^the list of pods was cut after \d+ objects: /);
    expect(cluster.isRecorded('Pod', 'shop')).toBe(false);
    expect(cluster.presence('Pod', 'shop', 'other')).toBe('unknown');
    expect(cluster.presence('ConfigMap', 'shop', 'other')).toBe('absent');
  });

  test('as soon as a continue token comes again', async () => {
    const { source, server } = await open(
      apiServer({
        '/api/v1/pods': (url) => ok([pod('a')], url.searchParams.get('continue') === 'x' ? 'y' : 'x'),
      }),
    );
    const cluster = await source.read();
    expect(cluster.problems[0]!.message).toContain('the server repeats itself');
    expect(server.requests.filter((request) => request.includes('/pods'))).toHaveLength(3);
  });

  test('also when its pages are empty', async () => {
    let asked = 0;
    const { source } = await open(
      apiServer({ '/api/v1/pods': () => ok([], `t${asked++}`) }),
      limits({ pages: 10 }),
    );
    expect((await source.read()).isRecorded('Pod', 'shop')).toBe(false);
    expect(asked).toBe(10);
  });
});

describe('an answer that is too long', () => {
  test('is asked for again in smaller pages', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const pods: Respond = (url) => {
      const from = Number(url.searchParams.get('continue') ?? 0);
      const to = from + Number(url.searchParams.get('limit'));
      const page = names.slice(from, to).map((name) => pod(name, { padding: 'x'.repeat(1000) }));
      return ok(page, to < names.length ? String(to) : '');
    };
    const { source } = await open(apiServer({ '/api/v1/pods': pods }), limits({ answerBytes: 8000 }));
    const cluster = await source.read();
    expect(cluster.problems).toEqual([]);
    expect(cluster.list('Pod')).toHaveLength(30);
  });

  test('is not read to its end, and the list is cut', async () => {
    let sent = 0;
    const address = await listen((request, response) => {
      const { pathname } = new URL(request.url!, 'http://server');
      if (pathname !== '/api/v1/pods') {
        const { status, body } = apiServer({})(new URL(request.url!, 'http://server'));
        response.writeHead(status).end(JSON.stringify(body));
        return;
      }
      response.write('{"items": [');
      const more = (): void => {
        while (!response.destroyed) {
          sent += 65_536;
          if (!response.write(' '.repeat(65_536))) return void response.once('drain', more);
        }
      };
      more();
    });
    const cluster = await (await openOn(address, limits({ answerBytes: 2 ** 20 }))).read();
    expect(cluster.problems).toEqual([
      { where: '/api/v1/pods', message: expect.stringContaining('the answer is longer than 1 MiB') },
    ]);
    expect(cluster.isRecorded('Pod', 'shop')).toBe(false);
    // Four attempts, each with what the sockets hold beyond the limit.
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  test('of Prometheus is none', async () => {
    const series = (count: number): object => ({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: Array.from({ length: count }, (_, index) => ({
          metric: { i: String(index) },
          values: [[0, '1']],
        })),
      },
    });
    const server = await serve((url) => ({
      status: 200,
      body: series(Number(url.searchParams.get('query')!.slice(1, -2))),
    }));
    onTestFinished(server.close);
    const problems: string[] = [];
    const { query } = openPrometheus(server.address, (_where, message) => void problems.push(message));
    expect(await query({ metric: 'm10', labels: {}, hours: 1 }, 0)).toHaveLength(10);
    expect(await query({ metric: 'm20000', labels: {}, hours: 1 }, 0)).toBeNull();
    expect(problems).toEqual([expect.stringContaining('more than 10000 series')]);
  });
});

describe('an answer that never ends', () => {
  const dripping: RequestListener = (_request, response) => {
    response.write('{');
    const timer = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(timer));
  };

  test('of the API server is given up', async () => {
    const source = await openOn(await listen(dripping), { timeout: 50 });
    await expect(source.read()).rejects.toThrow('no whole answer within 0.05 seconds');
  });

  test('of Prometheus is given up', async () => {
    const problems: string[] = [];
    const report = (_where: string, message: string): void => void problems.push(message);
    const { query } = openPrometheus(await listen(dripping), report, { timeout: 50, now: Date.now });
    expect(await query({ metric: 'up', labels: {}, hours: 1 }, 0)).toBeNull();
    expect(problems).toHaveLength(1);
  });
});

describe('a server that lies', () => {
  test('about the names of its resources leads nowhere else', async () => {
    const core = {
      status: 200,
      body: {
        resources: [
          { kind: 'Pod', name: 'secrets', namespaced: true, verbs: ['list'] },
          { kind: 'ConfigMap', name: '../../secrets', namespaced: true, verbs: ['list'] },
          { kind: 'Service', name: 'services', namespaced: true, verbs: ['list'] },
        ],
      },
    };
    const { source, server } = await open((url) => (url.pathname === '/api/v1' ? core : apiServer({})(url)));
    await source.read();
    expect(server.requests.filter((request) => /[/]secrets/.test(request))).toEqual([]);
  });

  test('with objects of odd shapes costs these objects alone', async () => {
    const { source } = await open(
      apiServer({
        '/api/v1/pods': () => ok([{}, { metadata: null }, pod('a', { spec: { containers: 'x' } }), pod('b')]),
      }),
    );
    const cluster = await source.read();
    expect(cluster.list('Pod').map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(cluster.presence('Pod', 'shop', 'a')).toBe('present');
    expect(cluster.presence('Pod', 'shop', 'c')).toBe('absent');
    expect(cluster.isRecorded('Pod', 'shop')).toBe(false);
    expect(cluster.isRecorded('Pod', 'other')).toBe(true);
    expect(cluster.problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      '/api/v1/pods: an item of the list is not an object; it is set aside',
      'Pod without a name: metadata is null, expected a mapping; the object is set aside (/api/v1/pods)',
      'Pod shop/a: spec.containers is text, expected a list; the object is set aside (/api/v1/pods)',
    ]);
  });

  test('nests without end', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const { source } = await open(
      apiServer({
        '/api/v1/pods': () => ({
          status: 200,
          body: `{"items":[{"metadata":{"name":"a"},"x":${deep}},{"metadata":{"name":"b"}}]}`,
        }),
      }),
    );
    expect((await source.read()).list('Pod')).toHaveLength(1);
  });
});

test('the log of a pod called exec in a namespace called proxy is read', async () => {
  const { source } = await open(
    apiServer({ '/api/v1/namespaces/proxy/pods/exec/log': () => ({ status: 200, body: 'it works\n' }) }),
  );
  expect(await source.log({ namespace: 'proxy', pod: 'exec', container: 'secrets', previous: false })).toBe(
    'it works\n',
  );
});
