import { afterEach, describe, expect, test } from 'vitest';
import { openPrometheus, type PrometheusOptions } from '../../../src/cluster/prometheus.ts';
import type { PrometheusConnection } from '../../../src/cluster/prometheus-connection.ts';
import type { MetricRequest } from '../../../src/model/cluster-state.ts';
import { serve, type Respond, type TestServer } from '../api-server.ts';

const NOW = Date.parse('2026-03-04T10:00:00Z');
const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function opened(
  respond: Respond,
  more: Partial<PrometheusConnection> = {},
  options?: PrometheusOptions,
) {
  const server = await serve(respond);
  servers.push(server);
  const problems: string[] = [];
  const prometheus = openPrometheus(
    { url: server.address, ...more },
    (_where, message) => problems.push(message),
    options,
  );
  return { ...prometheus, problems, requests: server.requests };
}

function series(...pods: readonly Readonly<Record<string, string>>[]): ReturnType<Respond> {
  const result = pods.map((metric) => ({ metric, values: [[NOW / 1000, '1']] }));
  return { status: 200, body: { status: 'success', data: { resultType: 'matrix', result } } };
}

const of = (container: string, namespace = 'pier'): MetricRequest => ({
  metric: 'use',
  labels: { namespace, container },
  hours: 1,
});

describe('requests that come together', () => {
  test('are one query when they are alike, and each has its own series', async () => {
    const both = series({ namespace: 'pier', container: 'crane' }, { namespace: 'pier', container: 'winch' });
    const { query, requests } = await opened(() => both);
    const [crane, winch, buoy] = await Promise.all(
      ['crane', 'winch', 'buoy'].map((container) => query(of(container), NOW)),
    );
    expect(requests).toHaveLength(1);
    expect(crane!.map(({ labels }) => labels['container'])).toEqual(['crane']);
    expect(winch!.map(({ labels }) => labels['container'])).toEqual(['winch']);
    expect(buoy).toEqual([]);
  });

  test('are several where they ask for other hours, or another metric', async () => {
    const { query, requests } = await opened(() => series());
    await Promise.all([
      query(of('crane'), NOW),
      query({ ...of('winch'), hours: 6 }, NOW),
      query({ ...of('winch'), metric: 'load' }, NOW),
    ]);
    expect(requests).toHaveLength(3);
  });

  test('never make an address longer than a proxy takes', async () => {
    const { query, requests } = await opened(() => series());
    const many = Array.from({ length: 200 }, (_, index) =>
      of(`container-${index}`, `namespace-${index % 40}`),
    );
    await Promise.all(many.map((one) => query(one, NOW)));
    expect(requests.length).toBeLessThan(20);
    for (const request of requests) expect(request.length).toBeLessThan(6_100);
  });

  test('are asked in halves where they are too much together', async () => {
    const tooMuch = { status: 422, body: { status: 'error', error: 'too many samples' } };
    const { query, requests, problems } = await opened((url) =>
      url.searchParams.get('query')!.includes('|')
        ? tooMuch
        : url.searchParams.get('query')!.includes('winch')
          ? tooMuch
          : series({ namespace: 'pier', container: 'crane' }),
    );
    const [crane, winch] = await Promise.all([query(of('crane'), NOW), query(of('winch'), NOW)]);
    expect(crane).toHaveLength(1);
    expect(winch).toBeNull();
    expect(requests).toHaveLength(3);
    expect(problems).toEqual(['cannot answer for use: 422 too many samples']);
  });

  test('are not asked one by one of a server that is down', async () => {
    const { query, requests, problems } = await opened(() => ({ status: 503, body: 'disk full' }));
    const all = await Promise.all(['a', 'b', 'c'].map((name) => query(of(name), NOW)));
    expect(all).toEqual([null, null, null]);
    expect(await query(of('d'), NOW)).toBeNull();
    expect(requests).toHaveLength(1);
    expect(problems).toEqual(['does not answer, metrics are unknown: 503 Service Unavailable']);
  });

  test('are as many at a time as allowed', async () => {
    let [running, most] = [0, 0];
    const { createServer } = await import('node:http');
    const server = createServer((_request, response) => {
      running += 1;
      most = Math.max(most, running);
      setImmediate(() => {
        running -= 1;
        response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as import('node:net').AddressInfo;
    const { query } = openPrometheus(`http://127.0.0.1:${port}`, () => undefined, { sideBySide: 2 });
    const metrics = Array.from({ length: 12 }, (_, index) => ({ ...of('crane'), metric: `use_${index}` }));
    expect(await Promise.all(metrics.map((one) => query(one, NOW)))).toEqual(metrics.map(() => []));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(most).toBe(2);
  });
});

describe('an answer', () => {
  test('holds for a step of its samples', async () => {
    const { query, find, requests } = await opened(() => series());
    await Promise.all([query(of('crane'), NOW), query(of('crane'), NOW)]);
    await query(of('crane'), NOW + 59_000);
    expect(requests).toHaveLength(1);
    await query(of('crane'), NOW + 60_000);
    expect(requests).toHaveLength(2);
    await Promise.all([find('memory-trend', NOW), find('memory-trend', NOW)]);
    expect(requests).toHaveLength(3);
  });

  test('of another moment before is none', async () => {
    const { query, requests } = await opened(() => series());
    await query(of('crane'), NOW);
    await query(of('crane'), NOW - 1000);
    expect(requests).toHaveLength(2);
  });

  test('that could not be told is asked for again', async () => {
    let isUp = false;
    const partial = {
      status: 200,
      body: { status: 'success', isPartial: true, data: { resultType: 'matrix', result: [] } },
    };
    const { query, requests } = await opened(() => (isUp ? series() : partial));
    expect(await query(of('crane'), NOW)).toBeNull();
    isUp = true;
    expect(await query(of('crane'), NOW)).toEqual([]);
    expect(requests).toHaveLength(2);
  });

  test('for earlier weeks has the times of this one', async () => {
    const before = NOW - 2 * 7 * 24 * 3600_000;
    const { query } = await opened(() => ({
      status: 200,
      body: {
        status: 'success',
        data: {
          resultType: 'matrix',
          result: [{ metric: of('crane').labels, values: [[before / 1000, '3']] }],
        },
      },
    }));
    const [found] = (await query({ ...of('crane'), weeksAgo: 2 }, NOW))!;
    expect(found!.samples).toEqual([[NOW, 3]]);
  });
});

describe('one scan', () => {
  test('waits no longer than it may, says so once, and the next one asks again', async () => {
    let at = 0;
    const { query, requests, problems } = await opened(
      () => {
        at += 25_000;
        return series();
      },
      {},
      { now: () => at, scan: 60_000, sideBySide: 1 },
    );
    const all = Array.from({ length: 6 }, (_, index) => ({ ...of('crane'), metric: `use_${index}` }));
    const answers = await Promise.all(all.map((one) => query(one, NOW)));
    expect(answers.map((one) => one !== null)).toEqual([true, true, true, false, false, false]);
    expect(problems).toEqual([
      'metrics not answered by now are unknown: its answers took longer than the 60 s that one scan waits',
    ]);
    expect(await query(of('winch'), NOW + 60_000)).toEqual([]);
    expect(requests).toHaveLength(4);
  });

  test('is not held up by a server that never ends its answer', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((_request, response) => void response.write('{'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as import('node:net').AddressInfo;
    const problems: string[] = [];
    const { query } = openPrometheus(`http://127.0.0.1:${port}`, (_, message) => problems.push(message), {
      timeout: 50,
    });
    expect(await query(of('crane'), NOW)).toBeNull();
    expect(await query(of('winch'), NOW)).toBeNull();
    expect(problems).toHaveLength(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('asks no more often than it may', async () => {
    const { query, requests, problems } = await opened(() => series(), {}, { requests: 2 });
    const all = ['a', 'b', 'c', 'd'].map((metric) => query({ ...of('crane'), metric }, NOW));
    expect((await Promise.all(all)).filter((one) => one !== null)).toHaveLength(2);
    expect(requests).toHaveLength(2);
    expect(problems).toEqual(['metrics not answered by now are unknown: one scan may ask 2 times']);
  });
});
