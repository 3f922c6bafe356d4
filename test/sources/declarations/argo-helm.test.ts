import { describe, expect, test } from 'vitest';
import type { ChartContent, ValuesInput } from '../../../src/sources/declarations/plan.ts';
import { needsTool } from '../../needs.ts';
import { revisionOf, type Files } from '../../locate/revisions.ts';
import { application, applicationOf, HERE, obstaclesIn, plansIn, type Texts } from './argo-objects.ts';

const FILES: Texts = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/values.yaml': 'a: chart\nb: chart\nc: chart\nd: chart\n',
  'charts/cart/prod.yaml': 'b: prod\n',
  'charts/common.yaml': 'c: common\n',
  'envs/cart/prod.yaml': 'd: env\n',
};

async function planned(text: string, files: Texts = FILES): Promise<ChartContent> {
  const [plan] = await plansIn(text, files);
  if (!plan || 'option' in plan || plan.content.kind !== 'chart') throw new Error(JSON.stringify(plan));
  return plan.content;
}

/** What the Application says, without the room for what it does not say yet. */
async function contentOf(text: string, files: Texts = FILES): Promise<ChartContent> {
  const content = await planned(text, files);
  return { ...content, values: content.values.filter((layer) => !isRoom(layer)) };
}

function isRoom(layer: ValuesInput): boolean {
  return layer.kind === 'inline' && layer.at !== null && Object.keys(layer.values).length === 0;
}

function ofChart(helm: string): string {
  return applicationOf(`path: charts/cart\nhelm:\n${helm.replace(/^/gm, '  ')}`);
}

/** A chart here with files of another source. */
function ofSources(ref: string, file = '$values/envs/cart/prod.yaml', own = `repoURL: ${HERE}`): string {
  return application(`sources:
  - ${own}
    path: charts/cart
    helm: {valueFiles: [${file}]}
  - ${ref}
    ref: values
`);
}

describe('room for values of one Application alone', () => {
  test.each([
    ['without helm', applicationOf('path: charts/cart'), [['spec', 'source', 'helm', 'valuesObject']]],
    ['beside values files', ofChart('valueFiles: [prod.yaml]'), [['spec', 'source', 'helm', 'valuesObject']]],
    ['none beside a text of values', ofChart('values: "a: b"'), []],
    ['none beside values', ofChart('valuesObject: {a: b}'), []],
    [
      'none for a published chart',
      applicationOf('repoURL: https://charts.example\nchart: cart\ntargetRevision: 1.0.0'),
      [],
    ],
  ])('%s', async (_name, text, places) => {
    const { values } = await planned(text);
    expect(values.flatMap((layer) => (isRoom(layer) && layer.kind === 'inline' ? [layer.at] : []))).toEqual(
      places,
    );
  });
});

describe('the cluster that an Application speaks of', () => {
  test('is what the chart sees', async () => {
    expect(await contentOf(ofChart('kubeVersion: "1.29"\napiVersions: [example.io/v1]'))).toMatchObject({
      versions: { kubernetes: '1.29', api: ['example.io/v1'] },
    });
    expect(await contentOf(ofChart('kubeVersion: "1.29"'))).toMatchObject({
      versions: { kubernetes: '1.29', api: [] },
    });
    expect(await contentOf(ofChart('releaseName: a'))).not.toHaveProperty('versions');
  });
});

describe('a chart of the repository', () => {
  test.each([
    ['nothing but the chart', applicationOf('path: charts/cart'), 'cart', 'shop', []],
    ['a release name', ofChart('releaseName: basket'), 'basket', 'shop', []],
    ['a namespace', ofChart('namespace: other'), 'cart', 'other', []],
    [
      'what changes nothing that is rendered',
      ofChart('version: v3\nskipCrds: true\npassCredentials: true\nskipTests: true'),
      'cart',
      'shop',
      [],
    ],
    [
      'files beside the chart, above it and from the top of the repository',
      ofChart('valueFiles: [prod.yaml, ../common.yaml, /envs/cart/prod.yaml]'),
      'cart',
      'shop',
      [
        { kind: 'file', path: 'charts/cart/prod.yaml' },
        { kind: 'file', path: 'charts/common.yaml' },
        { kind: 'file', path: 'envs/cart/prod.yaml' },
      ],
    ],
    [
      'a file named after the Application',
      ofChart('valueFiles: ["/envs/$ARGOCD_APP_NAME/prod.yaml"]'),
      'cart',
      'shop',
      [{ kind: 'file', path: 'envs/cart/prod.yaml' }],
    ],
    [
      'missing files that are to be ignored',
      ofChart('ignoreMissingValueFiles: true\nvalueFiles: [stage.yaml, prod.yaml]'),
      'cart',
      'shop',
      [{ kind: 'file', path: 'charts/cart/prod.yaml' }],
    ],
    [
      'files by patterns, each once, in the order of their names, those of a folder before those below it',
      ofChart('valueFiles: ["/**/?ommon.yaml", "/envs/**/*.yaml", "*.yaml", /envs/cart/prod.yaml]'),
      'cart',
      'shop',
      [
        { kind: 'file', path: 'charts/common.yaml' },
        { kind: 'file', path: 'charts/cart/Chart.yaml' },
        { kind: 'file', path: 'charts/cart/prod.yaml' },
        { kind: 'file', path: 'charts/cart/values.yaml' },
        { kind: 'file', path: 'envs/cart/prod.yaml' },
      ],
    ],
    [
      'a pattern without a file that is to be ignored',
      ofChart('ignoreMissingValueFiles: true\nvalueFiles: ["stage/*.yaml"]'),
      'cart',
      'shop',
      [],
    ],
    [
      'a parameter from a file, as it stands there',
      ofChart('fileParameters: [{name: a, path: ../common.yaml}]'),
      'cart',
      'shop',
      [
        {
          kind: 'set',
          name: 'a',
          value: 'c: common\n',
          asString: true,
          at: null,
          file: 'charts/common.yaml',
        },
      ],
    ],
    [
      'a text of values',
      ofChart('values: |\n  a: {b: 1}\n'),
      'cart',
      'shop',
      [{ kind: 'inline', values: { a: { b: 1 } }, at: ['spec', 'source', 'helm', 'values'] }],
    ],
    [
      'an object of values, which wins over a text',
      ofChart('values: "a: 1"\nvaluesObject: {a: 2}'),
      'cart',
      'shop',
      [{ kind: 'inline', values: { a: 2 }, at: ['spec', 'source', 'helm', 'valuesObject'] }],
    ],
    [
      'parameters, those of text above all',
      ofChart(
        'parameters: [{name: a, value: "1", forceString: true}, {name: b, value: "x,y"}, {name: c, value: "{x,y}"}, {name: d, value: $ARGOCD_APP_NAME}]',
      ),
      'cart',
      'shop',
      [
        set('b', 'x\\,y', 1),
        set('c', '{x,y}', 2),
        { ...set('d', 'cart', 3), at: null },
        { ...set('a', '1', 0), asString: true },
      ],
    ],
    [
      'a parameter that is given twice',
      ofChart('parameters: [{name: a, value: "1"}, {name: b, value: "2"}, {name: a, value: "3"}]'),
      'cart',
      'shop',
      [set('b', '2', 1), set('a', '3', 2)],
    ],
  ] as const)('%s', async (_title, text, name, namespace, values) => {
    expect(await contentOf(text)).toEqual({
      kind: 'chart',
      chart: { kind: 'folder', path: 'charts/cart' },
      release: { name, namespace },
      values,
    });
  });

  function set(name: string, value: string, index: number) {
    const at = ['spec', 'source', 'helm', 'parameters', index, 'value'];
    return { kind: 'set', name, value, asString: false, at };
  }

  test.each([
    [
      'a parameter from a file that is not there',
      'fileParameters: [{name: a, path: a.txt}]',
      'spec.source.helm.fileParameters[0]',
    ],
    [
      'a parameter from a file outside',
      'fileParameters: [{name: a, path: ../../../a.txt}]',
      'spec.source.helm.fileParameters[0]',
    ],
    ['a Kubernetes that is none', 'kubeVersion: "--set=a=b"', 'spec.source.helm.kubeVersion'],
    ['an API that is none', 'apiVersions: ["--set=a=b"]', 'spec.source.helm.apiVersions'],
    ['a file of the web', 'valueFiles: ["https://example.com/v.yaml"]', 'spec.source.helm.valueFiles[0]'],
    ['an encrypted file', 'valueFiles: ["secrets://prod.yaml"]', 'spec.source.helm.valueFiles[0]'],
    ['files by alternatives', 'valueFiles: ["{a,b}.yaml"]', 'spec.source.helm.valueFiles[0]'],
    [
      'a pattern that no file matches',
      'valueFiles: ["none/*.yaml"]',
      'spec.source.helm.valueFiles[0], a file that this repository does not have',
    ],
    [
      'a pattern that leads outside',
      'valueFiles: ["../../../*.yaml"]',
      'spec.source.helm.valueFiles[0], which leaves the repository',
    ],
    [
      'a file that is not there',
      'valueFiles: [stage.yaml]',
      'spec.source.helm.valueFiles[0], a file that this repository does not have',
    ],
    [
      'a file outside',
      'ignoreMissingValueFiles: true\nvalueFiles: [../../../v.yaml]',
      'spec.source.helm.valueFiles[0], which leaves the repository',
    ],
    [
      'a file twice',
      'valueFiles: [prod.yaml, ../common.yaml, ./prod.yaml]',
      'spec.source.helm.valueFiles with charts/cart/prod.yaml twice',
    ],
    [
      'a variable of the commit',
      'parameters: [{name: a, value: $ARGOCD_APP_REVISION}]',
      '$ARGOCD_APP_REVISION in spec.source.helm.parameters[0].value',
    ],
    [
      'a parameter that is a number',
      'parameters: [{name: a, value: 1}]',
      'spec.source.helm.parameters[0].value, which is not text',
    ],
    [
      'a parameter without a name',
      'parameters: [{value: "1"}]',
      'spec.source.helm.parameters[0] without a name',
    ],
    ['a text that is not a mapping', 'values: "- a"', 'spec.source.helm.values, which is not a mapping'],
    ['a text that is not YAML', 'values: "a: ["', 'spec.source.helm.values, which is not a mapping'],
    [
      'an object that is a list',
      'valuesObject: [a]',
      'spec.source.helm.valuesObject, which is not a mapping',
    ],
  ])('%s: refused', async (_title, helm, obstacle) => {
    expect(await obstaclesIn(ofChart(helm), FILES)).toEqual([obstacle]);
  });
});

describe('files of another source', () => {
  test.each([
    ['of the same address', `repoURL: ${HERE}`],
    ['of another way to the same repository', 'repoURL: git@github.com:Acme/infra.git'],
    ['with a path that says nothing', `repoURL: ${HERE}\n    targetRevision: HEAD`],
  ])('%s', async (_title, ref) => {
    const { values } = await contentOf(ofSources(ref));
    expect(values).toEqual([{ kind: 'file', path: 'envs/cart/prod.yaml' }]);
  });

  test('build variables are filled in behind the name of the source', async () => {
    const { values } = await contentOf(
      ofSources(`repoURL: ${HERE}`, '$values/envs/$ARGOCD_APP_NAME/prod.yaml'),
    );
    expect(values).toEqual([{ kind: 'file', path: 'envs/cart/prod.yaml' }]);
  });

  test.each([
    [
      'another repository',
      ofSources('repoURL: https://github.com/acme/values'),
      'spec.sources[0].helm.valueFiles[0], a file of https://github.com/acme/values',
    ],
    [
      'another branch',
      ofSources(`repoURL: ${HERE}\n    targetRevision: prod`),
      `spec.sources[0].helm.valueFiles[0], a file of ${HERE}`,
    ],
    [
      'a chart',
      ofSources(`repoURL: ${HERE}\n    chart: values`),
      `spec.sources[0].helm.valueFiles[0], a file of ${HERE}`,
    ],
    [
      'a source that is not there',
      ofSources(`repoURL: ${HERE}`, '$other/envs/cart/prod.yaml'),
      'spec.sources[0].helm.valueFiles[0], of a source that is not there',
    ],
    [
      'a way out of it',
      ofSources(`repoURL: ${HERE}`, '$values/../../v.yaml'),
      'spec.sources[0].helm.valueFiles[0], which leaves the repository',
    ],
  ])('%s: refused', async (_title, text, obstacle) => {
    expect((await obstaclesIn(text, FILES))[0]).toBe(obstacle);
  });

  describe('for a chart of a Helm repository', () => {
    const text = (revision: string): string =>
      application(`sources:
  - repoURL: https://charts.example
    chart: cart
    targetRevision: 1.2.3
    helm: {valueFiles: [values-prod.yaml, $values/envs/cart/prod.yaml, $values/nowhere.yaml]}
  - repoURL: ${HERE}
    targetRevision: ${revision}
    ref: values
`);
    const file = { kind: 'file', path: 'envs/cart/prod.yaml' };
    const elsewhere = [`$values/envs/cart/prod.yaml of ${HERE}`];

    test.each([
      ['of this repository', 'main', 'acme/infra', [file], []],
      ['of a repository that is not known', 'main', null, [file], []],
      ['of another repository', 'main', 'acme/other', [], elsewhere],
      ['of a version', 'v1.0.0', 'acme/infra', [], elsewhere],
    ])('%s', async (_title, revision, origin, values, unknown) => {
      const [plan] = await plansIn(text(revision), FILES, origin);
      expect(plan).toMatchObject({
        content: {
          chart: { kind: 'remote', repository: 'https://charts.example', name: 'cart', version: '1.2.3' },
          values,
          unknownValues: ['values-prod.yaml of the chart', ...unknown, `$values/nowhere.yaml of ${HERE}`],
        },
      });
    });
  });
});

describe('override files', () => {
  const OVERRIDE = 'helm: {parameters: [{name: image.tag, value: "2"}], valuesObject: {b: 2}}\n';
  const text = ofChart('parameters: [{name: image.tag, value: "1"}]\nvaluesObject: {a: 1, b: 1}');
  const inline = ['spec', 'source', 'helm', 'valuesObject'];

  test.each(['.argocd-source.yaml', '.argocd-source-cart.yaml'])(
    '%s wins, and what it says has no place in the Application',
    async (name) => {
      const { values } = await contentOf(text, { ...FILES, [`charts/cart/${name}`]: OVERRIDE });
      expect(values).toEqual([
        { kind: 'inline', values: { b: 2 }, at: null },
        { kind: 'inline', values: { a: 1 }, at: inline },
        { kind: 'set', name: 'image.tag', value: '2', asString: false, at: null },
      ]);
    },
  );

  test("another Application's is not read, and neither is one that moves the source", async () => {
    const { values, chart } = await contentOf(text, {
      ...FILES,
      'charts/cart/.argocd-source-web.yaml': OVERRIDE,
      'charts/cart/.argocd-source.yaml': 'path: elsewhere\n',
    });
    expect(chart).toEqual({ kind: 'folder', path: 'charts/cart' });
    expect(values[0]).toEqual({ kind: 'inline', values: { a: 1, b: 1 }, at: inline });
  });

  test('one that is not a mapping stands in the way', async () => {
    const files = { ...FILES, 'charts/cart/.argocd-source.yaml': '- a\n' };
    expect(await obstaclesIn(text, files)).toEqual([
      'charts/cart/.argocd-source.yaml, which is not a mapping',
    ]);
  });
});

describe('what wins when helm renders it', () => {
  const CHART: Files = {
    ...FILES,
    'charts/cart/templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
data:
{{- range $key := list "a" "b" "c" "d" "e" }}
  {{ $key }}: {{ index $.Values $key | toJson | quote }}
{{- end }}
`,
    'charts/cart/values.yaml': 'a: chart\nb: chart\nc: chart\nd: chart\ne: chart\n',
    'charts/cart/prod.yaml': 'b: file\nc: file\nd: file\ne: file\n',
  };

  needsTool('helm')('chart, files, values, parameters, parameters of text', async () => {
    const revision = await revisionOf({
      ...CHART,
      'apps/cart.yaml': ofChart(`valueFiles: [prod.yaml]
valuesObject: {c: object, d: object, e: object}
values: "c: text"
parameters: [{name: e, value: "1", forceString: true}, {name: d, value: "1"}, {name: e, value: "2"}]`),
    });
    const [root] = await revision.declaredRoots();
    const rendering = await revision.render(root!);
    expect(rendering.kind === 'rendered' && rendering.objects.map(({ object }) => object)).toMatchObject([
      {
        metadata: { name: 'cart', namespace: 'shop' },
        data: { a: '"chart"', b: '"file"', c: '"object"', d: '1', e: '"1"' },
      },
    ]);
  });

  needsTool('helm')('a comma of a parameter stays in its value, unless braces make a list', async () => {
    const revision = await revisionOf({
      ...CHART,
      'apps/cart.yaml': ofChart('parameters: [{name: a, value: "x,y"}, {name: b, value: "{x,y}"}]'),
    });
    const [root] = await revision.declaredRoots();
    const rendering = await revision.render(root!);
    expect(rendering.kind === 'rendered' && rendering.objects[0]!.object).toMatchObject({
      data: { a: '"x,y"', b: '["x","y"]' },
    });
  });
});
