import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { liveClusterCheck } from '../../src/doctor/cluster.ts';
import { sourcesCheck, type MappedGitHub } from '../../src/doctor/sources.ts';
import type { Finding } from '../../src/doctor/check.ts';
import { apiKind } from '../../src/kubernetes/api-kinds.ts';
import { apiServer, ok, writeKubeconfig, type Respond } from '../cluster/api-server.ts';

/** @param respond null: it never answers */
async function serving(respond: (url: URL) => ReturnType<Respond> | null) {
  const server = createServer((request, response) => {
    const answer = respond(new URL(request.url!, 'http://server'));
    if (answer === null) return;
    response.writeHead(answer.status);
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = await writeKubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await kubeconfig.remove();
  });
  return { context: 'staging', kubeconfig: kubeconfig.path };
}

const lines = (found: readonly Finding[]) =>
  found.map(({ status, detail, repair }) => `${status}: ${detail}${repair === null ? '' : ` → ${repair}`}`);

test('a list that does not come in time hides nothing that is known', async () => {
  const rest = apiServer({});
  const cluster = await serving((url) => (url.pathname === '/api/v1/pods' ? null : rest(url)));
  const kinds = ['Pod', 'Node', 'Event'].map(apiKind);
  const found = lines(await liveClusterCheck('north', cluster, kinds, 2_000).run());
  expect(found[0]).toMatch(/^ok: http:\S+ answers, /);
  expect(found[1]).toBe(
    'failed: not known whether it lists pods: the API server answered too slowly → kubectl get --raw /readyz?verbose',
  );
  expect(found).toHaveLength(3);
});

test('logs that may not be read are told of, by asking for one of a pod that does not exist', async () => {
  const rest = apiServer({});
  const findings = async (status: number) => {
    const cluster = await serving((url) =>
      url.pathname.endsWith('/log') ? { status, body: {} } : rest(url),
    );
    return lines(await liveClusterCheck('north', cluster, [apiKind('Pod')]).run()).join('\n');
  };
  expect(await findings(403)).toContain(
    'warning: may not get pods/log: what failing containers print is unknown → kubectl apply',
  );
  expect(await findings(404)).not.toContain('pods/log');
});

test('metrics-server is told of where the cluster serves it', async () => {
  const rest = apiServer({});
  const groups = [
    { name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' }] },
  ];
  const cluster = await serving((url) =>
    url.pathname === '/apis' ? { status: 200, body: { groups } } : rest(url),
  );
  expect(lines(await liveClusterCheck('north', cluster, [apiKind('Pod')]).run())[1]).toBe(
    'ok: metrics-server is installed',
  );
});

const argo = (name: string, spec: object) => ({ metadata: { namespace: 'argocd', name }, spec });

async function mapping(
  applications: readonly object[],
  {
    repositories = null as readonly string[] | null,
    installed = ['acme/infra'] as readonly string[] | null,
  } = {},
) {
  const group = {
    name: 'argoproj.io',
    versions: [{ version: 'v1alpha1' }],
    preferredVersion: { version: 'v1alpha1' },
  };
  const resource = { kind: 'Application', name: 'applications', namespaced: true, verbs: ['list'] };
  const answers: Readonly<Record<string, ReturnType<Respond>>> = {
    '/apis': { status: 200, body: { groups: [group] } },
    '/apis/argoproj.io/v1alpha1': { status: 200, body: { resources: [resource] } },
    '/apis/argoproj.io/v1alpha1/applications': ok(applications),
  };
  const cluster = await serving((url) => answers[url.pathname] ?? { status: 404, body: {} });
  const github: MappedGitHub = { host: 'github.com', installed: async () => installed };
  return lines(await sourcesCheck({ name: 'north', repositories, ...cluster }, github).run());
}

test('each repository that a cluster is deployed from is a line, and says why it is not served', async () => {
  const from = (repoURL: string) => ({ source: { repoURL } });
  const applications = [
    argo('cart', from('https://github.com/Acme/infra.git')),
    argo('shop', {
      sources: [
        { repoURL: 'git@github.com:acme/infra.git' },
        { repoURL: 'https://charts.example.com/a/b', chart: 'redis' },
      ],
    }),
    argo('bill', from('https://github.com/acme/billing')),
    argo('old', from('https://robot:hunter2@git.example.com/team/old.git')),
  ];
  expect(await mapping(applications)).toEqual([
    'ok: Application argocd/cart, Application argocd/shop deploy from Acme/infra',
    'warning: Application argocd/bill deploys from acme/billing, where the App is not installed → install it in acme/billing',
    'warning: Application argocd/old deploys from https://git.example.com/team/old, which is not on github.com',
  ]);
  expect(
    await mapping(applications.slice(0, 1), { repositories: ['acme/apps'], installed: ['acme/infra'] }),
  ).toEqual([
    'failed: the App is not installed in acme/apps → install it in acme/apps',
    'warning: Application argocd/cart deploys from Acme/infra, which the settings leave out → add it to clusters.north.repositories',
  ]);
});

test('a cluster without Argo CD and Flux is no problem, and what GitHub does not say is not claimed', async () => {
  expect(await mapping([])).toEqual([
    expect.stringMatching(/^ok: no Argo CD or Flux object names a repository/),
  ]);
  const one = argo('cart', { source: { repoURL: 'https://github.com/acme/other' } });
  expect(await mapping([one], { repositories: ['acme/other', 'acme/gone'], installed: null })).toEqual([
    'ok: Application argocd/cart deploys from acme/other',
  ]);
});
