import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { RENDER_LIMITS } from '../../src/renderers/run.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { Revision } from '../../src/sources/revision.ts';
import { folderTree } from '../../src/tree/folder.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { expectHarmlessHead } from '../guard/hostile-head.ts';
import { renderers } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';
import { application, applicationOf, applicationSet, HERE, indented } from './declarations/argo-objects.ts';
import { configMap, deployment, helmRelease, kustomization } from './declarations/flux-objects.ts';

const test = needsTool('kustomize', 'helm');

/** What applies more than that shows what it is by then. */
const MOST_RENDERED = 40;

/** A file's text, or what a symlink leads to. */
type Files = Readonly<Record<string, string | { readonly link: string }>>;

const HEALTHY: Files = {
  'healthy/budget.yaml':
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: budget}\nspec: {minAvailable: 1}\n',
};

/** A chart that shows all its values. */
const CHART: Files = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/values.yaml': 'replicas: 1\n',
  'charts/cart/templates/cart.yaml': `${deployment('{{ .Release.Name }}', 'replicas: {{ .Values.replicas }}').replace('namespace: shop', 'namespace: {{ .Release.Namespace }}')}---
apiVersion: v1
kind: ConfigMap
metadata: {name: shown}
data: {shown: {{ toYaml .Values | quote }}}
`,
};

const CANARY = 'what-only-the-machine-knows';

/** Impatient, so that what would not end does not keep the tests; all else ends long before, also on a busy machine. */
const impatient = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 2 }), {
  limits: { ...RENDER_LIMITS, seconds: 8, output: 2 ** 20 },
});

interface Faced {
  /** Why something is not rendered, by who or what declares it. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly roots: number;
  /** All that was rendered. */
  readonly output: string;
}

/**
 * Reads and renders everything that a hostile repository declares. Beside it lies a secret; a healthy folder
 * has to stay as open to edits as it was. What never ends does so by the time that a test may take.
 */
async function face(files: Files): Promise<Faced> {
  const machine = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  onTestFinished(() => rmSync(machine, { recursive: true, force: true }));
  const all: Files = { ...HEALTHY, ...files };
  for (const [path, content] of Object.entries(all)) {
    const place = join(machine, 'repository', path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof content === 'string') writeFileSync(place, content);
    else symlinkSync(content.link, place);
  }
  mkdirSync(join(machine, 'outside/templates'), { recursive: true });
  writeFileSync(join(machine, 'outside/Chart.yaml'), 'apiVersion: v2\nname: outside\nversion: 1.0.0\n');
  for (const file of ['values.yaml', 'templates/map.yaml'])
    writeFileSync(join(machine, 'outside', file), configMap('leak', 'shop', `leak: ${CANARY}`));

  const tree = await folderTree(join(machine, 'repository'));
  const revision = await Revision.of(tree, { ...renderers, helm: impatient });
  const reasons: Record<string, string> = {};
  for (const { plan, obstacle } of await revision.declarations())
    if (obstacle !== null) reasons[plan.by] = obstacle;
  const roots = await revision.allRoots();
  const output: string[] = [];
  for (const root of roots.slice(0, MOST_RENDERED)) {
    const rendering = await revision.render(root);
    if (rendering.kind === 'failed') reasons[root.declared?.plan.by ?? root.id] = rendering.message;
    else output.push(...rendering.objects.map(({ object }) => JSON.stringify(object)));
  }
  const result = await locate(revision, {
    target: { wanted: { kind: 'PodDisruptionBudget', name: 'budget' }, live: null, roots: null },
    fields: [{ field: 'spec.minAvailable', after: 2 }],
  });
  expect(result).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
  expect('polluted' in {}).toBe(false);
  await expectHarmlessHead(tree, { renderers: { ...renderers, helm: impatient } });
  const text = output.join('\n');
  expect(text).not.toContain(CANARY);
  expect(text).not.toMatch(/root:.*:0:0:/);
  return { reasons, roots: roots.length, output: text };
}

const CART = 'Argo CD Application argocd/cart';
const SET = 'Argo CD ApplicationSet argocd/shops';
const SHOP = 'Flux Kustomization flux-system/shop';
const RELEASE = 'Flux HelmRelease shop/cart';

const OUTSIDE = '../outside';

function argo(source: string): Files {
  return { ...CHART, 'argo.yaml': applicationOf(source) };
}

function release(spec: string, chart = 'charts/cart'): Files {
  const template = `chart: {spec: {chart: "${chart}", sourceRef: {kind: GitRepository, name: infra}, reconcileStrategy: Revision}}`;
  return { ...CHART, 'flux.yaml': helmRelease(spec.includes('chart:') ? spec : `${template}\n${spec}`) };
}

function flux(spec: string, more: Files = {}): Files {
  return { 'apps/cart.yaml': deployment('cart'), 'flux.yaml': kustomization(spec), ...more };
}

describe('what would lie outside the repository is not read', () => {
  const apart = 'which leaves the repository';

  test.each<readonly [string, Files, string, string | RegExp]>([
    [
      'an Application’s path',
      argo(`path: ${OUTSIDE}`),
      CART,
      `spec.source.path, ${apart}, which is not rendered`,
    ],
    [
      'an Application’s path from the top',
      argo('path: /etc'),
      CART,
      'the folder etc, which this repository does not have',
    ],
    [
      'values files',
      argo('path: charts/cart\nhelm: {valueFiles: [../../../../../../../../etc/passwd]}'),
      CART,
      `spec.source.helm.valueFiles[0], ${apart}, which is not rendered`,
    ],
    [
      'values files from the top',
      argo('path: charts/cart\nhelm: {valueFiles: [/etc/passwd]}'),
      CART,
      /^spec\.source\.helm\.valueFiles\[0\], a file that this repository does not have/,
    ],
    [
      'values files of an address',
      argo('path: charts/cart\nhelm: {valueFiles: ["https://example.com/values.yaml"]}'),
      CART,
      'spec.source.helm.valueFiles[0], which is not rendered',
    ],
    [
      'values files of an address on this machine',
      argo('path: charts/cart\nhelm: {valueFiles: ["file:///etc/passwd"]}'),
      CART,
      'spec.source.helm.valueFiles[0], which is not rendered',
    ],
    [
      'values files of a plugin',
      argo('path: charts/cart\nhelm: {valueFiles: ["secrets://values.yaml"]}'),
      CART,
      'spec.source.helm.valueFiles[0], which is not rendered',
    ],
    [
      'values files of another source',
      {
        ...CHART,
        'argo.yaml': application(
          `sources:\n  - {repoURL: ${HERE}, path: charts/cart, helm: {valueFiles: [$values/../${OUTSIDE}/values.yaml]}}\n  - {repoURL: ${HERE}, ref: values}\n`,
        ),
      },
      CART,
      `spec.sources[0].helm.valueFiles[0], ${apart}, which is not rendered`,
    ],
    [
      'values files behind a symlink',
      {
        ...argo('path: charts/cart\nhelm: {valueFiles: [prod.yaml]}'),
        'charts/cart/prod.yaml': { link: '../../../outside/values.yaml' },
      },
      CART,
      `spec.source.helm.valueFiles[0], ${apart}, which is not rendered`,
    ],
    [
      'values of a chart behind a symlink',
      {
        ...argo('path: charts/cart\nhelm: {values: "a: 1"}'),
        'charts/cart/values.yaml': { link: '../../../outside/values.yaml' },
      },
      CART,
      /symlink/,
    ],
    [
      'a chart behind a symlink',
      { ...argo('path: charts/linked\nhelm: {values: "a: 1"}'), 'charts/linked': { link: '../../outside' } },
      CART,
      'a chart in charts/linked, which this repository does not have',
    ],
    [
      'files as parameters',
      argo('path: charts/cart\nhelm: {fileParameters: [{name: a, path: /etc/passwd}]}'),
      CART,
      'spec.source.helm.fileParameters[0], which is not rendered',
    ],
    [
      'components of an Application',
      {
        ...argo(`path: apps\nkustomize: {components: [../../outside]}`),
        'apps/kustomization.yaml': 'resources: []\n',
      },
      CART,
      /^spec\.source\.kustomize\.components\[0\], which is not a folder of this repository/,
    ],
    [
      'patches of an Application',
      {
        ...argo(`path: apps\nkustomize: {patches: [{path: /etc/passwd, target: {kind: Deployment}}]}`),
        'apps/kustomization.yaml': 'resources: []\n',
      },
      CART,
      'apps/kustomization.yaml: /etc/passwd lies outside the repository',
    ],
    [
      'an override file behind a symlink',
      {
        ...argo('path: charts/cart'),
        'charts/cart/.argocd-source.yaml': { link: '../../../outside/values.yaml' },
      },
      CART,
      /symlink/,
    ],
    ['a Kustomization’s path', flux('path: ../outside'), SHOP, `spec.path, ${apart}, which is not rendered`],
    [
      'a Kustomization’s path from the top',
      flux('path: /etc'),
      SHOP,
      'the folder etc, which this repository does not have',
    ],
    [
      'a Kustomization’s path behind a symlink',
      flux('path: ./linked', { linked: { link: OUTSIDE } }),
      SHOP,
      'the folder linked, which this repository does not have',
    ],
    [
      'components of a Kustomization',
      flux('path: ./apps\ncomponents: [../../outside]'),
      SHOP,
      /lies outside the repository/,
    ],
    [
      'components of a Kustomization from the top',
      flux('path: ./apps\ncomponents: [/etc]'),
      SHOP,
      'spec.components, of which /etc is not a folder, which is not rendered',
    ],
    [
      'a release’s chart',
      release('values: {}', '../outside'),
      RELEASE,
      `spec.chart.spec.chart, ${apart}, which is not rendered`,
    ],
    [
      'a release’s chart behind a symlink',
      { ...release('values: {}', 'charts/linked'), 'charts/linked': { link: '../../outside' } },
      RELEASE,
      'a chart in charts/linked, which this repository does not have',
    ],
    [
      'a release’s values files',
      release(
        'chart: {spec: {chart: charts/cart, sourceRef: {kind: GitRepository, name: infra}, valuesFiles: [../../../../etc/passwd]}}',
      ),
      RELEASE,
      'spec.chart.spec.valuesFiles, of which ../../../../etc/passwd is missing, which is not rendered',
    ],
    [
      'a release’s values files behind a symlink',
      {
        ...release(
          'chart: {spec: {chart: charts/cart, sourceRef: {kind: GitRepository, name: infra}, valuesFiles: [prod.yaml]}}',
        ),
        'prod.yaml': { link: '../outside/values.yaml' },
      },
      RELEASE,
      'prod.yaml is not a file of the repository',
    ],
    [
      'folders of a generator',
      {
        ...CHART,
        'argo.yaml': applicationSet(
          `generators: [{git: {repoURL: ${HERE}, directories: [{path: ../*}, {path: /etc/*}]}}]\n${TEMPLATE()}`,
        ),
      },
      SET,
      '',
    ],
  ])('%s', async (_what, files, by, reason) => {
    const { reasons } = await face(files);
    if (reason === '') expect(reasons).toEqual({});
    else expect(reasons[by]).toMatch(reason);
  });
});

/** The rest of an ApplicationSet. */
function TEMPLATE(source = 'path: charts/cart'): string {
  return `template:
  metadata: {name: '{{name}}'}
  spec:
    destination: {namespace: shop}
    source:
      repoURL: ${HERE}
${indented(source, 6)}`;
}

describe('what would be read as something else', () => {
  test.each<readonly [string, Files, string, string | RegExp]>([
    ...['--post-renderer=/bin/false', '$(touch /tmp/x)', 'a;b', 'a b', '../x', '`id`'].map(
      (name): readonly [string, Files, string, RegExp] => [
        `a release’s name: ${name}`,
        argo(`path: charts/cart\nhelm: {releaseName: ${JSON.stringify(name)}}`),
        CART,
        /^release name "/,
      ],
    ),
    [
      'a release’s name in Flux',
      release('releaseName: "--post-renderer=/bin/false"\nvalues: {}'),
      RELEASE,
      /^release name "/,
    ],
    [
      'the name of a published chart',
      release(
        'chart: {spec: {chart: "--post-renderer=/bin/false", version: 1.0.0, sourceRef: {kind: HelmRepository, name: x}}}',
      ),
      RELEASE,
      /^needs chart --post-renderer=\/bin\/false 1\.0\.0 from .*, which is not in the repository$/,
    ],
    [
      'a zero in a parameter',
      argo('path: charts/cart\nhelm: {parameters: [{name: replicas, value: "1\\0"}]}'),
      CART,
      /./,
    ],
    [
      'a parameter’s name on two lines',
      argo('path: charts/cart\nhelm: {parameters: [{name: "a\\n--debug", value: "1"}]}'),
      CART,
      '',
    ],
    [
      'a parameter that is too long for a command line',
      argo(`path: charts/cart\nhelm: {parameters: [{name: a, value: ${'x'.repeat(200_000)}}]}`),
      CART,
      /./,
    ],
    [
      'a list at a far place',
      argo('path: charts/cart\nhelm: {parameters: [{name: "a[2000000000]", value: "1"}]}'),
      CART,
      /^failed parsing --set data: .*index of 2000000000/,
    ],
    [
      'a plugin',
      argo('path: charts/cart\nplugin: {name: shell}'),
      CART,
      'spec.source.plugin, which is not rendered',
    ],
  ])('%s', async (_what, files, by, reason) => {
    const { reasons } = await face(files);
    if (reason === '') expect(reasons).toEqual({});
    else expect(reasons[by]).toMatch(reason);
  });

  test.each(['--set=replicas=9', 'x --set replicas=9', '$(id)', 'a,b=c'])(
    'a namespace: %s',
    async (namespace) => {
      const { output } = await face({
        ...CHART,
        'argo.yaml': applicationOf('path: charts/cart\nhelm: {values: "replicas: 3"}').replace(
          'namespace: shop',
          `namespace: ${JSON.stringify(namespace)}`,
        ),
      });
      expect(output).not.toContain('"replicas":9');
    },
  );

  test('variables that look like commands', async () => {
    const { output } = await face(
      flux(`path: ./apps\npostBuild: {substitute: {REGISTRY: "$(touch /tmp/x)", LEVEL: "\${REGISTRY}"}}`, {
        'apps/map.yaml': configMap(
          'shown',
          'shop',
          'a: ${REGISTRY}\nb: ${LEVEL}\nc: ${__proto__}${constructor}${toString}',
        ),
      }),
    );
    expect(output).toContain('"data":{"a":"$(touch /tmp/x)","b":"${REGISTRY}","c":null}');
  });
});

describe('names that JavaScript has a meaning for are names', () => {
  const PROTO = '{__proto__: {polluted: true}, constructor: {prototype: {polluted: true}}}';

  test.each<readonly [string, Files]>([
    ['in values as an object', argo(`path: charts/cart\nhelm:\n  valuesObject: ${PROTO}`)],
    ['in values as a text', argo(`path: charts/cart\nhelm:\n  values: '${PROTO}'`)],
    [
      'in parameters',
      argo(
        'path: charts/cart\nhelm: {parameters: [{name: __proto__.polluted, value: "1"}, {name: constructor.prototype.polluted, value: "1"}]}',
      ),
    ],
    ['in a release’s values', release(`values: ${PROTO}`)],
    [
      'in a ConfigMap of values',
      {
        ...release(
          'valuesFrom: [{kind: ConfigMap, name: values}, {kind: ConfigMap, name: values, valuesKey: x, targetPath: __proto__.polluted}]',
        ),
        'values.yaml': configMap('values', 'shop', `values.yaml: '${PROTO}'\nx: "true"\n__proto__: "true"`),
      },
    ],
    [
      'in elements of a list',
      {
        ...CHART,
        'argo.yaml': applicationSet(
          `generators: [{list: {elements: [{name: cart, __proto__: x, constructor: y}]}}]\n${TEMPLATE('path: charts/cart\nhelm: {values: "a: {{__proto__}}{{polluted}}{{constructor}}"}')}`,
        ),
      },
    ],
    [
      'in elements for Go’s templates',
      {
        ...CHART,
        'argo.yaml': applicationSet(
          `goTemplate: true\ngenerators: [{matrix: {generators: [{list: {elements: [{name: cart, __proto__: {polluted: x}}]}}, {list: {elements: [{__proto__: {polluted: y}}]}}]}}]\n${TEMPLATE('path: charts/cart').replace('{{name}}', '{{ .name }}{{ .__proto__.polluted }}')}`,
        ),
      },
    ],
    [
      'in an override file',
      {
        ...argo('path: charts/cart'),
        'charts/cart/.argocd-source.yaml': `__proto__: {polluted: true}\nhelm: {__proto__: {polluted: true}}\n`,
      },
    ],
    [
      'in variables',
      flux('path: ./apps\npostBuild: {substitute: {__proto__: "true", constructor: "true"}}', {
        'apps/map.yaml': configMap('shown', 'shop', 'a: "${__proto__}"'),
      }),
    ],
    [
      'in common metadata',
      flux('path: ./apps\ncommonMetadata: {labels: {__proto__: "true"}, annotations: {constructor: "true"}}'),
    ],
  ])('%s', async (_where, files) => {
    await face(files);
  });

  test('in what a template asks of its values', async () => {
    const files = {
      ...(argo('path: charts/cart\nhelm: {values: "a: 1"}') as Readonly<Record<string, string>>),
      'charts/cart/templates/more.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {a: "x{{ if .Values.b }}{{ .Values.__proto__.polluted }}{{ .Values.constructor.prototype.polluted }}{{ end }}"}\n',
    };
    const revision = await Revision.of(treeOf(files), { ...renderers, helm: impatient });
    await locate(revision, {
      target: { wanted: { kind: 'ConfigMap', name: 'more' }, live: null, roots: null },
      fields: [{ field: 'data.a', after: 'y' }],
    });
    expect('polluted' in {}).toBe(false);
  });
});

describe('what would multiply or never end is stopped', () => {
  const list = (count: number, name = 'name'): string =>
    `{list: {elements: [${Array.from({ length: count }, (_, index) => `{${name}: n${index}}`).join(', ')}]}}`;
  const set = (generators: string, more = ''): Files => ({
    ...CHART,
    'argo.yaml': applicationSet(`${more}generators: [${generators}]\n${TEMPLATE()}`),
  });
  const matrix = (one: string, other: string): string => `{matrix: {generators: [${one}, ${other}]}}`;
  const many = 'more than 1000';

  test.each<readonly [string, Files, string, string | RegExp]>([
    ['a long list', set(list(5_000)), SET, many],
    ['a matrix', set(matrix(list(200), list(200, 'other'))), SET, many],
    [
      'a matrix of matrices',
      set(matrix(matrix(list(300), list(300, 'b')), matrix(list(300, 'c'), list(300, 'd')))),
      SET,
      many,
    ],
    [
      'a merge of long lists',
      set(`{merge: {mergeKeys: [name], generators: [${list(900)}, ${list(900)}, ${list(900)}]}}`),
      SET,
      '',
    ],
    [
      'a long list in YAML in YAML',
      set(
        `{list: {elementsYaml: "[${Array.from({ length: 5000 }, (_, index) => `{name: n${index}}`).join(', ')}]"}}`,
      ),
      SET,
      many,
    ],
    [
      'a matrix inside of merges, many times',
      set(Array.from({ length: 400 }, () => matrix(list(30), list(30, 'other'))).join(', ')),
      SET,
      many,
    ],
    [
      'a long template for long lists',
      {
        ...CHART,
        'argo.yaml': applicationSet(
          `generators: [${list(900)}]\n${TEMPLATE(`path: charts/cart\nhelm: {values: "a: ${'{{name}}'.repeat(100_000)}"}`)}`,
        ),
      },
      SET,
      /more than/,
    ],
    [
      'braces without an end',
      {
        ...CHART,
        'argo.yaml': applicationSet(
          `generators: [${list(3)}]\n${TEMPLATE(`path: charts/cart\nhelm: {values: "a: ${'{{ '.repeat(200_000)}"}`)}`,
        ),
      },
      'Argo CD Application argocd/n0',
      /more than/,
    ],
    [
      'braces without an end for Go’s templates',
      {
        ...CHART,
        'argo.yaml': applicationSet(
          `goTemplate: true\ngenerators: [${list(3)}]\n${TEMPLATE(`path: charts/cart\nhelm: {values: 'a: ${'{{ " '.repeat(200_001)}'}`).replace('{{name}}', '{{ .name }}')}`,
        ),
      },
      'Argo CD Application argocd/n0',
      /more than/,
    ],
    [
      'stars in the files of a generator',
      {
        ...set(`{git: {repoURL: ${HERE}, files: [{path: "${'*a'.repeat(24)}b"}]}}`),
        [`${'a'.repeat(200)}/${'a'.repeat(200)}.json`]: '{}',
      },
      SET,
      /path, which is not rendered$/,
    ],
    [
      'stars in the folders of a generator',
      {
        ...set(`{git: {repoURL: ${HERE}, directories: [{path: "${'*a'.repeat(24)}b"}]}}`),
        [`${'a'.repeat(200)}/x.json`]: '{}',
      },
      SET,
      /path, which is not rendered$/,
    ],
    [
      'stars in the files of a directory',
      {
        ...argo(`path: apps\ndirectory: {recurse: true, include: "${'*a'.repeat(24)}b"}`),
        [`apps/${'a'.repeat(240)}.yaml`]: deployment('cart'),
      },
      CART,
      'the folder apps, which has no manifests that it takes',
    ],
    [
      'braces in the files of a directory',
      {
        ...argo(`path: apps\ndirectory: {include: "${'{a,b}'.repeat(30)}.yaml"}`),
        'apps/a.yaml': deployment('cart'),
      },
      CART,
      'spec.source.directory.include, which is not rendered',
    ],
    [
      'stars in .sourceignore',
      {
        ...flux('path: ./apps\ncommonMetadata: {labels: {a: b}}'),
        '.sourceignore': `${'*a'.repeat(24)}b\n`,
        [`apps/${'a'.repeat(240)}.yaml`]: deployment('web'),
      },
      SHOP,
      '',
    ],
    [
      'folders in .sourceignore',
      {
        ...flux('path: ./apps\ncommonMetadata: {labels: {a: b}}'),
        '.sourceignore': `${'**/a/'.repeat(24)}b\n`,
        [`apps/${'a/'.repeat(100)}web.yaml`]: deployment('web'),
      },
      SHOP,
      '',
    ],
    [
      'an alias bomb in values as a text',
      argo(`path: charts/cart\nhelm:\n  values: |\n${indented(bomb(), 4)}`),
      CART,
      'spec.source.helm.values, which is not a mapping, which is not rendered',
    ],
    [
      'an alias bomb in an override file',
      { ...argo('path: charts/cart'), 'charts/cart/.argocd-source-cart.yaml': bomb() },
      CART,
      'charts/cart/.argocd-source-cart.yaml, which is not a mapping, which is not rendered',
    ],
    [
      'an alias bomb in a ConfigMap of values',
      {
        ...release('valuesFrom: [{kind: ConfigMap, name: values}]'),
        'values.yaml': configMap('values', 'shop', `values.yaml: |\n${indented(bomb(), 2)}`),
      },
      RELEASE,
      'spec.valuesFrom[0], whose values.yaml is not a mapping, which is not rendered',
    ],
    [
      'values of many levels',
      argo(`path: charts/cart\nhelm:\n  values: '${'{a: '.repeat(4_000)}1${'}'.repeat(4_000)}'`),
      CART,
      /./,
    ],
    [
      'a long list of sources of values',
      release(
        `valuesFrom: [${Array.from({ length: 20_000 }, (_, index) => `{kind: ConfigMap, name: v${index}}`).join(', ')}]`,
      ),
      RELEASE,
      many,
    ],
    [
      'a long list of sources of variables',
      flux(
        `path: ./apps\npostBuild: {substituteFrom: [${Array.from({ length: 20_000 }, (_, index) => `{kind: ConfigMap, name: v${index}}`).join(', ')}]}`,
      ),
      SHOP,
      many,
    ],
    [
      'a long variable, used often',
      flux(`path: ./apps\npostBuild: {substitute: {A: ${'x'.repeat(200_000)}}}`, {
        'apps/map.yaml': configMap('shown', 'shop', `a: "${'${A}'.repeat(20_000)}"`),
      }),
      SHOP,
      /more than/,
    ],
    [
      'a variable that replaces itself, again and again',
      flux(`path: ./apps\npostBuild: {substitute: {A: ${'a'.repeat(1_000)}}}`, {
        'apps/map.yaml': configMap('shown', 'shop', `a: "${'${A//a/'.repeat(8)}x${'}'.repeat(8)}"`),
      }),
      SHOP,
      /more than/,
    ],
    [
      'a template that runs for ever',
      {
        ...argo('path: charts/cart\nhelm: {values: "a: 1"}'),
        'charts/cart/templates/x.yaml': '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}',
      },
      CART,
      'took longer than 8 s',
    ],
    [
      'a template that prints without an end',
      {
        ...argo('path: charts/cart\nhelm: {values: "a: 1"}'),
        'charts/cart/templates/x.yaml': '{{ range until 100000 }}# more than is allowed\n{{ end }}',
      },
      CART,
      'printed more than 1 MiB',
    ],
  ])('%s', async (_what, files, by, reason) => {
    const { reasons } = await face(files);
    if (reason === '') expect(reasons).toEqual({});
    else expect(reasons[by]).toMatch(reason);
  });

  test('an Application that makes itself', async () => {
    const { roots } = await face({
      'argo.yaml': applicationOf('path: apps\nhelm: {values: "a: 1"}', 'x'),
      'apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
      'apps/templates/apps.yaml': applicationOf('path: apps\nhelm: {values: "a: 1"}', '{{ .Release.Name }}x'),
    });
    expect(roots).toBeLessThan(8);
  });

  test('Applications that make each other, many at a time', async () => {
    const apps = (other: string): string =>
      `{{ range until 30 }}${applicationOf(`path: ${other}\nhelm: {values: "a: 1"}`, '{{ $.Release.Name }}-{{ . }}')}---\n{{ end }}`;
    const chart = (name: string, other: string): Files => ({
      [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
      [`${name}/templates/apps.yaml`]: apps(other),
    });
    await face({
      'argo.yaml': applicationOf('path: a\nhelm: {values: "a: 1"}', 'x'),
      ...chart('a', 'b'),
      ...chart('b', 'c'),
      ...chart('c', 'd'),
      ...chart('d', 'a'),
    });
  });

  test('Kustomizations that apply themselves and each other', async () => {
    const { roots } = await face({
      'one/all.yaml': `${kustomization('path: ./one\nnameSuffix: -x', 'one')}---\n${kustomization('path: ./two\nnameSuffix: -y', 'two')}`,
      'two/all.yaml': `${kustomization('path: ./one\nnameSuffix: -z', 'one')}---\n${kustomization('path: ./two\nnameSuffix: -z', 'two')}`,
    });
    expect(roots).toBeLessThan(40);
  });

  test('a chart that makes more Applications than are followed', async () => {
    const { reasons } = await face({
      ...CHART,
      'argo.yaml': applicationOf('path: apps\nhelm: {values: "a: 1"}', 'x'),
      'apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
      'apps/templates/apps.yaml': `{{ range until 3000 }}${applicationOf('path: gone\nhelm: {values: "a: 1"}', 'n{{ . }}')}---\n{{ end }}`,
    });
    expect(Object.values(reasons).join()).toContain('more than 2000 that templates make');
  });
});

function bomb(): string {
  return Array.from({ length: 9 }, (_, level) => {
    const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
    return `a${level}: &a${level} [${items.join(', ')}]\n`;
  }).join('');
}
