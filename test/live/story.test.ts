import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { startGitHub } from '../github/stand-in/start.ts';
import { needsTool } from '../needs.ts';
import { create } from './load-objects.ts';
import { MadeControllers, notFound, RUNS } from './made-controllers.ts';
import { startServedCluster, type ServedCluster } from './serve-live.ts';

/*
 * The whole story: a real API server that is watched with the permissions in deploy/rbac.yaml and nothing more, and the stand-in for
 * GitHub.
 */

const test = needsTool('kube-apiserver', 'etcd');
const FAULTLINE = 'system:serviceaccount:faultline:faultline';
const HOUR = 3_600_000;
const PATIENCE = { timeout: 30_000, interval: 50 };

let served: ServedCluster | null;

beforeAll(async () => {
  served = await startServedCluster();
  if (served)
    await create(served.cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
}, 120_000);

afterAll(async () => served?.stop());

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

async function serve() {
  // The commit is an hour old when it is synchronised: of a tag that is newer than that, the image may still be on its way.
  const github = await startGitHub({ now: Date.now() - HOUR });
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('1.4.0') } });
  const ana = github.person('ana', 'write');
  ana.push('main', { 'apps/cart.yaml': deployment('1.40') }, { message: 'cart: update the image' });
  github.clock.advance(HOUR);
  return { github, repository, ana, ...(await served!.serve(github)) };
}

describe('a bad tag', { timeout: 120_000 }, () => {
  test('becomes an incident, a pull request, a merge, and a recovery that is told', async () => {
    const controllers = new MadeControllers(served!.cluster, (image) =>
      image.endsWith('1.4.0') ? RUNS : notFound(image),
    );
    await controllers.apply(deployment('1.4.0'));
    const { github, repository, ana, service, end } = await serve();
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
    const requests = served!.cluster.requestsOf(FAULTLINE);
    expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(['get', 'list', 'watch']));
    expect(requests.filter(({ objectRef }) => objectRef?.resource === 'secrets')).toEqual([]);
  });
});
