import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { findTools } from '../scripts/tools.ts';
import { startCluster, type ClusterServer, type StoredObject } from '../test/live/cluster-server.ts';
import { grantShipped, writeKubeconfig } from '../test/live/shipped-permissions.ts';
import { fill } from './cluster/fill.ts';
import { table } from './table.ts';

/*
 * What watching a cluster of 10,000 pods and 30,000 events costs, on a real API server: `node bench/watch.ts [clusters…]`, each cluster a
 * watch of its own of the same server. Seconds of idle time: BENCH_IDLE, 60 if it is not set.
 */

const TICKS_A_SECOND = 100;
const CHANGES = 100;
const IDLE = Number(process.env['BENCH_IDLE'] ?? 60);

interface Said {
  readonly kind: 'started' | 'listed' | 'change';
  readonly [fact: string]: unknown;
}

/** What is shipped is compiled: a process that strips types first takes 30 MB more. @returns the compiled watcher */
function compile(folder: string): string {
  const project = resolve(import.meta.dirname, '..');
  const options = {
    rootDir: project,
    outDir: join(folder, 'built'),
    declaration: false,
    sourceMap: false,
    noCheck: true,
  };
  const config = join(folder, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(project, 'tsconfig.build.json'),
      compilerOptions: { ...options, typeRoots: [join(project, 'node_modules/@types')] },
      include: [],
      files: [join(project, 'bench/watching/watcher.ts')],
    }),
  );
  execFileSync(join(project, 'node_modules/.bin/tsc'), ['-p', config], { stdio: 'inherit' });
  symlinkSync(join(project, 'node_modules'), join(folder, 'built/node_modules'));
  copyFileSync(join(project, 'package.json'), join(folder, 'built/package.json'));
  return join(folder, 'built/bench/watching/watcher.js');
}

async function measure(
  cluster: ClusterServer,
  watcher: string,
  kubeconfig: string,
  clusters: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [watcher, kubeconfig, String(clusters)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const said: Said[] = [];
    createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line) as Said));
    const saidOf = async (kind: Said['kind'], count = 1): Promise<readonly Said[]> => {
      while (said.filter((one) => one.kind === kind).length < count) {
        if (child.exitCode !== null) throw new Error(`the watcher ended with ${child.exitCode}`);
        await pause(20);
      }
      return said.filter((one) => one.kind === kind);
    };
    const [listed] = await saidOf('listed');
    const peak = residentOf(child, 'VmHWM');
    await pause(15_000);
    const before = secondsOf(child);
    await pause(IDLE * 1000);
    const idle = (100 * (secondsOf(child) - before)) / IDLE;
    const resident = residentOf(child, 'VmRSS');
    for (let index = 0; index < CHANGES; index += 1) await change(cluster, index);
    const latencies = (await saidOf('change', CHANGES * clusters))
      .map(({ latency }) => Number(latency))
      .toSorted((a, b) => a - b);
    if (process.env['BENCH_SAID']) process.stdout.write(`${JSON.stringify(said.slice(0, 2))}\n`);
    return [
      String(clusters),
      `${Number(listed!['seconds']).toFixed(1)} s`,
      `${peak} MB`,
      `${resident} MB`,
      `${idle.toFixed(2)} %`,
      `${latencies[Math.floor(latencies.length / 2)]} ms`,
      `${latencies[Math.floor(latencies.length * 0.99)]} ms`,
    ];
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit').catch(() => undefined);
  }
}

/** One pod gets an annotation that says when. */
async function change(cluster: ClusterServer, index: number): Promise<void> {
  const pods = `/api/v1/namespaces/team-${String(index % 50).padStart(2, '0')}/pods`;
  const { body } = await cluster.send('GET', `${pods}?limit=1`);
  const [pod] = (body as { items: StoredObject[] }).items;
  const { name } = pod!.metadata;
  const annotations = { 'bench/sent': String(Date.now()) };
  await cluster.send('PUT', `${pods}/${name}`, { ...pod, metadata: { ...pod!.metadata, annotations } });
}

function secondsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** MB. */
function residentOf({ pid }: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kilobytes) / 1024);
}

const { 'kube-apiserver': apiserver, etcd } = await findTools();
if (!apiserver || !etcd) throw new Error('needs kube-apiserver and etcd');
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-watch-'));
const cluster = await startCluster(
  { 'kube-apiserver': apiserver, etcd },
  join(folder, 'cluster'),
  {},
  () => null,
);
try {
  const token = await grantShipped(cluster);
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(cluster, kubeconfig, token);
  await fill(cluster);
  const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 10];
  const rows: string[][] = [];
  const watcher = compile(folder);
  for (const count of counts) rows.push(await measure(cluster, watcher, kubeconfig, count));
  const head = ['clusters', 'first lists', 'peak', 'resident', 'idle, of a core', 'change seen, p50', 'p99'];
  process.stdout.write(`${table([head, ...rows])}\n`);
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
