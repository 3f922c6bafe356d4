import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { needsTool } from '../needs.ts';
import { findPostgres, startPostgres } from '../postgres/server.ts';
import { serve } from '../service/process.ts';
import { startCluster } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { MadeControllers, notFound, RUNS } from './made-controllers.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';

/* Three processes of `serve` on one PostgreSQL share three clusters: one real API server that goes by three names. */

const CLUSTERS = ['prod-0', 'prod-1', 'prod-2'];
/** No cluster may be unwatched for longer, in milliseconds. */
const LONGEST_GAP = 30_000;
const PATIENCE = { timeout: 120_000, interval: 100 };

const deployment = (name: string, tag: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: server
          image: registry.example/${name}:${tag}
`;

async function setting() {
  const { 'kube-apiserver': apiserver, etcd } = await findTools();
  const scratch = join(tmpdir(), `faultline-live-replicas-${randomUUID()}`);
  mkdirSync(scratch);
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
  const tools = { 'kube-apiserver': apiserver!, etcd: etcd! };
  const [github, postgres, cluster] = await Promise.all([
    startGitHub(),
    startPostgres(),
    startCluster(tools, join(scratch, 'cluster'), {}, () => null),
  ]);
  onTestFinished(async () => {
    await github.close();
    await postgres.stop();
    await cluster.stop();
  }, 60_000);
  const kubeconfig = join(scratch, 'kubeconfig');
  writeKubeconfig(cluster, kubeconfig, await grantShipped(cluster));
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of CLUSTERS)
    github.repository(`acme/${name}`, { files: { 'apps/cart.yaml': deployment('cart', '1.0') } });
  const settings = CLUSTERS.map((name) => `  ${name}: {context: live, repositories: [acme/${name}]}\n`);
  const replicas = CLUSTERS.map((_name, index) => {
    const folder = join(scratch, `replica-${index}`);
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'faultline-service.yml'),
      // What a watch does not tell would be seen by a scan only after the gap that is allowed.
      `clusters:\n${settings.join('')}interval: 10m\npolling: 10m\nfolder: state\nonboarding: none\n`,
    );
    const process = serve(github, folder, { FAULTLINE_STORE: postgres.address, KUBECONFIG: kubeconfig });
    onTestFinished(() => end(process), 60_000);
    const log = (): string => readFileSync(join(folder, 'serve.log'), 'utf8');
    const entries = (): readonly { readonly msg: string; readonly clusters?: readonly string[] }[] =>
      log()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { readonly msg: string });
    return {
      process,
      log,
      /** Clusters that it has taken and not let go. */
      watches: (): readonly string[] => {
        const held = new Set<string>();
        for (const { msg, clusters = [] } of entries())
          for (const one of clusters) {
            if (msg === 'serves a shard') held.add(one);
            if (msg === 'serves a shard no longer') held.delete(one);
          }
        return [...held];
      },
    };
  });
  /** By cluster, the workloads that it is known to fail in. */
  const known = async (workload: string): Promise<readonly string[]> => {
    const rows = await postgres.query(
      `select distinct cluster from faultline.incidents where incidents::text like $1`,
      [`%${workload}%`],
    );
    return rows.map(({ cluster: name }) => String(name)).toSorted();
  };
  const scannedSince = async (time: number): Promise<readonly string[]> => {
    const rows = await postgres.query('select distinct cluster from faultline.scans where "scannedAt" > $1', [
      time,
    ]);
    return rows.map(({ cluster: name }) => String(name));
  };
  return { cluster, replicas, known, scannedSince };
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}

const missing = findPostgres() === null && !process.env['CI'];

needsTool('kube-apiserver', 'etcd').skipIf(missing)(
  'three replicas share the clusters of an API server, and watch those of one that is killed within 30 seconds',
  { timeout: 300_000 },
  async () => {
    const { cluster, replicas, known, scannedSince } = await setting();
    const controllers = new MadeControllers(cluster, (image) =>
      image.endsWith('1.0') ? RUNS : notFound(image),
    );
    await vi.waitFor(
      () =>
        expect(
          replicas.flatMap(({ watches }) => watches()).toSorted(),
          replicas.map(({ log }) => log().slice(-2_000)).join('\n'),
        ).toEqual(CLUSTERS),
      PATIENCE,
    );
    await controllers.apply(deployment('cart', '1.0'));
    await controllers.apply(deployment('cart', '2.0'));
    await vi.waitFor(async () => expect(await known('cart')).toEqual(CLUSTERS), PATIENCE);

    const [killed, ...others] = replicas.toSorted(
      (one, other) => other.watches().length - one.watches().length,
    );
    const lost = killed!.watches();
    expect(lost).not.toEqual([]);
    await end(killed!.process);
    const at = Date.now();
    await vi.waitFor(
      async () => expect(await scannedSince(at)).toEqual(expect.arrayContaining([...lost])),
      PATIENCE,
    );
    expect(Date.now() - at).toBeLessThan(LONGEST_GAP);
    await controllers.apply(deployment('checkout', '2.0'));
    await vi.waitFor(async () => expect(await known('checkout')).toEqual(CLUSTERS), PATIENCE);
    const watched = others.flatMap(({ watches }) => watches());
    expect(watched.toSorted()).toEqual(CLUSTERS);
    expect(watched).toEqual(expect.arrayContaining([...lost]));
  },
);
