import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { buildDemoRepository, demoFolder } from '../../scripts/demo-repository.ts';
import { openPrometheus } from '../../src/cluster/prometheus.ts';
import { rangeQuery } from '../../src/cluster/prometheus/queries.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { PURPOSES } from '../../src/cluster/purposes.ts';
import type { ClusterSource, MetricRequest, MetricSeries, Purpose } from '../../src/model/cluster-state.ts';
import { openRenderers } from '../../src/renderers/open-renderers.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { diagnose } from '../../src/pipeline.ts';
import { Revision } from '../../src/sources/revision.ts';
import { needsTool } from '../needs.ts';
import { offSteps, recordedSeries, startPrometheus, type PrometheusServer } from './prometheus-server.ts';

/*
 * A real Prometheus with the samples that the demo's snapshot recorded.
 */

const { prometheus, promtool } = await findTools();
const snapshot = join(demoFolder, 'snapshot');
const scratch = join(tmpdir(), `faultline-prometheus-${randomUUID()}`);
const problems: string[] = [];
const report = (where: string, message: string): void => void problems.push(`${where}: ${message}`);
let server: PrometheusServer | undefined;

const stored = offSteps(recordedSeries(snapshot));

beforeAll(async () => {
  if (prometheus && promtool)
    server = await startPrometheus({ prometheus, promtool }, stored, join(scratch, 'server'));
}, 90_000);

afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const live = needsTool('prometheus', 'promtool');

/** Prometheus shows a sample for so long, in milliseconds. */
const LOOKBACK = 300_000;

/** What a range query answers for these samples: at each step the newest sample that is no older than the lookback. */
function atSteps(
  samples: MetricSeries['samples'],
  request: MetricRequest,
  now: number,
): MetricSeries['samples'] {
  const query = rangeQuery(new URL('http://any'), request, now).searchParams;
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name)) * 1000) as [
    number,
    number,
    number,
  ];
  return Array.from(
    { length: Math.floor((end - start) / step) + 1 },
    (_, index) => start + index * step,
  ).flatMap((at) => {
    const newest = samples.findLast(([time]) => time <= at);
    return newest && at - newest[0] < LOOKBACK ? [[at, newest[1]] as const] : [];
  });
}

describe('a real Prometheus', () => {
  live.each(Object.keys(PURPOSES) as Purpose[])('understands what it is asked for %s', async (purpose) => {
    const { now } = await (await openSnapshot(snapshot)).read();
    const before = problems.length;
    const labels = { cluster: 'prod-eu' };
    for (const connection of [{ url: server!.address }, { url: server!.address, labels }])
      expect(await openPrometheus(connection, report).find(purpose, now)).not.toBeNull();
    expect(problems.slice(before)).toEqual([]);
  });

  live.each([6, 24, 7 * 24])('answers for %i hours what was recorded', async (hours) => {
    const source = await openSnapshot(snapshot);
    const { now } = await source.read();
    const asked = openPrometheus(server!.address, report);
    let compared = 0;
    for (const { labels, samples } of stored) {
      const { __name__: metric, ...rest } = labels;
      const request = { metric: metric!, labels: rest, hours };
      const expected = atSteps(samples, request, now);
      const answer = await asked.query(request, now);
      expect(answer).toEqual(expected.length === 0 ? [] : [{ labels, samples: expected }]);
      compared += expected.length;
    }
    expect(compared).toBeGreaterThan(100);
    expect(problems).toEqual([]);
  });

  live('finds the series of a workload by some of their labels', async () => {
    const source = await openSnapshot(snapshot);
    const { now } = await source.read();
    const request = {
      metric: 'container_memory_working_set_bytes',
      labels: { namespace: 'booking', container: 'tiles' },
      hours: 6,
    };
    const podsOf = (series: readonly MetricSeries[] | null) =>
      series?.map(({ labels }) => labels['pod']).sort();
    const answer = await openPrometheus(server!.address, report).query(request, now);
    expect(podsOf(answer)).toEqual(podsOf(await source.metric(request, now)));
    expect(answer).toHaveLength(3);
  });

  live('knows that a metric has no series, and takes label values for nothing but text', async () => {
    const asked = openPrometheus(server!.address, report);
    const labels = { namespace: 'a"} or vector(1) #', pod: 'b\\\n' };
    expect(await asked.query({ metric: 'up', labels, hours: 6 }, Date.now())).toEqual([]);
    expect(problems).toEqual([]);
  });

  live('may be asked for as many points as it will give', async () => {
    const asked = openPrometheus(server!.address, report);
    expect(await asked.query({ metric: 'up', labels: {}, hours: 24 * 365 }, Date.now())).toEqual([]);
    expect(problems).toEqual([]);
  });

  live('says in its own words why it cannot answer', async () => {
    const said: string[] = [];
    const asked = openPrometheus(server!.address, (where, message) => said.push(`${where} ${message}`));
    expect(await asked.query({ metric: 'up', labels: {}, hours: -1 }, Date.now())).toBeNull();
    expect(said).toEqual([expect.stringMatching(/cannot answer for up: 400 .*end timestamp/)]);
  });

  live('leads every rule to the finding that the recorded metrics lead to', async () => {
    vi.stubEnv('XDG_CACHE_HOME', join(scratch, 'cache'));
    try {
      const recorded = await openSnapshot(snapshot);
      const { query } = openPrometheus(server!.address, report);
      const [expected, actual] = [await findings(recorded), await findings({ ...recorded, metric: query })];
      expect(actual).toEqual(expected);
      expect(expected.map(({ rule }) => rule)).toEqual(
        expect.arrayContaining(['oom-killed', 'hpa-at-maximum']) as unknown,
      );
      expect(problems).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

interface Conclusion {
  readonly rule: string;
  readonly cause: string;
  readonly changes: unknown;
  readonly confidence: unknown;
  readonly metrics: readonly string[];
}

/** What the rules make of the demo with these metrics. */
async function findings(source: ClusterSource): Promise<readonly Conclusion[]> {
  const folder = join(scratch, 'repository');
  buildDemoRepository(folder);
  const repository = await openRepository(folder);
  const renderers = openRenderers();
  const revision = await Revision.of(await repository.treeAt(repository.head!.sha), renderers);
  const { results } = await diagnose({
    source,
    repository,
    revision,
    renderers,
    config: DEFAULT_CONFIG,
    configErrors: [],
  });
  return results.map(({ incident: { finding } }) => ({
    rule: finding.rule,
    cause: finding.cause,
    changes: finding.changes,
    confidence: finding.confidence,
    metrics: finding.evidence.filter(({ source }) => source === 'metric').map(({ text }) => String(text)),
  }));
}
