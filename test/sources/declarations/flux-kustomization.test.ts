import { describe, expect, test } from 'vitest';
import { fluxKustomizationPlans } from '../../../src/sources/declarations/flux-kustomization.ts';
import { configMap, contextOf, gitRepository, kustomization, objectsIn } from './flux-objects.ts';

async function planOf(spec: string, objects = gitRepository(), files: Readonly<Record<string, string>> = {}) {
  const [object] = objectsIn(kustomization(spec));
  const plans = await fluxKustomizationPlans(object!, contextOf(objects, files));
  expect(plans).toHaveLength(1);
  return plans[0]!;
}

const NOTHING = {
  instead: {},
  after: { patches: [], patchesStrategicMerge: [], patchesJson6902: [], components: [] },
  images: [],
};

describe('where it is from', () => {
  test.each([
    ['a branch', gitRepository(), { branch: 'main' }],
    ['no reference, which is master', gitRepository('interval: 1m'), { branch: 'master' }],
    ['a tag', gitRepository('ref: {tag: v1}'), { pin: 'v1' }],
    ['a commit beside a branch', gitRepository('ref: {branch: main, commit: abc}'), { pin: 'abc' }],
    ['a name', gitRepository('ref: {name: refs/heads/next}'), { branch: 'next' }],
    ['a name of a pull request', gitRepository('ref: {name: refs/pull/1/head}'), { pin: 'refs/pull/1/head' }],
  ])('%s', async (_title, source, revision) => {
    expect(await planOf('path: ./apps', source)).toMatchObject({
      from: { repository: 'https://github.com/acme/infra', revision },
    });
  });

  test('a GitRepository that is not there is taken for this repository', async () => {
    expect(await planOf('path: ./apps', '')).toMatchObject({ from: { repository: null, revision: {} } });
  });

  test('one in another namespace', async () => {
    const spec = 'path: ./apps\nsourceRef: {kind: GitRepository, name: infra, namespace: sources}';
    expect(await planOf(spec, gitRepository('ref: {branch: dev}', 'sources'))).toMatchObject({
      from: { revision: { branch: 'dev' } },
    });
  });
});

describe('an artifact of some folders of a repository', () => {
  const generator = (copy: string): string => `apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: parts, namespace: flux-system}
spec:
  sources: [{alias: repo, kind: GitRepository, name: infra}]
  artifacts: [{name: apps, copy: ${copy}}]
`;
  const planFrom = (copy: string) => {
    const objects = `${gitRepository()}---\n${generator(copy)}`;
    const files = { 'clusters/parts.yaml': generator(copy) };
    return planOf('path: ./production\nsourceRef: {kind: ExternalArtifact, name: apps}', objects, files);
  };

  test.each([
    [
      'that lie as they do there',
      '[{from: "@repo/apps/base/**", to: "@artifact/base/"}, {from: "@repo/apps/production/**", to: "@artifact/production/"}]',
      'apps/production',
    ],
    ['all of one folder', '[{from: "@repo/deploy/apps/**", to: "@artifact/"}]', 'deploy/apps/production'],
    ['the whole repository', '[{from: "@repo/**", to: "@artifact/"}]', 'production'],
    ['folders of the top', '[{from: "@repo/production/**", to: "@artifact/production"}]', 'production'],
  ])('%s', async (_title, copy, path) => {
    expect(await planFrom(copy)).toMatchObject({
      from: { repository: 'https://github.com/acme/infra', revision: { branch: 'main' } },
      content: { path },
    });
  });

  test.each([
    [
      'from here and there',
      '[{from: "@repo/a/base/**", to: "@artifact/base/"}, {from: "@repo/b/production/**", to: "@artifact/production/"}]',
    ],
    ['under other names', '[{from: "@repo/apps/prod/**", to: "@artifact/production/"}]'],
    ['but for some files', '[{from: "@repo/apps/**", to: "@artifact/", exclude: ["*.yaml"]}]'],
    ['single files', '[{from: "@repo/apps/*.yaml", to: "@artifact/"}]'],
    ['of another source', '[{from: "@other/apps/**", to: "@artifact/"}]'],
  ])('refused: %s', async (_title, copy) => {
    expect(await planFrom(copy)).toMatchObject({
      option: 'spec.sourceRef, the ExternalArtifact flux-system/apps',
    });
  });
});

describe('what it applies', () => {
  test.each([
    ['./apps/prod/', 'apps/prod'],
    ['/apps', 'apps'],
    ['""', '.'],
  ])('the path %s', async (path, expected) => {
    expect(await planOf(`path: ${path}`)).toMatchObject({
      by: 'Flux Kustomization flux-system/shop',
      namespace: null,
      cluster: null,
      content: { kind: 'folder', path: expected, recurse: true, written: NOTHING },
      steps: [],
    });
  });

  test('the whole repository where it names no path', async () => {
    expect(await planOf('wait: true')).toMatchObject({ content: { path: '.' } });
  });

  test('what goes into the kustomization of the folder', async () => {
    const plan = await planOf(`path: ./apps
targetNamespace: shop
namePrefix: blue-
nameSuffix: -a
images:
  - {name: cart, newTag: "2"}
  - {name: web, newName: registry.example/web, digest: "sha256:1"}
patches:
  - patch: |
      - {op: remove, path: /spec/replicas}
    target: {kind: Deployment, name: cart, annotationSelector: ""}
  - patch: "{apiVersion: v1, kind: Service, metadata: {name: cart}}"
components: [../parts/debug]`);
    expect(plan).toMatchObject({
      namespace: 'shop',
      content: {
        written: {
          instead: { namespace: 'shop', namePrefix: 'blue-', nameSuffix: '-a' },
          images: [
            { name: 'cart', newTag: '2' },
            { name: 'web', newName: 'registry.example/web', digest: 'sha256:1' },
          ],
          after: {
            patches: [
              {
                patch: '- {op: remove, path: /spec/replicas}\n',
                target: { kind: 'Deployment', name: 'cart' },
              },
              { patch: '{apiVersion: v1, kind: Service, metadata: {name: cart}}' },
            ],
            components: ['../parts/debug'],
          },
        },
      },
    });
  });

  test('the patches of older versions are objects and operations', async () => {
    const plan = await planOf(`path: ./apps
patchesStrategicMerge:
  - {apiVersion: v1, kind: Service, metadata: {name: cart}}
patchesJson6902:
  - target: {version: v1, kind: Service, name: cart}
    patch: [{op: remove, path: /spec/type}]`);
    expect(plan).toMatchObject({
      content: {
        written: {
          after: {
            patchesStrategicMerge: ['{"apiVersion":"v1","kind":"Service","metadata":{"name":"cart"}}'],
            patchesJson6902: [
              {
                target: { version: 'v1', kind: 'Service', name: 'cart' },
                patch: '[{"op":"remove","path":"/spec/type"}]',
              },
            ],
          },
        },
      },
    });
  });

  test('components that are not there, where they may be missing', async () => {
    const spec = 'path: ./apps\ncomponents: [../one, ../two]\nignoreMissingComponents: true';
    const plan = await planOf(spec, gitRepository(), { 'one/kustomization.yaml': 'kind: Component\n' });
    expect(plan).toMatchObject({ content: { written: { after: { components: ['../one'] } } } });
  });

  test.each([
    ['a Secret', 'kubeConfig: {secretRef: {name: west}}', 'west'],
    ['a ConfigMap', 'kubeConfig: {configMapRef: {name: east}}', 'east'],
  ])('another cluster, which %s knows', async (_title, spec, cluster) => {
    expect(await planOf(`path: ./apps\n${spec}`)).toMatchObject({ cluster });
  });

  test('what says nothing of the objects leaves them as they are', async () => {
    const spec = `path: ./apps
suspend: true
force: true
wait: true
timeout: 5m
dependsOn: [{name: infra}]
decryption: {provider: sops, secretRef: {name: age}}
healthChecks: [{kind: Deployment, name: cart, namespace: shop}]
postBuild: {}
commonMetadata: {labels: {}}`;
    expect(await planOf(spec)).toMatchObject({ content: { written: NOTHING }, steps: [] });
  });
});

describe('what is done with the objects', () => {
  const SETTINGS = `${gitRepository()}---\n${configMap('one', 'flux-system', 'A: "1"\nB: "1"\nC: "1"')}---\n${configMap('two', 'flux-system', 'B: "2"\nC: "2"')}`;
  const from = (...names: readonly string[]): string =>
    names.map((name) => `    - {kind: ${name.split('/')[0]}, name: ${name.split('/')[1]}}\n`).join('');

  test.each([
    ['substitute alone', 'substitute: {A: a}', { A: 'a' }, true],
    [
      'later sources over earlier ones, and substitute over all',
      `substituteFrom:\n${from('ConfigMap/one', 'ConfigMap/two')}  substitute: {C: c}`,
      { A: '1', B: '2', C: 'c' },
      true,
    ],
    ['a Secret', `substituteFrom:\n${from('ConfigMap/two', 'Secret/keys')}`, { B: '2', C: '2' }, false],
    ['a ConfigMap that is not in the repository', `substituteFrom:\n${from('ConfigMap/three')}`, {}, false],
    [
      'one that need not be there, and may be all the same',
      'substituteFrom: [{kind: ConfigMap, name: three, optional: true}]\n  substitute: {A: a}',
      { A: 'a' },
      false,
    ],
  ])('variables: %s', async (_title, postBuild, variables, complete) => {
    const plan = await planOf(`path: ./apps\npostBuild:\n  ${postBuild}`, SETTINGS);
    expect(plan).toMatchObject({ steps: [{ kind: 'substitute', variables, complete }] });
  });

  test('defaults are filled in without any variable where it says so', async () => {
    expect(await planOf('path: ./apps\npostBuild: {substituteStrategy: Always}')).toMatchObject({
      steps: [{ kind: 'substitute', variables: {}, complete: true, always: true }],
    });
  });

  test('common labels come last', async () => {
    const spec = 'path: ./apps\npostBuild: {substitute: {A: a}}\ncommonMetadata: {labels: {team: shop}}';
    expect(await planOf(spec)).toMatchObject({
      steps: [{ kind: 'substitute' }, { kind: 'metadata', labels: { team: 'shop' }, annotations: {} }],
    });
  });
});

describe('refused', () => {
  test.each([
    ['a path outside', 'path: ../other', 'spec.path, which leaves the repository'],
    [
      'an OCI artifact',
      'sourceRef: {kind: OCIRepository, name: shop}',
      'spec.sourceRef, the OCIRepository flux-system/shop',
    ],
    ['a bucket', 'sourceRef: {kind: Bucket, name: shop}', 'spec.sourceRef, the Bucket flux-system/shop'],
    ['no source', 'sourceRef: null', 'no spec.sourceRef'],
    ['a number for a path', 'path: 7', 'spec.path, which is not text'],
    [
      'a variable that is a number',
      'postBuild: {substitute: {A: 1}}',
      'spec.postBuild.substitute.A, which is not text',
    ],
    ['a patch without text', 'patches: [{target: {kind: Deployment}}]', 'spec.patches[0] without a patch'],
    ['patches that are no list', 'patches: {a: b}', 'spec.patches, which is not a list'],
    [
      'a remote component',
      'components: ["https://example.com/a"]',
      'spec.components, of which https://example.com/a is not a folder',
    ],
    [
      'labels that are no texts',
      'commonMetadata: {labels: {a: 1}}',
      'spec.commonMetadata.labels.a, which is not text',
    ],
  ])('%s', async (_title, spec, option) => {
    expect(await planOf(spec)).toMatchObject({ option });
  });

  test.each([
    ['all of the path', '/*\n!/clusters', 'apps/a.yaml'],
    ['one file of it', 'a.yaml', 'apps/a.yaml'],
    ['files by a glob', '/apps/**/*.yaml\n!/apps/a.yaml', 'apps/deep/er/b.yaml'],
    ['a folder that is taken back before', '!/apps/deep\ndeep/', 'apps/deep/er/b.yaml'],
  ])('a GitRepository that leaves out %s', async (_title, ignore, left) => {
    const source = gitRepository(`ignore: ${JSON.stringify(ignore)}`);
    const files = { 'apps/a.yaml': '', 'apps/deep/er/b.yaml': '', 'docs/a.md': '' };
    expect(await planOf('path: ./apps', source, files)).toMatchObject({
      option: `spec.sourceRef, the GitRepository flux-system/infra, which leaves out ${left}`,
    });
  });

  test.each([
    ['everything else', '/*\n!/apps'],
    ['what is no manifest', '# nothing\n*.md\nREADME*\n'],
    ['another folder', 'docs/\n/scripts/**'],
    ['what it takes back', 'a.yaml\n!/apps/a.yaml'],
    ['folders above what it takes back', '/*\n!/apps/b\n!/apps/a.yaml'],
  ])('but not one that leaves out %s', async (_title, ignore) => {
    const source = gitRepository(`ignore: ${JSON.stringify(ignore)}`);
    const files = { 'apps/a.yaml': '', 'apps/b/README.md': '', 'docs/c.yaml': '' };
    expect(await planOf('path: ./apps', source, files)).toMatchObject({ content: { path: 'apps' } });
  });

  test('a .sourceignore of a folder counts there', async () => {
    const files = { 'apps/.sourceignore': '/a.yaml\n', 'apps/a.yaml': '', 'other/a.yaml': '' };
    expect(await planOf('path: ./apps', gitRepository(), files)).toMatchObject({
      option: expect.stringContaining('leaves out apps/a.yaml'),
    });
    expect(await planOf('path: ./other', gitRepository(), files)).toMatchObject({
      content: { path: 'other' },
    });
  });

  test('files that another repository puts into the path, and only there', async () => {
    const source = gitRepository('include: [{repository: {name: base}, toPath: apps/base}]');
    expect(await planOf('path: ./apps', source)).toMatchObject({
      option: 'spec.sourceRef, the GitRepository flux-system/infra, which includes base',
    });
    expect(await planOf('path: ./other', source)).toMatchObject({ content: { path: 'other' } });
  });
});
