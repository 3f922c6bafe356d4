import { describe, expect, test } from 'vitest';
import type { Revision } from '../../../src/sources/revision.ts';
import { locate } from '../../../src/locate/locate.ts';
import { fieldOf } from '../../../src/kubernetes/field.ts';
import type { Scalar } from '../../../src/kubernetes/objects.ts';
import { revisionOf, withoutKustomize, type Files } from '../../locate/revisions.ts';
import { needsTool } from '../../needs.ts';
import { configMap, deployment, gitRepository, helmRelease, kustomization } from './flux-objects.ts';

const withKustomize = needsTool('kustomize');
const withHelm = needsTool('helm');
const withBoth = needsTool('kustomize', 'helm');

/** What everything renders to that is applied in the end: `Deployment shop/cart` → the field, by root. */
async function rendered(
  revision: Revision,
  name: string,
  field: string,
): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {};
  for (const root of await revision.allRoots()) {
    const rendering = await revision.render(root);
    if (rendering.kind === 'failed') found[root.id] = rendering.message;
    else
      for (const { object } of rendering.objects)
        if (`${object.kind} ${object.metadata.name}` === name)
          found[root.id] = fieldOf(object, field)?.value ?? null;
  }
  return found;
}

/** The edit that gives a field of a Deployment another value: `file:line` and the files after it, or why there is none. */
async function edited(files: Files, name: string, field: string, after: Scalar, namespace = 'shop') {
  const revision = await revisionOf(files);
  const result = await locate(revision, {
    target: { wanted: { kind: 'Deployment', name, namespace }, live: null, roots: null },
    fields: [{ field, after }],
  });
  if (result.kind === 'declined') return `${result.code}: ${result.reason}`;
  const [change] = result.changes;
  const { file, line, path } = change!.site;
  const lines = [...result.files].flatMap(([edit, content]) => {
    const before = new Set(String(files[edit]).split('\n'));
    return String(content)
      .split('\n')
      .filter((one) => !before.has(one))
      .map((one) => one.trim());
  });
  return { site: `${file}:${line} ${path}`, lines, status: result.proof.status };
}

const SYNC = `${gitRepository()}---\n${kustomization('path: ./clusters/prod', 'flux-system')}`;
const IMAGE = 'spec.template.spec.containers[0].image';

describe('a path without a kustomization', () => {
  const HOME: Files = {
    'clusters/prod/flux-system/kustomization.yaml': 'resources: [sync.yaml]\n',
    'clusters/prod/flux-system/sync.yaml': SYNC,
    'clusters/prod/apps.yaml': kustomization('path: ./apps', 'apps'),
    'clusters/prod/deep/er/web.yaml': deployment('web'),
    'clusters/prod/values.json': '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}}',
    'apps/cart.yaml': deployment('cart'),
    'apps/base/kustomization.yaml': 'resources: [api.yaml]\nnameSuffix: -x\n',
    'apps/base/api.yaml': deployment('api'),
    'apps/base/unused.yaml': deployment('unused'),
  };

  withKustomize('is what each of its parts is by itself, where nothing is changed', async () => {
    const revision = await revisionOf(HOME);
    const declarations = await revision.declarations();
    expect(
      Object.fromEntries(
        declarations.map(({ plan, roots }) => [plan.by, roots.map(({ id, kind }) => `${kind} ${id}`)]),
      ),
    ).toEqual({
      'Flux Kustomization flux-system/flux-system': [
        'plain clusters/prod',
        'kustomize clusters/prod/flux-system',
      ],
      'Flux Kustomization flux-system/apps': ['plain apps', 'kustomize apps/base'],
    });
    expect(await revision.declaredRoots()).toEqual([]);
  });

  withKustomize('keeps its manifests open to edits', async () => {
    expect(await edited(HOME, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'apps/cart.yaml:7 spec.replicas',
      lines: ['replicas: 5'],
      status: 'proven',
    });
  });

  withKustomize('is built together where something is written into it', async () => {
    const files = {
      ...HOME,
      'clusters/prod/apps.yaml': kustomization('path: ./apps\nnamePrefix: blue-', 'apps'),
    };
    const revision = await revisionOf(files);
    const root = 'apps (Flux Kustomization flux-system/apps in clusters/prod)';
    expect(await rendered(revision, 'Deployment blue-cart', 'spec.replicas')).toEqual({ [root]: 3 });
    expect(await rendered(revision, 'Deployment blue-api-x', 'spec.replicas')).toEqual({ [root]: 3 });
    expect(await rendered(revision, 'Deployment cart', 'spec.replicas')).toEqual({});
    expect(await rendered(revision, 'Deployment blue-unused', 'spec.replicas')).toEqual({});
    for (const [name, site] of [
      ['blue-cart', 'apps/cart.yaml:7 spec.replicas'],
      ['blue-api-x', 'apps/base/api.yaml:7 spec.replicas'],
    ])
      expect(await edited(files, name!, 'spec.replicas', 5)).toMatchObject({
        site,
        lines: ['replicas: 5'],
        status: 'proven',
      });
  });

  test('needs no kustomize where all is plain', async () => {
    const files = {
      'clusters/apps.yaml': kustomization('path: ./apps', 'apps'),
      'apps/a/cart.yaml': deployment('cart'),
    };
    const revision = await revisionOf(files, withoutKustomize);
    expect(await rendered(revision, 'Deployment cart', 'spec.replicas')).toEqual({ 'apps/a': 3 });
  });

  test('that holds nothing is no root', async () => {
    const files = { 'clusters/apps.yaml': kustomization('path: ./apps', 'apps'), 'apps/README.md': '' };
    const [declaration] = await (await revisionOf(files, withoutKustomize)).declarations();
    expect(declaration).toMatchObject({
      roots: [],
      obstacle: 'the folder apps, which has no manifests that it takes',
    });
  });
});

describe('a Flux Kustomization changes what it applies', () => {
  const BASE: Files = {
    'apps/kustomization.yaml': `resources: [cart.yaml, ../shared/web.yaml]
images: [{name: registry.example/cart, newName: mirror.example/cart, newTag: 1.1.0}]
`,
    'apps/cart.yaml': deployment('cart'),
    'shared/web.yaml': deployment('web'),
  };
  const ROOT = 'apps (Flux Kustomization flux-system/shop in clusters)';
  const files = (spec: string, more: Files = {}): Files => ({
    ...BASE,
    'clusters/shop.yaml': kustomization(`path: ./apps\n${spec}`),
    ...more,
  });

  withKustomize.for([
    [
      'images: into the entry of the folder',
      'images: [{name: registry.example/cart, newTag: 2.0.0}]',
      IMAGE,
      'mirror.example/cart:2.0.0',
    ],
    [
      'a digest takes the tag away',
      'images: [{name: registry.example/cart, digest: "sha256:12"}]',
      IMAGE,
      'mirror.example/cart@sha256:12',
    ],
    ['a namespace over all', 'targetNamespace: other', 'metadata.namespace', 'other'],
    [
      'patches after those of the folder',
      'patches:\n  - patch: "- {op: replace, path: /spec/replicas, value: 9}"\n    target: {kind: Deployment, name: cart}',
      'spec.replicas',
      9,
    ],
    [
      'common annotations, on the object alone',
      'commonMetadata: {annotations: {team: shop}}',
      'metadata.annotations.team',
      'shop',
    ],
    [
      'and not on its pods',
      'commonMetadata: {labels: {team: shop}}',
      'spec.template.metadata.labels.team',
      null,
    ],
  ] as const)('%s', async ([_title, spec, field, value]) => {
    const revision = await revisionOf(files(spec));
    expect(await rendered(revision, 'Deployment cart', field)).toEqual({ [ROOT]: value });
  });

  withKustomize('its own tag is the site where it wins', async () => {
    const all = files('images:\n  - name: registry.example/cart\n    newTag: 2.0.0');
    expect(await edited(all, 'cart', IMAGE, 'mirror.example/cart:2.1.0')).toEqual({
      site: 'clusters/shop.yaml:11 spec.images[0].newTag',
      lines: ['newTag: 2.1.0'],
      status: 'proven',
    });
  });

  withKustomize('and so is the value in its patch', async () => {
    const all = files(`patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: cart, namespace: shop}
      spec:
        replicas: 4`);
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'clusters/shop.yaml:15 spec.patches[0].patch > spec.replicas',
      lines: ['replicas: 5'],
      status: 'proven',
    });
  });

  withKustomize('a JSON patch with a target', async () => {
    const all = files(`patches:
  - target: {kind: Deployment, name: cart}
    patch: |
      - op: replace
        path: /spec/replicas
        value: 4`);
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'clusters/shop.yaml:14 spec.patches[0].patch > [0].value',
      lines: ['value: 5'],
      status: 'proven',
    });
  });

  withKustomize('what it does not change stays where it is written', async () => {
    const all = files('namePrefix: blue-');
    expect(await edited(all, 'blue-cart', 'spec.replicas', 5)).toMatchObject({
      site: 'apps/cart.yaml:7 spec.replicas',
      status: 'proven',
    });
    expect(await edited(all, 'blue-cart', IMAGE, 'mirror.example/cart:1.2.0')).toMatchObject({
      site: 'apps/kustomization.yaml:2 images[0].newTag',
      status: 'proven',
    });
  });

  withKustomize('a file of another folder is read, as Flux lets it', async () => {
    expect(
      await rendered(await revisionOf(files('namePrefix: a-')), 'Deployment a-web', 'spec.replicas'),
    ).toEqual({ [ROOT]: 3 });
  });

  withKustomize('a patch that meets nothing fails, as it does in Flux', async () => {
    const patch =
      'patches: [{patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: no}, spec: {replicas: 1}}"}]';
    const found = await edited(files(patch), 'cart', 'spec.replicas', 5);
    expect(found).toContain('render-failed: apps (Flux Kustomization flux-system/shop in clusters)');
  });

  withKustomize('two that apply one folder are two sources', async () => {
    const all = files('targetNamespace: shop', {
      'clusters/other.yaml': kustomization('path: ./apps\ncommonMetadata: {labels: {a: b}}', 'other'),
    });
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toContain(
      'several-sources: Deployment shop/cart is rendered by apps (Flux Kustomization flux-system/other in clusters) at apps/cart.yaml:7 and apps (Flux Kustomization flux-system/shop in clusters) at apps/cart.yaml:7',
    );
  });
});

describe('variables', () => {
  const files = (spec: string, more: Files = {}, written = 'replicas: ${REPLICAS}'): Files => ({
    'apps/kustomization.yaml': 'resources: [cart.yaml]\n',
    'apps/cart.yaml': deployment('cart', written),
    'clusters/shop.yaml': kustomization(`path: ./apps\npostBuild:\n${spec}`),
    ...more,
  });

  withKustomize('of the Kustomization are the site of what they fill in', async () => {
    const all = files('  substitute:\n    OTHER: "3"\n    REPLICAS: "3"');
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'clusters/shop.yaml:12 spec.postBuild.substitute.REPLICAS',
      lines: ['REPLICAS: "5"'],
      status: 'proven',
    });
  });

  withKustomize('of a ConfigMap beside it', async () => {
    const settings = configMap('settings', 'flux-system', 'REPLICAS: "3"');
    const all = files('  substituteFrom: [{kind: ConfigMap, name: settings}]', {
      'clusters/settings.yaml': settings,
    });
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'clusters/settings.yaml:5 data.REPLICAS',
      lines: ['REPLICAS: "5"'],
      status: 'proven',
    });
  });

  withKustomize('of a ConfigMap elsewhere, the one of the same cluster', async () => {
    const settings = (replicas: number): string =>
      configMap('settings', 'flux-system', `REPLICAS: "${replicas}"`);
    const all = files('  substituteFrom: [{kind: ConfigMap, name: settings}]', {
      'clusters/vars/settings.yaml': settings(3),
      'staging/vars/settings.yaml': settings(1),
    });
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'clusters/vars/settings.yaml:5 data.REPLICAS',
      status: 'proven',
    });
  });

  withKustomize('of a generator, which gives the ConfigMap another name', async () => {
    const all = files('  substituteFrom: [{kind: ConfigMap, name: settings}]', {
      'clusters/kustomization.yaml': `resources: [shop.yaml]
namespace: flux-system
configMapGenerator:
  - name: settings
    options: {disableNameSuffixHash: true}
    literals:
      - REPLICAS=3
`,
    });
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'clusters/kustomization.yaml:7 configMapGenerator[0].literals[0]',
      lines: ['- REPLICAS=5'],
      status: 'proven',
    });
  });

  withKustomize('within a longer value', async () => {
    const image = 'template: {spec: {containers: [{name: cart, image: "cart:${TAG}"}]}}';
    const all = files('  substitute: {TAG: "42"}', {
      'apps/cart.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  ${image}\n`,
    });
    expect(await edited(all, 'cart', IMAGE, 'cart:43')).toMatchObject({
      site: 'clusters/shop.yaml:10 spec.postBuild.substitute.TAG',
      lines: ['substitute: {TAG: "43"}'],
      status: 'proven',
    });
    expect(await edited(all, 'cart', IMAGE, 'registry.example/cart:42')).toMatchObject({
      site: 'apps/cart.yaml:5 spec.template.spec.containers[0].image',
      lines: ['template: {spec: {containers: [{name: cart, image: "registry.example/cart:${TAG}"}]}}'],
    });
  });

  withKustomize('leave room for what is new in the manifests', async () => {
    const field = 'spec.template.spec.containers[0].imagePullPolicy';
    const all = files('  substitute: {REPLICAS: "3"}');
    const plain = Object.fromEntries(
      Object.entries(all).filter(([file]) => file !== 'apps/kustomization.yaml'),
    );
    for (const each of [all, plain])
      expect(await edited(each, 'cart', field, 'Always')).toMatchObject({
        site: 'apps/cart.yaml:15 spec.template.spec.containers[name=cart].imagePullPolicy',
        lines: ['imagePullPolicy: Always'],
        status: 'proven',
      });
  });

  withKustomize('that have a default', async () => {
    const all = files('  substitute: {OTHER: "1"}', {}, 'replicas: ${REPLICAS:=3}');
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'apps/cart.yaml:7 spec.replicas',
      lines: ['replicas: ${REPLICAS:=5}'],
      status: 'proven',
    });
  });

  withKustomize('of a Secret leave what they may fill in', async () => {
    const all = files('  substituteFrom: [{kind: Secret, name: keys}]\n  substitute: {A: a}');
    const revision = await revisionOf(all);
    expect(Object.values(await rendered(revision, 'Deployment cart', 'spec.replicas'))).toEqual([
      '${REPLICAS}',
    ]);
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toBe(
      'unsupported-value: spec.replicas renders as ${REPLICAS}, and what the variable says is not in this repository',
    );
  });

  withKustomize(
    'that others use as well are left to them, where the root can say it for itself',
    async () => {
      const settings = configMap('settings', 'flux-system', 'REPLICAS: "3"');
      const all = files('  substituteFrom: [{kind: ConfigMap, name: settings}]', {
        'clusters/settings.yaml': settings,
        'clusters/web.yaml': kustomization(
          'path: ./web\npostBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}',
          'web',
        ),
        'web/web.yaml': deployment('web', 'replicas: ${REPLICAS}'),
      });
      expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
        site: 'apps/kustomization.yaml:2 replicas[name=cart]',
        status: 'proven',
      });
    },
  );
});

describe('Kustomizations that apply Kustomizations', () => {
  const CHILD = kustomization(
    'path: ./apps/${CLUSTER}\npostBuild: {substitute: {STRATEGY: "${KIND}"}}',
    'apps',
  );
  const files: Files = {
    'clusters/prod.yaml': kustomization(
      'path: ./flux\npostBuild:\n  substitute:\n    CLUSTER: prod\n    KIND: Recreate',
      'prod',
    ),
    'flux/apps.yaml': CHILD,
    'apps/prod/cart.yaml': deployment('cart', 'strategy: {type: "${STRATEGY}"}'),
    'apps/staging/cart.yaml': deployment('cart', 'strategy: {type: RollingUpdate}'),
  };

  withKustomize('hand their variables down as text', async () => {
    const revision = await revisionOf(files);
    expect(await rendered(revision, 'Deployment cart', 'spec.strategy.type')).toEqual({
      'apps/prod (Flux Kustomization flux-system/apps in flux (Flux Kustomization flux-system/prod in clusters))':
        'Recreate',
      'apps/staging': 'RollingUpdate',
    });
  });

  withKustomize('the first one is the site of what it hands down', async () => {
    const { 'apps/staging/cart.yaml': _other, ...prod } = files;
    expect(await edited(prod, 'cart', 'spec.strategy.type', 'RollingUpdate')).toEqual({
      site: 'clusters/prod.yaml:12 spec.postBuild.substitute.KIND',
      lines: ['KIND: RollingUpdate'],
      status: 'proven',
    });
  });

  withKustomize(
    'a patch of all that a folder declares counts, and the folder by itself does not',
    async () => {
      const all = {
        'clusters/prod.yaml': kustomization(
          `path: ./flux
patches:
  - target: {kind: Kustomization}
    patch: |
      - op: add
        path: /spec/postBuild
        value: {substitute: {REPLICAS: "4"}}`,
          'prod',
        ),
        'flux/apps.yaml': kustomization('path: ./apps', 'apps'),
        'flux/more/kustomization.yaml': 'resources: [web.yaml]\n',
        'flux/more/web.yaml': kustomization('path: ./web', 'web'),
        'apps/cart.yaml': deployment('cart', 'replicas: ${REPLICAS}'),
        'web/web.yaml': deployment('web', 'replicas: ${REPLICAS}'),
      };
      const revision = await revisionOf(all);
      expect(await rendered(revision, 'Deployment cart', 'spec.replicas')).toEqual({
        'apps (Flux Kustomization flux-system/apps in flux (Flux Kustomization flux-system/prod in clusters))': 4,
      });
      expect(await rendered(revision, 'Deployment web', 'spec.replicas')).toEqual({
        'web (Flux Kustomization flux-system/web in flux (Flux Kustomization flux-system/prod in clusters))': 4,
      });
    },
  );

  withKustomize('of two clusters that share a folder of them are two', async () => {
    const cluster = (name: string, strategy: string): string =>
      kustomization(`path: ./flux\npostBuild: {substitute: {NAME: ${name}, KIND: ${strategy}}}`, 'all');
    const all = {
      'clusters/one.yaml': cluster('one', 'Recreate'),
      'clusters/two/all.yaml': cluster('two', 'RollingUpdate'),
      'flux/apps.yaml': kustomization(
        'path: ./apps\npostBuild: {substitute: {NAME: "${NAME}", KIND: "${KIND}"}}',
        'apps',
      ),
      'apps/cart.yaml': deployment('${NAME}-cart', 'strategy: {type: "${KIND}"}'),
    };
    const revision = await revisionOf(all);
    expect(Object.values(await rendered(revision, 'Deployment one-cart', 'spec.strategy.type'))).toEqual([
      'Recreate',
    ]);
    expect(Object.values(await rendered(revision, 'Deployment two-cart', 'spec.strategy.type'))).toEqual([
      'RollingUpdate',
    ]);
    expect(await edited(all, 'two-cart', 'spec.strategy.type', 'Recreate')).toMatchObject({
      site: 'clusters/two/all.yaml:9 spec.postBuild.substitute.KIND',
      lines: ['postBuild: {substitute: {NAME: two, KIND: Recreate}}'],
      status: 'proven',
    });
  });

  withKustomize('one that applies itself ends', async () => {
    const all = {
      'flux/sync.yaml': kustomization('path: ./flux\ncommonMetadata: {labels: {a: b}}', 'flux'),
      'flux/cart.yaml': deployment('cart'),
    };
    const revision = await revisionOf(all);
    expect(await rendered(revision, 'Deployment cart', 'metadata.labels.a')).toEqual({
      'flux (Flux Kustomization flux-system/flux in flux)': 'b',
    });
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'flux/cart.yaml:7 spec.replicas',
      status: 'proven',
    });
  });
});

describe('a HelmRelease of a chart of the repository', () => {
  const CHART: Files = {
    'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
    'charts/cart/values.yaml': 'replicas: 1\n',
    'charts/cart/templates/cart.yaml': deployment('cart', 'replicas: {{ .Values.replicas }}'),
  };
  const SPEC =
    'chart: {spec: {chart: charts/cart, sourceRef: {kind: GitRepository, name: infra}, reconcileStrategy: Revision}}';

  withHelm('has its values in itself', async () => {
    const all = { ...CHART, 'apps/cart.yaml': helmRelease(`${SPEC}\nvalues:\n  replicas: 3`) };
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'apps/cart.yaml:8 spec.values.replicas',
      lines: ['replicas: 5'],
      status: 'proven',
    });
  });

  withHelm('or in a ConfigMap beside it', async () => {
    const all = {
      ...CHART,
      'apps/cart.yaml': helmRelease(`${SPEC}\nvaluesFrom: [{kind: ConfigMap, name: values}]`),
      'apps/values.yaml': configMap(
        'values',
        'shop',
        'values.yaml: |\n  # as many as there are zones\n  replicas: 3',
      ),
    };
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'apps/values.yaml:7 data["values.yaml"] > replicas',
      lines: ['replicas: 5'],
      status: 'proven',
    });
  });

  withHelm('or in one elsewhere', async () => {
    const all = {
      ...CHART,
      'apps/cart.yaml': helmRelease(`${SPEC}\nvaluesFrom: [{kind: ConfigMap, name: values}]`),
      'other/values.yaml': configMap('values', 'shop', 'values.yaml: |\n  replicas: 3'),
    };
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'other/values.yaml:6 data["values.yaml"] > replicas',
      status: 'proven',
    });
  });

  withHelm('or one value of it', async () => {
    const all = {
      ...CHART,
      'apps/cart.yaml': helmRelease(
        `${SPEC}\nvaluesFrom: [{kind: ConfigMap, name: values, valuesKey: count, targetPath: replicas}]`,
      ),
      'apps/values.yaml': configMap('values', 'shop', 'count: "3"'),
    };
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'apps/values.yaml:5 data.count',
      lines: ['count: "5"'],
      status: 'proven',
    });
  });

  withBoth('or in a file that a generator makes a ConfigMap of', async () => {
    const all = {
      ...CHART,
      'apps/kustomization.yaml': `namespace: shop
resources: [cart.yaml]
configMapGenerator:
  - name: values
    files: [values.yaml=cart-values.yaml]
configurations: [names.yaml]
`,
      'apps/names.yaml':
        'nameReference:\n  - kind: ConfigMap\n    version: v1\n    fieldSpecs:\n      - {path: spec/valuesFrom/name, kind: HelmRelease}\n',
      'apps/cart.yaml': helmRelease(`${SPEC}\nvaluesFrom: [{kind: ConfigMap, name: values}]`),
      'apps/cart-values.yaml': '# as many as there are zones\nreplicas: 3\n',
    };
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toEqual({
      site: 'apps/cart-values.yaml:2 replicas',
      lines: ['replicas: 5'],
      status: 'proven',
    });
  });

  withBoth('or under a Flux Kustomization that fills in a variable', async () => {
    const all = {
      ...CHART,
      'clusters/shop.yaml': kustomization('path: ./apps\npostBuild:\n  substitute:\n    COUNT: "3"'),
      'apps/cart.yaml': helmRelease(`${SPEC}\nvalues:\n  replicas: \${COUNT}`),
    };
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'clusters/shop.yaml:11 spec.postBuild.substitute.COUNT',
      lines: ['COUNT: "5"'],
      status: 'proven',
    });
  });

  withHelm('takes other files in place of the chart’s values', async () => {
    const chart = SPEC.replace('sourceRef', 'valuesFiles: [prod.yaml], sourceRef');
    const all = { ...CHART, 'prod.yaml': 'replicas: 7\n', 'apps/cart.yaml': helmRelease(chart) };
    expect(Object.values(await rendered(await revisionOf(all), 'Deployment cart', 'spec.replicas'))).toEqual([
      7,
    ]);
    const none = { ...all, 'prod.yaml': 'other: 7\n' };
    expect(Object.values(await rendered(await revisionOf(none), 'Deployment cart', 'spec.replicas'))).toEqual(
      [null],
    );
    expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
      site: 'prod.yaml:1 replicas',
      status: 'proven',
    });
  });

  withHelm(
    'is edited in the release alone, where the chart’s own files count only with another version',
    async () => {
      const sealed = SPEC.replace(', reconcileStrategy: Revision', '');
      const all = { ...CHART, 'apps/cart.yaml': helmRelease(`${sealed}\nvalues: {}`) };
      expect(await edited(all, 'cart', 'spec.replicas', 5)).toMatchObject({
        site: expect.stringContaining('apps/cart.yaml:'),
        status: 'proven',
      });
      const image = ['cart', 'spec.template.spec.containers[0].image', 'registry.example/cart:2'] as const;
      expect(await edited(all, ...image)).toMatchObject({
        site: expect.stringContaining('charts/cart/templates/cart.yaml:'),
        status: 'proven',
      });
      const unversioned = {
        ...all,
        'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0-rc.1\n',
      };
      expect(await edited(unversioned, ...image)).toBe(
        'other-revision: charts/cart/templates/cart.yaml is part of a chart that Flux takes anew only with another version in its Chart.yaml (spec.chart.spec.reconcileStrategy of Flux HelmRelease shop/cart)',
      );
      const open = { ...all, 'apps/cart.yaml': helmRelease(`${SPEC}\nvalues: {}`) };
      expect(await edited(open, 'cart', 'spec.replicas', 5)).toMatchObject({
        site: 'charts/cart/values.yaml:1 replicas',
      });
    },
  );

  withBoth('lets a post-renderer have the last word', async () => {
    const spec = `${SPEC}
postRenderers:
  - kustomize:
      patches:
        - target: {kind: Deployment, name: cart}
          patch: |
            - op: replace
              path: /spec/replicas
              value: 8`;
    const all = { ...CHART, 'apps/cart.yaml': helmRelease(spec) };
    expect(Object.values(await rendered(await revisionOf(all), 'Deployment cart', 'spec.replicas'))).toEqual([
      8,
    ]);
  });
});
