import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { openWatch, type ClusterWatch } from '../../../src/cluster/watching/open-watch.ts';
import { PACE, type Pace } from '../../../src/cluster/watching/pace.ts';
import { writeKubeconfig } from '../api-server.ts';

/** Config maps as one server has them, and the watches that it has open. What a real server cannot be made to do at will. */
interface MadeServer {
  readonly server: Server;
  readonly address: string;
  readonly names: Map<string, number>;
  readonly queries: URLSearchParams[];
  readonly watches: Set<ServerResponse>;
  version: number;
  watchStatus: number;
  listStatus: number;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const CONFIG_MAPS = [{ group: '', kind: 'ConfigMap', version: 'v1' }];
const RESOURCES = [{ kind: 'ConfigMap', name: 'configmaps', namespaced: true, verbs: ['list', 'watch'] }];

function objectOf(name: string, version: number): object {
  return {
    metadata: { name, namespace: 'shop', resourceVersion: String(version) },
    data: { of: String(version) },
  };
}

async function made(): Promise<MadeServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://server');
    const answer = (status: number, body: object): void =>
      void response.writeHead(status).end(JSON.stringify(body));
    if (pathname === '/apis') return answer(200, { groups: [] });
    if (pathname === '/api/v1') return answer(200, { resources: RESOURCES });
    if (pathname !== '/api/v1/configmaps') return answer(404, { message: 'not found' });
    if (!searchParams.has('watch')) {
      if (one.listStatus !== 200) return answer(one.listStatus, { message: 'no' });
      const items = [...one.names].map(([name, version]) => objectOf(name, version));
      return answer(200, { metadata: { resourceVersion: String(one.version) }, items });
    }
    one.queries.push(searchParams);
    if (one.watchStatus !== 200) return answer(one.watchStatus, { code: one.watchStatus, message: 'no' });
    response.writeHead(200).flushHeaders();
    one.watches.add(response.on('close', () => one.watches.delete(response)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const one: MadeServer = {
    server,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names: new Map([['first', 1]]),
    queries: [],
    watches: new Set(),
    version: 1,
    watchStatus: 200,
    listStatus: 200,
  };
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return one;
}

async function watchOf(one: MadeServer, quick: Partial<Pace> = {}): Promise<ClusterWatch> {
  const kubeconfig = await writeKubeconfig(one.address);
  closing.push(kubeconfig.remove);
  const pause = (milliseconds: number, signal: AbortSignal) => PACE.pause(milliseconds / 20, signal);
  const watch = await openWatch({
    kinds: CONFIG_MAPS,
    kubeconfig: kubeconfig.path,
    pace: { ...PACE, pause, ...quick },
  });
  closing.push(() => watch.close());
  await watch.source.read();
  await vi.waitFor(() => expect(one.queries.length).toBeGreaterThan(0));
  return watch;
}

function send({ watches }: MadeServer, type: string, object: object): void {
  for (const response of watches) response.write(`${JSON.stringify({ type, object })}\n`);
}

function names(watch: ClusterWatch): readonly string[] {
  return watch
    .state()!
    .list('ConfigMap')
    .map(({ metadata }) => metadata.name);
}

test('a watch that ends goes on from its last version, for which a bookmark counts', async () => {
  const one = await made();
  await watchOf(one);
  await vi.waitFor(() => expect(one.watches.size).toBe(1));
  send(one, 'BOOKMARK', { metadata: { resourceVersion: '9' } });
  for (const response of one.watches) response.end();
  await vi.waitFor(() => expect(one.queries.length).toBe(2));
  expect(one.queries.map((query) => query.get('resourceVersion'))).toEqual(['1', '9']);
  expect(one.queries.map((query) => query.get('allowWatchBookmarks'))).toEqual(['true', 'true']);
});

test('a connection over which bookmarks came counts as dead when none come any more', async () => {
  const one = await made();
  const watch = await watchOf(one, { silence: 300 });
  await vi.waitFor(() => expect(one.watches.size).toBe(1));
  send(one, 'BOOKMARK', { metadata: { resourceVersion: '9' } });
  one.names.set('second', 10);
  await vi.waitFor(() => expect(one.queries.length).toBe(2), 5_000);
  expect(one.queries[1]!.get('resourceVersion')).toBe('9');
  expect(names(watch)).toEqual(['first']);
});

test('a connection over which nothing came may just have nothing to say', async () => {
  const one = await made();
  await watchOf(one, { silence: 50 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(one.queries.length).toBe(1);
});

test('a server that ends each watch at once is not asked all the time', async () => {
  const one = await made();
  await watchOf(one);
  const waits: number[] = [];
  for (let times = 0; times < 4; times += 1) {
    const began = performance.now();
    const before = one.queries.length;
    await vi.waitFor(() => expect(one.watches.size).toBe(1), { interval: 1, timeout: 5_000 });
    for (const response of one.watches) response.end();
    await vi.waitFor(() => expect(one.queries.length).toBeGreaterThan(before), {
      interval: 1,
      timeout: 5_000,
    });
    waits.push(performance.now() - began);
  }
  // A twentieth of the pauses in production: 12 to 25 ms, then twice as long each time.
  expect(Math.max(...waits.slice(1))).toBeGreaterThan(20);
});

test('one that listens and fails ends neither the watch nor the others', async () => {
  const one = await made();
  const watch = await watchOf(one);
  const heard: string[] = [];
  watch.subscribe(() => {
    throw new Error('of the one that listens');
  });
  watch.subscribe((changes) => heard.push(...changes.map(({ ref }) => ref.name)));
  await vi.waitFor(() => expect(one.watches.size).toBe(1));
  send(one, 'ADDED', objectOf('second', 5));
  send(one, 'ADDED', objectOf('third', 6));
  await vi.waitFor(() => expect(heard).toEqual(['second', 'third']));
  expect(names(watch)).toEqual(['first', 'second', 'third']);
  expect(watch.problems().map(({ message }) => message)).toEqual([
    'what follows changes failed: of the one that listens',
  ]);
});

test.each(['event', 'status'])(
  'a version that the server no longer has (410 as %s) reads the list again',
  async (as) => {
    const one = await made();
    const watch = await watchOf(one);
    await vi.waitFor(() => expect(one.watches.size).toBe(1));
    one.names.clear();
    one.names.set('second', 5);
    one.version = 5;
    if (as === 'event') send(one, 'ERROR', { code: 410, message: 'too old resource version' });
    else {
      one.watchStatus = 410;
      for (const response of one.watches) response.destroy();
      await vi.waitFor(() => expect(one.queries.length).toBeGreaterThan(1));
      one.watchStatus = 200;
    }
    await vi.waitFor(() => expect(names(watch)).toEqual(['second']), 5_000);
  },
);

test('what may be listed and not watched is listed again and again, and said with verb and resource', async () => {
  const one = await made();
  one.watchStatus = 403;
  const watch = await watchOf(one);
  await vi.waitFor(() =>
    expect(
      watch
        .problems()
        .map(({ message }) => message)
        .join(),
    ).toContain('may not watch configmaps'),
  );
  one.names.set('second', 2);
  await vi.waitFor(() => expect(names(watch)).toEqual(['first', 'second']), 5_000);
  expect(watch.state()!.presence('ConfigMap', 'shop', 'third')).toBe('absent');
});

test('what may not be listed is unknown, and said', async () => {
  const one = await made();
  one.listStatus = 403;
  const kubeconfig = await writeKubeconfig(one.address);
  closing.push(kubeconfig.remove);
  const watch = await openWatch({ kinds: CONFIG_MAPS, kubeconfig: kubeconfig.path });
  closing.push(() => watch.close());
  expect((await watch.source.read()).presence('ConfigMap', 'shop', 'first')).toBe('unknown');
  expect(watch.problems()).toHaveLength(1);
});
