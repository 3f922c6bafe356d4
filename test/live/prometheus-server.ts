import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSeries } from '../../src/cluster/recorded-metrics.ts';
import type { MetricSeries } from '../../src/model/cluster-state.ts';
import { freePort } from '../free-port.ts';
import { startProgram, type Program } from './programs.ts';

export interface PrometheusServer extends Program {
  readonly address: string;
}

/** All series that a snapshot recorded. */
export function recordedSeries(snapshot: string): readonly MetricSeries[] {
  const folder = join(snapshot, 'metrics');
  return readdirSync(folder).flatMap(
    (file) => readSeries(JSON.parse(readFileSync(join(folder, file), 'utf8'))) ?? [],
  );
}

/**
 * A second earlier: queries have points at whole steps, and versions differ in whether a sample of exactly the lookback's age still
 * counts.
 */
export function offSteps(all: readonly MetricSeries[]): readonly MetricSeries[] {
  return all.map((series) => ({
    ...series,
    samples: series.samples.map(([at, value]) => [at - 1000, value] as const),
  }));
}

/** A real Prometheus that has stored these samples, at their own times, and scrapes nothing. */
export async function startPrometheus(
  tools: { readonly prometheus: string; readonly promtool: string },
  series: readonly MetricSeries[],
  folder: string,
): Promise<PrometheusServer> {
  const storage = join(folder, 'storage');
  mkdirSync(storage, { recursive: true });
  writeFileSync(join(folder, 'samples.txt'), openMetrics(series));
  execFileSync(
    tools.promtool,
    [
      'tsdb',
      'create-blocks-from',
      '--max-block-duration=2400h',
      'openmetrics',
      '--quiet',
      join(folder, 'samples.txt'),
      storage,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  writeFileSync(join(folder, 'prometheus.yml'), 'scrape_configs: []\n');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const program = await startProgram(
    tools.prometheus,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${storage}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    async () => (await fetch(`${address}/-/ready`)).ok,
  );
  return { address, ...program };
}

/** A real VictoriaMetrics with the same samples, which understands Prometheus' queries. */
export async function startVictoriaMetrics(
  program: string,
  series: readonly MetricSeries[],
  folder: string,
): Promise<PrometheusServer> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const running = await startProgram(
    program,
    [
      `-storageDataPath=${join(folder, 'storage')}`,
      '-retentionPeriod=100y',
      `-httpListenAddr=127.0.0.1:${port}`,
    ],
    async () => (await fetch(`${address}/health`)).ok,
  );
  const { status } = await fetch(`${address}/api/v1/import/prometheus`, {
    method: 'POST',
    body: lines(series, 1).join('\n'),
  });
  if (status !== 204) throw new Error(`VictoriaMetrics answered ${status} to the samples`);
  // What was imported is not found before it is flushed.
  await fetch(`${address}/internal/force_flush`);
  return { address, ...running };
}

/** Source of the format: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
function openMetrics(series: readonly MetricSeries[]): string {
  return [...lines(series, 1000), '# EOF', ''].join('\n');
}

/** @param unit milliseconds in a unit of the times */
function lines(series: readonly MetricSeries[], unit: number): readonly string[] {
  return series.flatMap(({ labels: { __name__: name, ...labels }, samples }) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return samples.map(([at, value]) => `${name}{${pairs.join(',')}} ${value} ${at / unit}`);
  });
}
