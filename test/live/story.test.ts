import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { LiveCluster } from '../../src/service/live-cluster.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { needsTool } from '../needs.ts';
import { bareSettings, serviceOn, servingOn } from '../service/on-stand-in.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { MadeControllers, notFound, RUNS } from './made-controllers.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';

/*
 * The whole story: a real API server that is watched with the permissions in deploy/rbac.yaml and nothing more, and the stand-in for
 * GitHub.
 */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-story-${randomUUID()}`);
const kubeconfig = join(scratch, 'kubeconfig');
const test = needsTool('kube-apiserver', 'etcd');
const FAULTLINE = 'system:serviceaccount:faultline:faultline';
const HOUR = 3_600_000;
const PATIENCE = { timeout: 30_000, interval: 50 };

let cluster: ClusterServer;

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  const tools = { 'kube-apiserver': apiserver, etcd };
  cluster = await startCluster(tools, join(scratch, 'cluster'), {}, () => null);
  writeKubeconfig(cluster, kubeconfig, await grantShipped(cluster));
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const deployment = (tag: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
spec:
  replicas: 2
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec:
      containers:
        - name: server
          image: registry.example/cart:${tag} # what runs
`;

async function served() {
  // The commit is an hour old when it is synchronised: of a tag that is newer than that, the image may still be on its way.
  const github = await startGitHub({ now: Date.now() - HOUR });
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('1.4.0') } });
  const ana = github.person('ana', 'write');
  ana.push('main', { 'apps/cart.yaml': deployment('1.40') }, { message: 'cart: update the image' });
  github.clock.advance(HOUR);
  const store = await openMemoryStore();
  const live = new LiveCluster({
    name: 'prod',
    repositories: null,
    context: 'live',
    prometheus: null,
    kubeconfig,
  });
  const problems: object[] = [];
  const service = serviceOn(github, {
    store,
    clusters: [live],
    mirrors: join(scratch, 'mirrors'),
    problem: (facts) => problems.push(facts),
  });
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const source = { kind: 'live', context: 'live', prometheus: null } as const;
  const settings = { ...bareSettings, clusters: [{ name: 'prod', source, repositories: null }] };
  const serving = servingOn(github, service, { store, log, settings });
  await serving.list();
  await serving.start();
  await service.queue.drain();
  const end = async (): Promise<void> => {
    await serving.stop();
    await github.close();
    expect(github.violations).toEqual([]);
    expect(problems).toEqual([]);
  };
  return { github, repository, ana, service, end };
}

describe('a bad tag', { timeout: 120_000 }, () => {
  test('becomes an incident, a pull request, a merge, and a recovery that is told', async () => {
    const controllers = new MadeControllers(cluster, (image) =>
      image.endsWith('1.4.0') ? RUNS : notFound(image),
    );
    await controllers.apply(deployment('1.4.0'));
    const { github, repository, ana, service, end } = await served();
    expect(repository.pulls()).toEqual([]);

    await controllers.apply(deployment('1.40'));
    await vi.waitFor(() => expect(repository.pulls()).toHaveLength(1), PATIENCE);
    const [pull] = repository.pulls();
    expect(repository.files(pull!.head).get('apps/cart.yaml')).toBe(deployment('1.4.0'));
    expect(pull!.body).toContain('1.40');

    ana.merge(pull!.number);
    await controllers.apply(repository.files().get('apps/cart.yaml')!);
    const said = (): string =>
      repository
        .comments(pull!.number)
        .map(({ body }) => body)
        .join('\n');
    await vi.waitFor(() => expect(said()).toContain('Applied, and no failure since'), PATIENCE);
    github.clock.advance(20 * 60_000);
    await service.scanAll();
    await vi.waitFor(() => expect(said()).toContain('**Resolved within a minute.**'), PATIENCE);
    await end();
  });

  test('was seen without a write, and without a Secret', () => {
    const requests = cluster.requestsOf(FAULTLINE);
    expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(['get', 'list', 'watch']));
    expect(requests.filter(({ objectRef }) => objectRef?.resource === 'secrets')).toEqual([]);
  });
});
