import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { openPrometheus } from '../../src/cluster/prometheus.ts';
import type { PrometheusConnection } from '../../src/cluster/prometheus-connection.ts';
import type { MetricRequest, MetricSeries } from '../../src/model/cluster-state.ts';
import { Ask, type Asking } from '../../src/model/ask.ts';
import { memoryUse } from '../../src/witnesses/memory-use.ts';
import type { ContainerFacts } from '../../src/facts/subjects.ts';
import { needsTool } from '../needs.ts';
import { startPrometheus, type PrometheusServer } from './prometheus-server.ts';

/*
 * A real Prometheus with seven days of two workloads, as a pair of scrapers and an exporter whose labels are not honoured leave them.
 */

const { prometheus, promtool } = await findTools();
const scratch = join(tmpdir(), `faultline-prometheus-week-${randomUUID()}`);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.parse('2026-03-04T10:00:00Z');
const MEBIBYTE = 2 ** 20;
const USE = 'container_memory_working_set_bytes';

let server: PrometheusServer | undefined;

/** A sample every five minutes from `days` ago to `until` days ago, a second off the steps of queries. */
function series(
  labels: Readonly<Record<string, string>>,
  value: (at: number) => number,
  days = 7,
  until = 0,
): MetricSeries {
  const samples: [number, number][] = [];
  for (let at = NOW - days * DAY - 1000; at <= NOW - until * DAY; at += 5 * MINUTE)
    samples.push([at, value(at)]);
  return { labels, samples };
}

const pier = { namespace: 'pier', container: 'crane' };
const replicas = ['a', 'b'] as const;

/** In the last two hours of each day it needs 400 MiB, else 200. */
function daily(at: number): number {
  return (NOW - at) % DAY <= 2 * 60 * MINUTE ? 400 * MEBIBYTE : 200 * MEBIBYTE;
}

const stored: readonly MetricSeries[] = replicas.flatMap((prometheus_replica) => [
  series({ __name__: USE, ...pier, pod: 'crane-5f7b9c-aaaaa', id: '/1', prometheus_replica }, daily, 7, 3),
  // The same pod after a restart: another series, which on its own is a start.
  series({ __name__: USE, ...pier, pod: 'crane-5f7b9c-aaaaa', id: '/2', prometheus_replica }, daily, 3),
  // A pod of a revision that is gone, and one of a workload whose name begins alike.
  series(
    { __name__: USE, ...pier, pod: 'crane-7d4c8d-bbbbb', id: '/3', prometheus_replica },
    () => 300 * MEBIBYTE,
    6,
    5,
  ),
  series(
    { __name__: USE, ...pier, pod: 'crane-arm-6b8d5f-ccccc', id: '/4', prometheus_replica },
    () => 4000 * MEBIBYTE,
  ),
  series(
    { __name__: USE, ...pier, pod: 'crane-5f7b9c-ddddd', exported_namespace: 'quay', prometheus_replica },
    () => 9000 * MEBIBYTE,
  ),
  series(
    {
      __name__: 'kube_pod_container_resource_limits',
      ...pier,
      resource: 'memory',
      pod: 'crane-5f7b9c-aaaaa',
      prometheus_replica,
    },
    () => 420 * MEBIBYTE,
    1,
  ),
  series({ __name__: 'latency', ns: 'pier', svc: 'crane', prometheus_replica }, (at) =>
    at > NOW - DAY / 4 ? 0.9 : 0.3,
  ),
]);

beforeAll(async () => {
  if (prometheus && promtool)
    server = await startPrometheus({ prometheus, promtool }, stored, join(scratch, 'server'));
}, 90_000);

afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const live = needsTool('prometheus', 'promtool');

function opened(more: Partial<PrometheusConnection> = {}) {
  const problems: string[] = [];
  const report = (where: string, message: string): void => void problems.push(`${where}: ${message}`);
  return { problems, ...openPrometheus({ url: server!.address, ...more }, report) };
}

/** What asks comes to, with answers of this Prometheus. */
async function answered<Result>(
  asking: Asking<Result>,
  query: (request: MetricRequest, now: number) => Promise<readonly MetricSeries[] | null>,
): Promise<Result> {
  let step = asking.next([]);
  while (!step.done)
    step = asking.next(
      await Promise.all(step.value.map((need) => (need.kind === 'metric' ? query(need, NOW) : null))),
    );
  return step.value;
}

const container = {
  workload: { ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'pier', name: 'crane' } },
  name: 'crane',
} as unknown as ContainerFacts;
const ask = new Ask({ memoryFactor: 2 });

describe('seven days in a real Prometheus', () => {
  live(
    'give the percentile of all pods of a workload, through restarts and revisions, once for two scrapers',
    async () => {
      const { query, problems } = opened();
      const limit = 420 * MEBIBYTE;
      const use = await answered(memoryUse(container, ['crane-5f7b9c-aaaaa'], limit, ask), query);
      expect(use.pods).toBe(2);
      // A twelfth of the time at 400 MiB: the 99th percentile is there, although the later run alone has most of its samples below.
      expect(use.p99).toBe(400 * MEBIBYTE);
      expect(use.maximum).toBe(400 * MEBIBYTE);
      expect(use.measured / DAY).toBeCloseTo(7, 1);
      const samples = use.byPod.get('crane-5f7b9c-aaaaa')!;
      expect(new Set(samples.map(([at]) => at)).size).toBe(samples.length);
      expect(problems).toEqual([]);
    },
  );

  live('are unknown, not zero, for what was never measured', async () => {
    const { query, problems } = opened();
    const other = { ...container, name: 'winch' } as ContainerFacts;
    const use = await answered(memoryUse(other, ['crane-5f7b9c-aaaaa'], 1, ask), query);
    expect([use.p99, use.maximum, use.pods, use.shape]).toEqual([null, null, 0, 'unknown']);
    expect(problems).toEqual([]);
  });

  live('show a container near its limit by kube-state-metrics, where cAdvisor has no limit', async () => {
    const { find, problems } = opened();
    const near = await find('memory-near-limit', NOW);
    expect(near!.map(({ labels }) => labels)).toEqual([{ ...pier, pod: 'crane-5f7b9c-aaaaa' }]);
    expect(await find('memory-near-limit', NOW - DAY / 2)).toEqual([]);
    expect(problems).toEqual([]);
  });

  live('answer many requests of one moment as they answer each alone', async () => {
    const together = opened();
    const requests = ['crane-5f7b9c-aaaaa', 'crane-7d4c8d-bbbbb', 'crane-arm-6b8d5f-ccccc', 'none'].map(
      (pod) => ({
        metric: USE,
        labels: { ...pier, pod },
        hours: 168,
        by: ['namespace', 'pod', 'container'],
      }),
    );
    const joined = await Promise.all(requests.map((one) => together.query(one, NOW)));
    for (const [index, request] of requests.entries())
      expect(joined[index]).toEqual(await opened().query(request, NOW));
    expect(joined.map((one) => one!.length)).toEqual([1, 1, 1, 0]);
    expect(together.problems).toEqual([]);
  });

  live('take a configured query for a name that nobody records', async () => {
    const name = 'http_request_duration_seconds:p95';
    const renamed = `label_replace(label_replace(latency, "namespace", "$1", "ns", "(.*)"), "service", "$1", "svc", "(.*)")`;
    const queries = { [name]: `max by (namespace, service) (${renamed})` };
    const { query, find, problems } = opened({ queries });
    const request = { metric: name, labels: { namespace: 'pier', service: 'crane' }, hours: 6 };
    const [latency] = (await query(request, NOW))!;
    expect(latency!.samples.at(-1)![1]).toBe(0.9);
    expect(await query({ ...request, labels: { namespace: 'pier', service: 'winch' } }, NOW)).toEqual([]);
    const [found] = (await find('service-latency', NOW))!;
    expect(found!.labels).toEqual({ __name__: name, namespace: 'pier', service: 'crane' });
    expect(problems).toEqual([]);
  });
});
