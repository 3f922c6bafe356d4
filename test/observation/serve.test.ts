import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { freePort } from '../free-port.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { startProgram } from '../live/programs.ts';
import { needsTool } from '../needs.ts';
import { deployment, recordedCluster } from '../service/made-service.ts';
import { serve } from '../service/process.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };
const { prometheus, promtool } = await findTools();

async function observed() {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const folder = madeFolder();
  const settings = (snapshot: string): Readonly<Record<string, string>> => ({
    'faultline-service.yml': `clusters: {prod: {snapshot: ${snapshot}}}\ninterval: 1s\npolling: 1h\nfolder: state\nwritePause: off\nonboarding: none\n`,
  });
  writeFiles(folder, {
    ...settings('healthy'),
    'healthy/cluster/shop.yaml': recordedCluster('512Mi', 0, '2026-03-01T09:55:00Z'),
    'failing/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const start = () => {
    const serving = serve(github, folder, { HOST: '127.0.0.1', FAULTLINE_OBSERVATION_PORT: String(port) });
    onTestFinished(() => void serving.kill('SIGKILL'));
    return serving;
  };
  const page = async (path: string) => {
    const answer = await fetch(`${address}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return { github, repository, folder, settings, start, page, port };
}

test(
  'answers while GitHub does not, and counts through a reload until it is told to stop',
  { timeout: 90_000 },
  async () => {
    const { github, repository, folder, settings, start, page } = await observed();
    github.faults.add({
      when: { operation: 'apps/list-installations' },
      does: { kind: 'status', status: 503 },
      times: 100,
    });
    const serving = start();
    await vi.waitFor(async () => expect((await page('/healthz')).status).toBe(200), PATIENCE);
    await vi.waitFor(async () => {
      const { status, text } = await page('/readyz');
      expect(status).toBe(503);
      expect(text).toContain('[+] store: ok');
      expect(text).toContain('[-] cluster prod: its first lists are not in yet');
    }, PATIENCE);
    github.faults.clear();
    const value = async (series: string): Promise<number> => {
      const line = (await page('/metrics')).text.split('\n').find((one) => one.startsWith(`${series} `));
      return Number(line?.slice(series.length) ?? 0);
    };
    await vi.waitFor(
      async () =>
        expect(await value('faultline_step_seconds_count{step="scan",outcome="ok"}')).toBeGreaterThan(0),
      PATIENCE,
    );
    expect((await page('/readyz')).status).toBe(200);

    writeFiles(folder, settings('failing'));
    serving.kill('SIGHUP');
    await vi.waitFor(() => expect(repository.pulls()).toHaveLength(1), PATIENCE);
    await vi.waitFor(
      async () => expect(await value('faultline_incident_to_pull_request_seconds_count')).toBe(1),
      PATIENCE,
    );
    expect(await value('faultline_signal_to_incident_seconds_count')).toBe(1);
    expect(await value('faultline_incidents{cluster="prod",action="propose"}')).toBe(1);
    expect(await value('faultline_decisions_total{action="propose"}')).toBe(1);
    expect(await value('faultline_pull_request_outcomes_total{outcome="opened"}')).toBe(1);
    expect(await value('faultline_store_write_seconds_count{table="incidents"}')).toBeGreaterThan(0);
    const log = readFileSync(join(folder, 'serve.log'), 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
    const recorded = log.find(({ msg }) => msg === 'incident recorded');
    const fingerprint = (recorded!['incidents'] as readonly string[])[0]!;
    expect(repository.pulls()[0]!.body).toContain(fingerprint);
    expect(log.filter(({ msg }) => msg === 'proposal')).toMatchObject([
      { incidents: [fingerprint], kind: 'opened' },
    ]);
    serving.kill('SIGTERM');
    expect(await once(serving, 'exit')).toEqual([0, null]);
  },
);

needsTool('prometheus', 'promtool')(
  'a real Prometheus scrapes it, and finds nothing to say against the format',
  { timeout: 90_000 },
  async () => {
    const { start, page, port } = await observed();
    start();
    await vi.waitFor(async () => expect((await page('/readyz')).status).toBe(200), PATIENCE);
    const { text } = await page('/metrics');
    const own = text.split('\n').filter((line) => /^(?:# (?:HELP|TYPE) )?faultline_/.test(line));
    const input = `${own.join('\n')}\n`;
    expect(execFileSync(promtool!, ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');

    const folder = madeFolder();
    mkdirSync(join(folder, 'storage'));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `scrape_configs: [{job_name: faultline, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:${port}']}]}]\n`,
    );
    const scraperPort = await freePort();
    const address = `http://127.0.0.1:${scraperPort}`;
    const scraper = await startProgram(
      prometheus!,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'storage')}`,
        `--web.listen-address=127.0.0.1:${scraperPort}`,
      ],
      async () => (await fetch(`${address}/-/ready`)).ok,
    );
    onTestFinished(() => scraper.stop());
    const asked = async (
      query: string,
    ): Promise<readonly { readonly value: readonly [number, string] }[]> => {
      const answer = await fetch(`${address}/api/v1/query?query=${encodeURIComponent(query)}`);
      return ((await answer.json()) as { data: { result: { value: [number, string] }[] } }).data.result;
    };
    await vi.waitFor(async () => {
      expect(await asked('up{job="faultline"} == 1')).toHaveLength(1);
      expect(await asked('faultline_cluster_ready{cluster="prod"} == 1')).toHaveLength(1);
      expect(await asked('faultline_task_seconds_count{task="watch",outcome="ok"} > 1')).toHaveLength(1);
      expect(await asked('process_resident_memory_bytes > 0')).toHaveLength(1);
    }, PATIENCE);
  },
);
