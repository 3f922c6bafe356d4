import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { demoFolder } from '../../scripts/demo-repository.ts';
import { openPrometheus } from '../../src/cluster/prometheus.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { PURPOSES } from '../../src/cluster/purposes.ts';
import type { Purpose } from '../../src/model/cluster-state.ts';
import { needsTool } from '../needs.ts';
import { recordedSeries, startVictoriaMetrics, type PrometheusServer } from './prometheus-server.ts';

const { 'victoria-metrics': program } = await findTools();
const snapshot = join(demoFolder, 'snapshot');
const scratch = join(tmpdir(), `faultline-victoria-metrics-${randomUUID()}`);
const problems: string[] = [];
const report = (where: string, message: string): void => void problems.push(`${where}: ${message}`);
let server: PrometheusServer | undefined;

beforeAll(async () => {
  if (program) server = await startVictoriaMetrics(program, recordedSeries(snapshot), scratch);
}, 90_000);

afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const live = needsTool('victoria-metrics');

describe('a real VictoriaMetrics', () => {
  live.each(Object.keys(PURPOSES) as Purpose[])('understands what it is asked for %s', async (purpose) => {
    const { now } = await (await openSnapshot(snapshot)).read();
    expect(await openPrometheus(server!.address, report).find(purpose, now)).not.toBeNull();
    expect(problems).toEqual([]);
  });

  live('answers with the memory that the containers of a workload used', async () => {
    const source = await openSnapshot(snapshot);
    const { now } = await source.read();
    const request = {
      metric: 'container_memory_working_set_bytes',
      labels: { namespace: 'booking', container: 'tiles' },
      hours: 6,
    };
    const highest = async (asked: typeof source.metric) =>
      (await asked(request, now))
        ?.map(({ labels, samples }) => [labels['pod'], Math.max(...samples.map(([, value]) => value))])
        .sort();
    const answer = await highest(openPrometheus(server!.address, report).query);
    expect(answer).toHaveLength(3);
    expect(answer).toEqual(await highest(source.metric));
  });
});
