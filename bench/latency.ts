import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findTools } from '../scripts/tools.ts';
import { startGitHub } from '../test/github/stand-in/start.ts';
import type { StandIn } from '../test/github/stand-in/interface.ts';
import { startCluster } from '../test/live/cluster-server.ts';
import { grantShipped, writeKubeconfig } from '../test/live/shipped-permissions.ts';
import { freePort } from '../test/free-port.ts';
import { serve } from '../test/service/process.ts';
import { fill } from './cluster/fill.ts';
import { fail, files, send, stored, workloads } from './cluster/squads.ts';
import { table } from './table.ts';

/*
 * `node bench/latency.ts [--alone] [--incidents 10]`: from a status change in a real API server to the pull request on the stand-in, with `faultline serve`
 * as a process of its own that has watched for a while. 100 incidents come one at a time, and 100 in two crowds of 50, beside the
 * made cluster of 10,000 pods and its own 50 incidents (`--alone`: without it). It prints percentiles, what of the time
 * passes before the first request to GitHub, what the steps take by the metrics of serve, and how much memory serve takes. `--incidents`: so many, and no crowd.
 */

const HOUR = 3_600_000;
const { values } = parseArgs({
  options: { alone: { type: 'boolean', default: false }, incidents: { type: 'string', default: '100' } },
});
const ONE_AT_A_TIME = Number(values.incidents);

interface Opened {
  readonly at: number;
}

/** When each pull request was there, and when each request came. */
function follow(github: StandIn) {
  const opened: Opened[] = [];
  const requests: { readonly arrived: number }[] = [];
  github.onRequest((_n, moment, { method, path }) => {
    if (moment === 'arrived') requests.push({ arrived: performance.now() });
    else if (method === 'POST' && path.endsWith('/pulls')) opened.push({ at: performance.now() });
  });
  return { opened, requests };
}

const tableOf = (rows: readonly (readonly string[])[]): string =>
  table(rows[0]!.map((_name, index) => rows.map((row) => row[index]!)));

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!)} ms`;
}

interface Spent {
  readonly seconds: number;
  readonly times: number;
}

/** What steps, renders, requests and writes to the store have taken since the start of serve, by its metrics. */
async function spentSoFar(port: number): Promise<ReadonlyMap<string, Spent>> {
  const text = await (await fetch(`http://localhost:${port}/metrics`)).text();
  const spent = new Map<string, Spent>();
  const lines = text.matchAll(
    /^faultline_(step|render|github_request|store_write)_seconds_(sum|count)\{(.*)\} (\S+)$/gm,
  );
  for (const [, metric, part, labels, value] of lines) {
    const name = /step="(\w+)"/.exec(labels!)?.[1] ?? metric!;
    const { seconds, times } = spent.get(name) ?? { seconds: 0, times: 0 };
    const more = Number(value);
    spent.set(name, part === 'sum' ? { seconds: seconds + more, times } : { seconds, times: times + more });
  }
  return spent;
}

/** @returns rows of a table: what each took between two readings, for one of so many pull requests */
function spentBetween(
  earlier: ReadonlyMap<string, Spent>,
  later: ReadonlyMap<string, Spent>,
  pullRequests: number,
): readonly string[][] {
  return [...later].map(([name, { seconds, times }]) => {
    const before = earlier.get(name) ?? { seconds: 0, times: 0 };
    return [
      name,
      `${Math.round(((seconds - before.seconds) * 1000) / pullRequests)} ms`,
      ((times - before.times) / pullRequests).toFixed(1),
    ];
  });
}

async function waitFor(what: string, condition: () => boolean, child: ChildProcess): Promise<void> {
  const until = Date.now() + 180_000;
  while (!condition()) {
    if (child.exitCode !== null)
      throw new Error(`serve ended with ${child.exitCode} while waiting for ${what}`);
    if (Date.now() > until) throw new Error(`${what} did not come`);
    await pause(5);
  }
}

const { 'kube-apiserver': apiserver, etcd } = await findTools();
if (!apiserver || !etcd) throw new Error('needs kube-apiserver and etcd: npm run tools -- --live');
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-latency-'));
const cluster = await startCluster(
  { 'kube-apiserver': apiserver, etcd },
  join(folder, 'cluster'),
  {},
  () => null,
);
const github = await startGitHub({ now: Date.now() - HOUR, rateLimit: 1_000_000 });
let child: ChildProcess | null = null;
try {
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(cluster, kubeconfig, await grantShipped(cluster));
  if (!values.alone) await fill(cluster);
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  for (const name of namespaces)
    await send(cluster, 'POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  for (const one of workloads) await cluster.storeAll(stored(one));
  const repository = github.repository('acme/infra', { files: files('1.4.0') });
  const ana = github.person('ana', 'write');
  ana.push('main', files('1.40'), { message: 'api: update' });
  github.clock.advance(HOUR);
  writeFileSync(
    join(folder, 'faultline-service.yml'),
    'clusters: {prod: {context: live}}\ninterval: 60s\npolling: 60s\nfolder: state\nwritePause: off\n',
  );
  const { opened, requests } = follow(github);
  const port = await freePort();
  child = serve(github, folder, { KUBECONFIG: kubeconfig, FAULTLINE_OBSERVATION_PORT: String(port) });
  const served = child;
  await waitFor(
    'the dashboard',
    () => repository.issues().some(({ title }) => title.includes('dashboard')),
    served,
  );
  await pause(5_000);

  const rows: string[][] = [
    ['incidents', 'p50', 'p90', 'p99', 'most', 'before GitHub is asked, p50', 'calls a pull request'],
  ];
  const alone: number[] = [];
  const before: number[] = [];
  const firstCalls = requests.length;
  const spentBefore = await spentSoFar(port);
  for (const one of workloads.slice(0, ONE_AT_A_TIME)) {
    const [known, asked] = [opened.length, requests.length];
    const began = await fail(cluster, one);
    await waitFor('a pull request', () => opened.length > known, served);
    alone.push(opened[known]!.at - began);
    before.push(requests[asked]!.arrived - began);
    await pause(700);
  }
  rows.push([
    `${ONE_AT_A_TIME}, one at a time`,
    ...[0.5, 0.9, 0.99, 1].map((share) => percentile(alone, share)),
    percentile(before, 0.5),
    ((requests.length - firstCalls) / ONE_AT_A_TIME).toFixed(1),
  ]);
  const spent = spentBetween(spentBefore, await spentSoFar(port), ONE_AT_A_TIME);
  const crowds = ONE_AT_A_TIME < 100 ? [] : [workloads.slice(100, 150), workloads.slice(150)];
  for (const crowd of crowds) {
    const [known, asked] = [opened.length, requests.length];
    const began = await Promise.all(crowd.map((one) => fail(cluster, one)));
    const first = Math.min(...began);
    await waitFor('all pull requests', () => opened.length >= known + crowd.length, served);
    const took = opened.slice(known).map(({ at }) => at - first);
    rows.push([
      '50 at once',
      ...[0.5, 0.9, 0.99, 1].map((share) => percentile(took, share)),
      `${Math.round(requests[asked]!.arrived - first)} ms`,
      ((requests.length - asked) / 50).toFixed(1),
    ]);
    await pause(3_000);
  }
  const [, resident] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${served.pid}/status`, 'utf8'))!;
  const steps = [['one at a time, by metric', 'a pull request', 'how often'], ...spent];
  process.stdout.write(
    `${tableOf(rows)}\n${tableOf(steps)}\nresident: ${Math.round(Number(resident) / 1024)} MB\n`,
  );
} catch (error) {
  process.stdout.write(readFileSync(join(folder, 'serve.log'), 'utf8').split('\n').slice(-20).join('\n'));
  throw error;
} finally {
  if (child && child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await github.close();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
