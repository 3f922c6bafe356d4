import { afterEach, describe, expect, test } from 'vitest';
import { openPrometheus } from '../../src/cluster/prometheus.ts';
import { batchQuery, rangeQuery } from '../../src/cluster/prometheus/queries.ts';
import type { MetricRequest, MetricSeries } from '../../src/model/cluster-state.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { failure, serve, type Respond, type TestServer } from './api-server.ts';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const request = { metric: 'up', labels: { pod: 'a' }, hours: 6 };

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function ask(respond: Respond): Promise<{
  series: readonly MetricSeries[] | null;
  problems: readonly string[];
  requests: readonly string[];
}> {
  const server = await serve(respond);
  servers.push(server);
  const problems: string[] = [];
  const prometheus = openPrometheus(`${server.address}/prometheus/`, (_where, message) =>
    problems.push(message),
  );
  return { series: await prometheus.query(request, NOW), problems, requests: server.requests };
}

/** The PromQL of one query for these. */
function promql(...batch: readonly MetricRequest[]): string {
  return batchQuery(new URL('http://p'), batch, NOW).searchParams.get('query')!;
}

describe('the query', () => {
  test('names the metric and its labels', () => {
    expect(promql({ metric: 'http:p95', labels: { service: 'shop', pod: 'a' }, hours: 1 })).toBe(
      'http:p95{service="shop",pod="a"}',
    );
    expect(promql({ metric: 'up', labels: {}, hours: 1 })).toBe('up{}');
  });

  test('cannot be left by a label value or a metric name', () => {
    expect(promql({ metric: 'up', labels: { pod: 'a"} or secret{x="\\' }, hours: 1 })).toBe(
      'up{pod="a\\"} or secret{x=\\"\\\\"}',
    );
    expect(promql({ metric: 'up} or {', labels: {}, hours: 1 })).toBe('{__name__="up} or {"}');
    expect(() => promql({ metric: 'up', labels: { 'a="b",c': 'd' }, hours: 1 })).toThrow(TypeError);
  });

  test.each([
    [6, 60],
    [7, 300],
    [24 * 7, 300],
    [24 * 365, 2868],
  ])('over %d hours has a point every %d seconds, never more than Prometheus takes', (hours, step) => {
    const { searchParams } = rangeQuery(new URL('http://p'), { ...request, hours }, NOW);
    const span = Number(searchParams.get('end')) - Number(searchParams.get('start'));
    expect(span).toBe(hours * 3600);
    expect(Number(searchParams.get('step'))).toBe(step);
    expect(span / step + 1).toBeLessThanOrEqual(11_000);
  });
});

describe('the answer', () => {
  test('is read as series', async () => {
    const matrix = {
      resultType: 'matrix',
      result: [{ metric: { __name__: 'up', pod: 'a' }, values: [[1769860800, '0.5']] }],
    };
    const { series, problems, requests } = await ask(() => ({
      status: 200,
      body: { status: 'success', data: matrix },
    }));
    expect(series).toEqual([{ labels: { __name__: 'up', pod: 'a' }, samples: [[1769860800000, 0.5]] }]);
    expect(problems).toEqual([]);
    expect(requests).toEqual([
      expect.stringMatching(/^GET \/prometheus\/api\/v1\/query_range\?query=up%7Bpod%3D%22a%22%7D&start=/),
    ]);
  });

  test('of an error is a problem, not an exception', async () => {
    const { series, problems } = await ask(() => ({
      status: 422,
      body: { status: 'error', error: 'query timed out' },
    }));
    expect(series).toBeNull();
    expect(problems).toEqual(['cannot answer for up: 422 query timed out']);
  });

  test.each([
    ['a web page', { status: 200, body: '<html>' }],
    ['a redirect to a login', { ...failure(302, ''), headers: { location: '/login' } }],
    ['a failure', failure(500, 'boom')],
  ])('that is %s is a problem', async (_what, response) => {
    const { series, problems } = await ask(() => response);
    expect(series).toBeNull();
    expect(problems).toHaveLength(1);
  });

  test('that never comes is one problem, however many are asked', async () => {
    const problems: string[] = [];
    const server = await serve(() => failure(500, ''));
    await server.close();
    const prometheus = openPrometheus(server.address, (_where, message) => problems.push(message));
    const asked = Array.from({ length: 3 }, () => prometheus.query(request, NOW));
    expect(await Promise.all(asked)).toEqual([null, null, null]);
    expect(await prometheus.query(request, NOW)).toBeNull();
    expect(problems).toEqual([
      expect.stringMatching(/^does not answer, metrics are unknown: .*ECONNREFUSED/),
    ]);
  });

  test('that stops coming is a problem of each metric: the next one may be answered', async () => {
    const problems: string[] = [];
    const matrix = { status: 'success', data: { resultType: 'matrix', result: [] } };
    const server = await serve(() => ({ status: 200, body: matrix }));
    const prometheus = openPrometheus(server.address, (_where, message) => problems.push(message));
    expect(await prometheus.query(request, NOW)).toEqual([]);
    await server.close();
    expect(await prometheus.query(request, NOW + 60_000)).toBeNull();
    expect(await prometheus.query({ ...request, metric: 'down' }, NOW)).toBeNull();
    expect(problems).toEqual([
      expect.stringMatching(/^cannot answer for up: /),
      expect.stringMatching(/^cannot answer for down: /),
    ]);
  });

  test('an address that is none is a wrong call', () => {
    expect(() => openPrometheus('prometheus:9090', () => {})).toThrow(InputError);
    expect(() => openPrometheus('nonsense', () => {})).toThrow(
      '--prometheus nonsense: expected an http or https address',
    );
  });

  test('credentials in the address go into a header and not into problems', async () => {
    const server = await serve(() => failure(500, 'boom'));
    servers.push(server);
    const told: string[] = [];
    const address = server.address.replace('http://', 'http://user:hunter2@');
    await openPrometheus(address, (...parts) => told.push(...parts)).query(request, NOW);
    expect(server.requests).toHaveLength(1);
    expect(told.join()).not.toContain('hunter2');
  });
});
