import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findTools } from '../scripts/tools.ts';
import { startCluster } from '../test/live/cluster-server.ts';
import { create } from '../test/live/load-objects.ts';
import type { KubernetesObject } from '../src/kubernetes/objects.ts';
import { table } from './table.ts';

/*
 * `node bench/install.ts`: the newcomer's clock. Seconds from `helm template` to objects that a real API server has accepted, and from
 * `git clone` over `npm ci` and `npm run demo` to the first pull request, as a file and, from `faultline serve`, at the stand-in for GitHub.
 */

const rows: string[][] = [];

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  rows.push([what, ((performance.now() - begun) / 1000).toFixed(1)]);
  return result;
}

function templated(command: string): readonly KubernetesObject[] {
  const chart = resolve(import.meta.dirname, '../deploy/chart');
  const values = [
    'image.repository=ghcr.io/acme/faultline',
    'settings.clusters.production.context=in-cluster',
  ];
  const text = execFileSync(
    command,
    ['template', 'faultline', chart, '-n', 'faultline', ...values.flatMap((value) => ['--set', value])],
    { encoding: 'utf8' },
  );
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

const { 'kube-apiserver': apiserver, etcd, helm } = await findTools();
const scratch = join(tmpdir(), `faultline-install-${randomUUID()}`);
try {
  if (apiserver && etcd && helm) {
    const tools = { 'kube-apiserver': apiserver, etcd };
    const cluster = await startCluster(tools, join(scratch, 'cluster'), {}, () => null);
    try {
      await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'faultline' } });
      const count = await timed('helm template, and every object accepted', async () => {
        const objects = templated(helm.command);
        for (const object of objects) await create(cluster, object);
        return objects.length;
      });
      rows.at(-1)![0] += ` (${count})`;
    } finally {
      await cluster.stop();
    }
  }

  const clone = join(scratch, 'faultline');
  const run = (cwd: string, command: string, ...args: string[]): void =>
    void execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  await timed('git clone', () => run('/', 'git', 'clone', '-q', resolve(import.meta.dirname, '..'), clone));
  await timed('npm ci', () => run(clone, 'npm', 'ci', '--no-audit', '--no-fund'));
  await timed('npm run demo', () => run(clone, 'npm', 'run', '-s', 'demo'));
  const opened = execFileSync(process.execPath, ['bench/first-pull-request.ts'], {
    cwd: clone,
    encoding: 'utf8',
  });
  rows.push(['faultline serve, until its first pull request', opened.split(' ', 1)[0]!]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${table([['step', 'seconds'], ...rows])}\n`);
