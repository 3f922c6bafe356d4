import { describe, expect, test } from 'vitest';
import { buildState } from '../../../src/cluster/build-state.ts';
import type { Repository } from '../../../src/git/repository.ts';
import { fieldOf } from '../../../src/kubernetes/field.ts';
import type { Scalar } from '../../../src/kubernetes/objects.ts';
import { locate } from '../../../src/locate/locate.ts';
import { ownershipOf } from '../../../src/sources/gitops.ts';
import { Revision } from '../../../src/sources/revision.ts';
import { treeOf } from '../../../src/tree/tree.ts';
import { renderers, revisionOf, withoutKustomize, type Files } from '../../locate/revisions.ts';
import { needsTool } from '../../needs.ts';
import { application, applicationOf, applicationSet, HERE, indented, type Texts } from './argo-objects.ts';
import { deployment, objectsIn } from './flux-objects.ts';

const withKustomize = needsTool('kustomize');
const withHelm = needsTool('helm');

const CHART: Texts = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/values.yaml': 'replicas: 1\n',
  'charts/cart/templates/cart.yaml': deployment(
    '{{ .Release.Name }}',
    'replicas: {{ .Values.replicas }}',
  ).replace('namespace: shop', 'namespace: {{ .Release.Namespace }}'),
};

/** What is applied of a Deployment's field in the end, by whoever applies it. */
async function applied(revision: Revision, name: string, field: string) {
  const found: Record<string, unknown> = {};
  for (const root of await revision.allRoots()) {
    const rendering = await revision.render(root);
    const by = root.declared?.plan.by ?? root.id;
    if (rendering.kind === 'failed') found[by] = rendering.message;
    else
      for (const { object } of rendering.objects)
        if (object.kind === 'Deployment' && object.metadata.name === name)
          found[by] = fieldOf(object, field)?.value ?? null;
  }
  return found;
}

/** The edit that gives a field of a Deployment another value: where, and the lines that are new. */
async function edited(files: Files, name: string, field: string, after: Scalar, namespace = 'shop') {
  const result = await locate(await revisionOf(files), {
    target: { wanted: { kind: 'Deployment', name, namespace }, live: null, roots: null },
    fields: [{ field, after }],
  });
  if (result.kind === 'declined') return `${result.code}: ${result.reason}`;
  const lines = [...result.files].flatMap(([file, content]) => {
    const before = new Set(String(files[file]).split('\n'));
    return String(content)
      .split('\n')
      .filter((line) => !before.has(line))
      .map((line) => `${file}: ${line.trim()}`);
  });
  return { lines, status: result.proof.status };
}

describe('Applications that make Applications', () => {
  withHelm('through a chart', async () => {
    const revision = await revisionOf({
      ...CHART,
      'root.yaml': applicationOf('path: charts/apps\nhelm: {valuesObject: {replicas: 4}}', 'apps'),
      'charts/apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
      'charts/apps/values.yaml': 'replicas: 2\n',
      'charts/apps/templates/cart.yaml': applicationOf(
        'path: charts/cart\nhelm: {parameters: [{name: replicas, value: "{{ .Values.replicas }}"}]}',
      ),
    });
    const [, cart] = await revision.declaredRoots();
    expect(cart).toMatchObject({
      id: 'charts/cart (Argo CD Application argocd/cart in charts/apps (Argo CD Application argocd/apps))',
      declared: { parent: { id: 'charts/apps (Argo CD Application argocd/apps)' } },
    });
    expect(await applied(revision, 'cart', 'spec.replicas')).toEqual({
      'Argo CD Application argocd/cart': 4,
    });
  });

  withKustomize('through a kustomization that names them', async () => {
    const revision = await revisionOf({
      'argo/kustomization.yaml': 'resources: [cart.yaml]\nnamePrefix: eu-\n',
      'argo/cart.yaml': applicationOf('path: apps/cart\nkustomize: {replicas: [{name: cart, count: 5}]}'),
      'apps/cart/kustomization.yaml': 'resources: [cart.yaml]\n',
      'apps/cart/cart.yaml': deployment('cart'),
    });
    expect(await applied(revision, 'cart', 'spec.replicas')).toEqual({
      'Argo CD Application argocd/eu-cart': 5,
    });
  });
});

describe('ApplicationSets', () => {
  const SET: Texts = {
    ...CHART,
    'sets.yaml': applicationSet(`generators: [{list: {elements: [{name: cart}, {name: web}]}}]
template:
  metadata: {name: '{{name}}'}
  spec:
    destination: {namespace: shop}
    source:
      repoURL: ${HERE}
      path: charts/cart
      helm:
        valuesObject:
          label: '{{name}}'
          replicas: 2
`),
  };

  withHelm('each of their Applications is a root', async () => {
    const revision = await revisionOf(SET);
    expect(await applied(revision, 'web', 'spec.replicas')).toEqual({
      'Argo CD Application argocd/web': 2,
    });
  });

  test('the live Application is the one that the set writes', async () => {
    const [live] = objectsIn(
      applicationOf('path: charts/cart\nhelm: {valuesObject: {replicas: 2, label: web}}', 'web').replace(
        /destination: .*/,
        'destination: {namespace: shop}',
      ),
    );
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        namespace: 'shop',
        annotations: { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/web' },
      },
    };
    const cluster = buildState({ name: 'east', now: 0, objects: [object, live!] });
    const revision = await revisionOf(SET, withoutKustomize);
    const found = await ownershipOf(object, cluster, revision, {
      branch: 'main',
      remote: null,
    } as Repository);
    expect(found).toMatchObject({
      kind: 'owned',
      roots: [{ declared: { object: { kind: 'ApplicationSet', name: 'shops' } } }],
    });
  });
});

describe('an edit of what an Application says', () => {
  withHelm('goes into its values', async () => {
    const files = {
      ...CHART,
      'cart.yaml': applicationOf('path: charts/cart\nhelm:\n  valuesObject:\n    replicas: 2'),
    };
    expect(await edited(files, 'cart', 'spec.replicas', 3)).toEqual({
      lines: ['cart.yaml: replicas: 3'],
      status: 'proven',
    });
  });

  withHelm('goes into the parameter that wins over them', async () => {
    const files = {
      ...CHART,
      'cart.yaml': applicationOf(`path: charts/cart
helm:
  valuesObject: {replicas: 2}
  parameters:
    - name: replicas
      value: "4"
`),
    };
    expect(await edited(files, 'cart', 'spec.replicas', 5)).toEqual({
      lines: ['cart.yaml: value: "5"'],
      status: 'proven',
    });
  });

  withHelm('goes into the file of another source', async () => {
    const files = {
      ...CHART,
      'envs/prod.yaml': 'replicas: 6\n',
      'cart.yaml': application(`sources:
  - repoURL: ${HERE}
    path: charts/cart
    helm: {valueFiles: [$values/envs/prod.yaml]}
  - {repoURL: ${HERE}, ref: values}
`),
    };
    expect(await edited(files, 'cart', 'spec.replicas', 7)).toEqual({
      lines: ['envs/prod.yaml: replicas: 7'],
      status: 'proven',
    });
  });

  withHelm('does not go into an override file', async () => {
    const files = {
      ...CHART,
      'charts/cart/.argocd-source-cart.yaml': 'helm: {parameters: [{name: replicas, value: "8"}]}\n',
      'cart.yaml': applicationOf('path: charts/cart'),
    };
    const result = await edited(files, 'cart', 'spec.replicas', 9);
    expect(JSON.stringify(result)).not.toContain('argocd-source-cart.yaml: ');
  });
});

describe('the repository that a folder is of', () => {
  const KUSTOMIZE = 'path: apps/cart\nkustomize: {replicas: [{name: cart, count: 5}]}';
  const FILES: Texts = {
    'apps/cart/kustomization.yaml': 'resources: [cart.yaml]\n',
    'apps/cart/cart.yaml': deployment('cart'),
  };

  async function declaredIn(slug: string | null, ...addresses: readonly string[]) {
    const files = Object.fromEntries(
      addresses.map((address, index) => [
        `argo/${index}.yaml`,
        applicationOf(`repoURL: ${address}\n${KUSTOMIZE}`, `cart-${index}`),
      ]),
    );
    const remote = slug === null ? null : { slug, url: `https://github.com/${slug}` };
    const revision = await Revision.of(treeOf({ ...FILES, ...files }), renderers, remote);
    return (await revision.declaredRoots()).map(({ declared }) => declared!.plan.ref.name);
  }

  const OTHER = 'https://github.com/acme/other';
  const UPSTREAM = 'https://github.com/upstream/infra';

  test.each([
    ['this one', 'acme/infra', [HERE], ['cart-0']],
    ['this one, by another way', 'acme/infra', ['ssh://git@github.com/Acme/Infra'], ['cart-0']],
    ['whichever it is, where that is not known', null, [HERE, OTHER], ['cart-0', 'cart-1']],
    ['what this one was forked from', 'me/infra', [HERE, OTHER], ['cart-0']],
    ['an address that is not understood', 'acme/infra', ['https://git.example/a/b/infra'], ['cart-0']],
  ])('%s', async (_title, slug, addresses, names) => {
    expect(await declaredIn(slug, ...addresses)).toEqual(names);
  });

  test.each([
    ['another one', 'acme/infra', [OTHER], []],
    ['another one of this name, beside this one', 'acme/infra', [HERE, UPSTREAM], ['cart-0']],
    ['two others of this name', 'me/infra', [HERE, UPSTREAM], []],
  ])('%s is not taken for it', async (_title, slug, addresses, names) => {
    expect(await declaredIn(slug, ...addresses)).toEqual(names);
  });

  test('a folder that another repository has too stays what it is by itself', async () => {
    const files = {
      ...FILES,
      'argo/cart.yaml': applicationOf(`repoURL: ${OTHER}\n${indented(KUSTOMIZE, 0)}`),
    };
    const remote = { slug: 'acme/infra', url: 'https://github.com/acme/infra' };
    const roots = await (await Revision.of(treeOf(files), renderers, remote)).allRoots();
    expect(roots.map(({ id }) => id)).toEqual(['apps/cart', 'argo']);
  });
});

describe('what an Application says about its kustomization is edited there', () => {
  const APPS: Texts = {
    'apps/cart/kustomization.yaml': 'resources: [cart.yaml]\n',
    'apps/cart/cart.yaml': deployment('cart'),
  };
  const IMAGE = 'spec.template.spec.containers[0].image';

  withKustomize.each<readonly [string, string, string, Scalar, readonly string[]]>([
    [
      'the tag of an image',
      'images: [registry.example/cart:1.1]',
      IMAGE,
      'registry.example/cart:1.2',
      ['images: [registry.example/cart:1.2]'],
    ],
    [
      'another name for it',
      'images: [registry.example/cart=mirror.example/cart:1.1]',
      IMAGE,
      'mirror.example/cart:1.2',
      ['images: [registry.example/cart=mirror.example/cart:1.2]'],
    ],
    [
      'a count',
      'replicas: [{name: cart, count: 3}]',
      'spec.replicas',
      4,
      ['replicas: [{name: cart, count: 4}]'],
    ],
    [
      'a count in quotes',
      'replicas: [{name: cart, count: "3"}]',
      'spec.replicas',
      4,
      ['replicas: [{name: cart, count: "4"}]'],
    ],
  ])('%s', async (_case, options, field, after, lines) => {
    const files = { ...APPS, 'argo.yaml': applicationOf(`path: apps/cart\nkustomize:\n  ${options}`) };
    expect(await edited(files, 'cart', field, after)).toEqual({
      lines: lines.map((line) => `argo.yaml: ${line}`),
      status: 'proven',
    });
  });

  withKustomize('what Argo CD Image Updater writes is left to it', async () => {
    const files = {
      ...APPS,
      'argo.yaml': applicationOf('path: apps/cart'),
      'apps/cart/.argocd-source-cart.yaml': 'kustomize:\n  images: ["registry.example/cart:1.1"]\n',
    };
    expect(await edited(files, 'cart', IMAGE, 'registry.example/cart:1.2')).toMatch(/^other-writer: /);
  });

  withHelm('in a release too', async () => {
    const files = {
      ...CHART,
      'argo.yaml': applicationOf('path: charts/cart'),
      'charts/cart/.argocd-source-cart.yaml': 'helm:\n  parameters: [{name: replicas, value: "5"}]\n',
    };
    expect(await edited(files, 'cart', 'spec.replicas', 4)).toMatch(
      /^other-writer: replicas of the values is set in charts\/cart\/\.argocd-source-cart\.yaml/,
    );
  });
});
