import { describe, expect, test } from 'vitest';
import { needsTool } from '../needs.ts';
import { foreseen } from './guarded.ts';
import { CONFIG, DEPLOYMENT, LIVE, QUAY, RECORDED } from './quay.ts';

const kustomized = needsTool('kustomize');

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: quay}\n';

describe('a namespace', () => {
  const files = { 'quay/ferry.yaml': DEPLOYMENT, 'quay/namespace.yaml': NAMESPACE };
  const known = { cluster: `${LIVE}---\n${NAMESPACE}`, recorded: [...RECORDED, 'Namespace', 'Project'] };

  test('that the change takes away from its objects is told once', async () => {
    const both = { ...files, 'quay/config.yaml': CONFIG };
    expect(await foreseen(both, { 'quay/namespace.yaml': null })).toEqual([
      'quay/config.yaml:3 error namespace/namespace-missing',
    ]);
  });

  test('that the change takes away from objects of Flux is told, and not for those of unknown kinds', async () => {
    const custom = (apiVersion: string): string =>
      `apiVersion: ${apiVersion}\nkind: HelmRelease\nmetadata: {name: ferry, namespace: quay}\nspec: {}\n`;
    const of = (apiVersion: string) =>
      foreseen(
        { 'quay/release.yaml': custom(apiVersion), 'quay/namespace.yaml': NAMESPACE },
        { 'quay/namespace.yaml': null },
      );
    expect(await of('helm.toolkit.fluxcd.io/v2')).toContain(
      'quay/release.yaml:3 error namespace/namespace-missing',
    );
    expect(await of('harbour.example/v1')).toEqual([]);
  });

  test('that is misspelled is told where the cluster is known', async () => {
    const moved = { 'quay/ferry.yaml': DEPLOYMENT.replace('namespace: quay', 'namespace: quai') };
    expect(await foreseen({ 'quay/ferry.yaml': DEPLOYMENT }, moved, known)).toContain(
      'quay/ferry.yaml:3 error namespace/namespace-missing',
    );
    expect(await foreseen({ 'quay/ferry.yaml': DEPLOYMENT }, moved)).toEqual([]);
  });

  test('that goes with its objects, or is there for them, is silent', async () => {
    expect(await foreseen(files, { 'quay/namespace.yaml': null, 'quay/ferry.yaml': null })).toEqual([]);
    const newer = { 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') };
    expect(await foreseen({ 'quay/ferry.yaml': DEPLOYMENT }, newer, known)).toEqual([]);
  });

  test('that Argo CD makes is silent', async () => {
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ferry, namespace: argocd}
spec: {syncPolicy: {syncOptions: [CreateNamespace=true]}}
`;
    const moved = { 'quay/ferry.yaml': DEPLOYMENT.replace('namespace: quay', 'namespace: quai') };
    const cluster = `${known.cluster}---\n${application}`;
    const found = await foreseen({ 'quay/ferry.yaml': DEPLOYMENT }, moved, { ...known, cluster });
    expect(found.filter((one) => one.includes('namespace/'))).toEqual([]);
  });
});

describe('what a root no longer has, where another root cannot be rendered,', () => {
  const remote = { 'remote/kustomization.yaml': 'resources: ["https://git.example/harbour//base?ref=v1"]\n' };
  const dropped = { 'quay/config.yaml': null };
  const told = ['quay/ferry.yaml'];
  const files = async (before: Parameters<typeof foreseen>[0], edits: Parameters<typeof foreseen>[1]) => {
    const found = (await foreseen(before, edits)).filter((one) => one.includes('object-missing'));
    return [...new Set(found.map((one) => one.split(':')[0]))].filter((file) => told.includes(file!));
  };

  kustomized('is missed where that root is as it was', async () => {
    expect(await files({ ...QUAY, ...remote }, dropped)).toEqual(told);
  });

  kustomized('may have moved where that root came with the change, or changed with it', async () => {
    expect(await files(QUAY, { ...dropped, ...remote })).toEqual([]);
    const newer = { 'remote/kustomization.yaml': remote['remote/kustomization.yaml'].replace('v1', 'v2') };
    expect(await files({ ...QUAY, ...remote }, { ...dropped, ...newer })).toEqual([]);
  });

  needsTool('helm')('may have moved where the values of that root changed', async () => {
    const chart = {
      'argo/extras.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: extras, namespace: argocd}
spec:
  destination: {namespace: quay, server: https://kubernetes.default.svc}
  source: {repoURL: https://github.com/acme/infra, path: charts/extras, helm: {valueFiles: [../../values/extras.yaml]}}
`,
      'charts/extras/Chart.yaml':
        'apiVersion: v2\nname: extras\nversion: 1.0.0\ndependencies: [{name: raw, version: 1.0.0, repository: https://charts.example}]\n',
      'values/extras.yaml': 'raw: {}\n',
    };
    expect(await files({ ...QUAY, ...chart }, dropped)).toEqual(told);
    const moved = { 'values/extras.yaml': 'raw: {ferry-config: {tide: high}}\n' };
    expect(await files({ ...QUAY, ...chart }, { ...dropped, ...moved })).toEqual([]);
  });
});

describe('a manifest that a kustomization no longer lists', () => {
  const list = (...names: readonly string[]): string => `resources: [${names.join(', ')}]\n`;
  const files = {
    'apps/kustomization.yaml': list('base/ferry.yaml', 'base/config.yaml', 'base/account.yaml'),
    'apps/base/ferry.yaml': QUAY['quay/ferry.yaml']!,
    'apps/base/config.yaml': CONFIG,
    'apps/base/account.yaml': QUAY['quay/account.yaml']!,
  };

  kustomized('is not there for others, although its file is', async () => {
    const without = { 'apps/kustomization.yaml': list('base/ferry.yaml', 'base/account.yaml') };
    expect(await foreseen(files, without)).toContainEqual(
      expect.stringContaining('error config-reference/object-missing'),
    );
  });

  kustomized('is there where the whole folder is applied from now on', async () => {
    const plain = {
      'apps/kustomization.yaml': null,
      'apps/base/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0'),
    };
    expect(await foreseen(files, plain)).toEqual([]);
  });
});

describe('a binding', () => {
  const binding = (role: string, account: string): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: pilots, namespace: quay}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${role}
subjects:
  - kind: ServiceAccount
    name: ${account}
`;
  const ROLE =
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: pilot, namespace: quay}\nrules: []\n';
  const files = { ...QUAY, 'quay/role.yaml': ROLE, 'quay/binding.yaml': binding('pilot', 'ferry') };
  const known = {
    cluster: [LIVE, ROLE, files['quay/binding.yaml']].join('---\n'),
    recorded: [...RECORDED, 'Role', 'RoleBinding'],
  };

  test('to a role or an account that is not there is told', async () => {
    expect(await foreseen(files, { 'quay/binding.yaml': binding('piloot', 'ferry') }, known)).toEqual([
      'quay/binding.yaml:7 error role-binding/role-missing',
    ]);
    expect(await foreseen(files, { 'quay/binding.yaml': binding('pilot', 'fery') }, known)).toEqual([
      'quay/binding.yaml:10 warning role-binding/subject-missing',
    ]);
    expect(await foreseen(files, { 'quay/role.yaml': null })).toEqual([
      'quay/binding.yaml:7 error role-binding/role-missing',
    ]);
  });

  test('to what is there, to the account of every namespace, or to what nobody knows is silent', async () => {
    expect(await foreseen(files, { 'quay/binding.yaml': binding('pilot', 'default') }, known)).toEqual([]);
    expect(await foreseen(files, { 'quay/binding.yaml': binding('piloot', 'fery') })).toEqual([]);
    const renamed = {
      'quay/role.yaml': ROLE.replace('pilot', 'master'),
      'quay/binding.yaml': binding('master', 'ferry'),
    };
    expect(await foreseen(files, renamed, known)).toEqual([]);
  });
});

describe('a custom resource', () => {
  const secret = (store: string): string => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: keys, namespace: quay}
spec:
  secretStoreRef:
    kind: SecretStore
    name: ${store}
`;
  const STORE =
    'apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: vault, namespace: quay}\nspec: {}\n';
  const files = { 'quay/secret.yaml': secret('vault'), 'quay/store.yaml': STORE };

  test('that names a store, an issuer or a source which goes away is told', async () => {
    expect(await foreseen(files, { 'quay/store.yaml': null })).toEqual([
      'quay/secret.yaml:7 error secret-not-synced/store-missing',
    ]);
    const certificate =
      'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: ferry, namespace: quay}\nspec:\n  issuerRef:\n    kind: Issuer\n    name: own\n';
    const issuer =
      'apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata: {name: own, namespace: quay}\nspec: {}\n';
    expect(
      await foreseen({ 'quay/c.yaml': certificate, 'quay/i.yaml': issuer }, { 'quay/i.yaml': null }),
    ).toEqual(['quay/c.yaml:7 error certificate-not-issued/issuer-missing']);
  });

  test('that names one which is there, or that nobody knows of, is silent', async () => {
    const renamed = { 'quay/secret.yaml': secret('safe'), 'quay/store.yaml': STORE.replace('vault', 'safe') };
    expect(await foreseen(files, renamed)).toEqual([]);
    expect(await foreseen(files, { 'quay/secret.yaml': secret('safe') })).toEqual([]);
  });
});

describe('a kustomization', () => {
  const patched = (name: string): string => `resources:
  - ferry.yaml
patches:
  - target:
      kind: Deployment
      name: ${name}
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 3
`;
  const files = { 'quay/kustomization.yaml': patched('ferry'), 'quay/ferry.yaml': DEPLOYMENT };

  kustomized('with a patch that fits nothing any more is told', async () => {
    expect(await foreseen(files, { 'quay/kustomization.yaml': patched('fery') })).toContain(
      'quay/kustomization.yaml:6 warning patch/target-missing',
    );
  });

  kustomized('with a patch that fits, or by a pattern, is silent', async () => {
    expect(await foreseen(files, { 'quay/kustomization.yaml': patched('ferry').replace('3', '4') })).toEqual(
      [],
    );
    expect(await foreseen(files, { 'quay/kustomization.yaml': patched('cargo-.*') })).toEqual([]);
  });

  kustomized('with a namespace that is not there is told at the line that sets it', async () => {
    const placed = (namespace: string): string => `namespace: ${namespace}\nresources: [ferry.yaml]\n`;
    const known = { cluster: `${LIVE}---\n${NAMESPACE}`, recorded: [...RECORDED, 'Namespace'] };
    const before = {
      'quay/kustomization.yaml': placed('quay'),
      'quay/ferry.yaml': DEPLOYMENT.replace(', namespace: quay', ''),
    };
    expect(await foreseen(before, { 'quay/kustomization.yaml': placed('quai') }, known)).toContain(
      'quay/kustomization.yaml:1 error namespace/namespace-missing',
    );
    expect(await foreseen(before, { 'quay/kustomization.yaml': `# quay\n${placed('quay')}` }, known)).toEqual(
      [],
    );
  });

  kustomized('with a mistake in one of its files is told at the line of the file', async () => {
    const open = { 'quay/ferry.yaml': DEPLOYMENT.replace('harbour/ferry:1.4.0', '"harbour/ferry:1.4.0') };
    expect(await foreseen(files, open)).toEqual(['quay/ferry.yaml:15 error render/no-longer-renders']);
  });

  kustomized('with a patch of another name is told at that name', async () => {
    const patch = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ferry\nspec: {replicas: 3}\n';
    const before = {
      'quay/kustomization.yaml': 'resources: [ferry.yaml]\npatches: [{path: more.yaml}]\n',
      'quay/ferry.yaml': DEPLOYMENT.replace(', namespace: quay', ''),
      'quay/more.yaml': patch,
    };
    expect(await foreseen(before, { 'quay/more.yaml': patch.replace('ferry', 'fery') })).toEqual([
      'quay/more.yaml:4 error render/no-longer-renders',
    ]);
  });

  kustomized('with a resource that is not there is told at its entry', async () => {
    const wrong = { 'quay/kustomization.yaml': patched('ferry').replace('- ferry.yaml', '- ../fery') };
    expect(await foreseen(files, wrong)).toEqual([
      'quay/kustomization.yaml:2 error render/no-longer-renders',
    ]);
  });
});

describe('a patch with a target', () => {
  const files = {
    ...QUAY,
    'base/kustomization.yaml': 'resources: [ferry.yaml]\n',
    'base/ferry.yaml': DEPLOYMENT,
    'north/kustomization.yaml': 'resources: [../base]\n',
  };
  const patched = (patch: string) => ({
    'north/kustomization.yaml': `resources: [../base]\npatches:\n  - target: {kind: Deployment, name: ferry}\n    patch: |-\n      ${patch}\n`,
  });

  kustomized('that deletes or renames what it is for is silent', async () => {
    const gone = '{apiVersion: apps/v1, kind: Deployment, metadata: {name: ferry}, $patch: delete}';
    expect(await foreseen(files, patched(gone))).toEqual([]);
    const renamed = '- {op: replace, path: /metadata/name, value: raft}';
    expect(await foreseen(files, patched(renamed))).toEqual([]);
  });
});

test('a value that a variable of Kustomize fills in later is silent', async () => {
  const filled = DEPLOYMENT.replace('memory: 256Mi', 'memory: $(MEMORY_LIMIT)');
  expect(await foreseen(QUAY, { 'quay/ferry.yaml': filled })).toEqual([]);
});

test('a namespace that an Application of git makes may go away', async () => {
  const made = (...options: readonly string[]): string =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ferry, namespace: argocd}\nspec: {syncPolicy: {syncOptions: [${options.join()}]}}\n`;
  const files = { ...QUAY, 'around/quay.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: quay}\n' };
  const change = {
    'around/quay.yaml': null,
    'quay/ferry.yaml': DEPLOYMENT.replace('replicas: 2', 'replicas: 3'),
  };
  expect(await foreseen({ ...files, 'apps/ferry.yaml': made('CreateNamespace=true') }, change)).toEqual([]);
  expect(await foreseen({ ...files, 'apps/ferry.yaml': made() }, change)).toContainEqual(
    expect.stringContaining('namespace/namespace-missing'),
  );
});

test('a patch of a component that fits nothing in one of its roots is silent', async () => {
  const component =
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: {kind: Deployment, name: tug}\n    patch: |-\n      - {op: replace, path: /spec/replicas, value: 3}\n';
  const files = { 'north/ferry.yaml': DEPLOYMENT, 'north/kustomization.yaml': 'resources: [ferry.yaml]\n' };
  const change = {
    'parts/kustomization.yaml': component,
    'north/kustomization.yaml': 'resources: [ferry.yaml]\ncomponents: [../parts]\n',
  };
  expect(await foreseen(files, change)).toEqual([]);
});
