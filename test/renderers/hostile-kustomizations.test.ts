import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closureOf } from '../../src/renderers/closure.ts';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { expectHarmlessHead } from '../guard/hostile-head.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('kustomize', 'helm');

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\ndata:\n  key: value\n';
const CHART: Files = {
  'app/charts/c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'app/charts/c/values.yaml': 'key: value\n',
  'app/charts/c/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {key: {{ .Values.key }}}\n',
};
const BREAKS = [
  ['U+0085', '\u0085'],
  ['U+2028', '\u2028'],
  ['U+2029', '\u2029'],
  ['U+000D', '\r'],
] as const;

/** What was rendered, or why nothing was. As the head of a pull request, it must do as little. */
async function outcome(files: Files, root = 'app'): Promise<string> {
  await expectHarmlessHead(files);
  const revision = await revisionOf(files);
  const rendering = await revision.render(revision.roots.at(root)!);
  return rendering.kind === 'failed'
    ? `${rendering.code}: ${rendering.message}`
    : rendering.objects.map(({ text }) => text).join('---\n');
}

/** A file that is nobody's business, and whether something that was run left a trace beside it. */
function canary(): { readonly path: string; readonly trace: string } {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'canary'), 'canary-of-the-host');
  return { path: join(folder, 'canary'), trace: join(folder, 'trace') };
}

/** A port of this machine, with the connections that were made to it. */
async function listener(): Promise<{ readonly host: string; connections(): number }> {
  let connections = 0;
  const server = createServer((_request, response) => response.end(MAP));
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

describe('what one parser takes for the end of a line and another does not', () => {
  test.each(BREAKS)('%s cannot hide a chart whose name is an option', async (name, end) => {
    const { trace } = canary();
    const files = {
      ...CHART,
      'app/charts/c/templates/run.yaml': `#!/bin/sh\n# touch ${trace}\n`,
      'app/kustomization.yaml': `helmCharts:\n  - {name: c, releaseName: fine}\n  # a comment${end}  - {name: c, releaseName: "--post-renderer=/bin/sh"}\n`,
    };
    expect(await outcome(files)).toMatch(
      new RegExp(`^error: app/kustomization.yaml:3: has ${name.replace('+', '\\+')}.* read differently$`),
    );
    expect(existsSync(trace)).toBe(false);
  });

  test.each(BREAKS)('%s cannot hide a file of the machine', async (_name, end) => {
    const { path } = canary();
    const files = {
      'app/map.yaml': MAP,
      'app/kustomization.yaml': `resources: [map.yaml]\n# x${end}configMapGenerator: [{name: x, files: [host=${path}]}]\n`,
    };
    const answer = await outcome(files);
    expect(answer).toMatch(/^error: app\/kustomization.yaml:2: has /);
    expect(answer).not.toContain('canary-of-the-host');
  });

  test.each([
    'app/map.yaml',
    'app/patch.yaml',
    'app/generator.yaml',
    'app/replacement.yaml',
    'app/configuration.yaml',
    'app/charts/c/Chart.yaml',
    'app/charts/c/values.yaml',
    'app/charts/c/values.schema.json',
    'app/values.yaml',
  ])('%s is refused with it, with its line', async (file) => {
    const files: Record<string, string | Buffer> = {
      ...CHART,
      'app/map.yaml': MAP,
      'app/patch.yaml': `${MAP}  more: x\n`,
      'app/generator.yaml':
        'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nliterals: [a=b]\n',
      'app/replacement.yaml': 'source: {kind: ConfigMap, name: map}\ntargets: []\n',
      'app/configuration.yaml': 'images: []\n',
      'app/values.yaml': 'key: other\n',
      'app/charts/c/values.schema.json': '{}\n',
      'app/kustomization.yaml': `resources: [map.yaml]
patches: [{path: patch.yaml}]
generators: [generator.yaml]
replacements: [{path: replacement.yaml}]
configurations: [configuration.yaml]
helmCharts: [{name: c, additionalValuesFiles: [values.yaml]}]
`,
    };
    files[file] = `${String(files[file])}# \u2028 x\n`;
    const answer = await outcome(files);
    if (file.endsWith('.json')) expect(answer).toBe(`error: ${file}: is not JSON`);
    else expect(answer).toMatch(new RegExp(`^error: ${file}:\\d+: has U\\+2028`));
  });

  built('is content where no YAML is read', async () => {
    const files = {
      'app/kustomization.yaml': 'configMapGenerator: [{name: x, files: [a.txt], literals: ["b=\\u2028"]}]\n',
      'app/a.txt': 'one\u2028two\n',
    };
    const revision = await revisionOf(files);
    const rendering = await revision.render(revision.roots.at('app')!);
    const [map] = rendering.kind === 'rendered' ? rendering.objects : [];
    expect(map?.object['data']).toEqual({
      'a.txt': expect.stringMatching(/^one\u2028 *two\n$/),
      b: '\u2028',
    });
  });
});

describe('a kustomization is refused where parsers differ, with its line', () => {
  test.each([
    ['a key that is written twice', 'resources: []\nresources: [map.yaml]\n', 2, 'duplicated mapping key'],
    ['a tag', 'resources: []\nnamePrefix: !!binary eA==\n', 2, ''],
    ['a directive', '%YAML 1.1\n---\nresources: []\n', 1, 'directive'],
    ['a byte order mark inside', 'resources: []\n\uFEFFnamePrefix: x\n', 2, 'U+FEFF'],
    ['a second document', 'resources: []\n---\nnamePrefix: x\n', 3, 'more than one document'],
    ['a number of another base', 'resources: []\nreplicas: [{name: x, count: 0o7}]\n', 2, '0o7'],
    ['a number with groups', 'replicas: [{name: x, count: 1_000}]\n', 1, '1_000'],
    ['infinity', 'replicas: [{name: x, count: .inf}]\n', 1, '.inf'],
    ['a number that loses digits', 'replicas: [{name: x, count: 9007199254740993}]\n', 1, '9007'],
    ['an exponent', 'images: [{name: x, newTag: 1e3}]\n', 1, '1e3'],
    ['a key that is a boolean', 'commonLabels: {yes: "1"}\n', 1, 'yes'],
    ['what is merged over a key', 'x: &x {namePrefix: a}\nnamePrefix: b\n<<: *x\n', 3, 'merges namePrefix'],
  ])('%s', async (_what, text, line, why) => {
    const answer = await outcome({ 'app/kustomization.yaml': text, 'app/map.yaml': MAP });
    expect(answer).toMatch(new RegExp(`^error: app/kustomization.yaml:${line}: `));
    expect(answer).toContain(why);
  });

  built.each([
    ['YAML 1.1 booleans', 'generatorOptions: {disableNameSuffixHash: yes}\n', /name: x\n/],
    ['a date', 'images: [{name: img, newTag: 2024-01-01}]\n', /kind/],
    ['a time of day', 'commonAnnotations: {at: "12:30"}\n', /at: "12:30"/],
    [
      'anchors and merge keys',
      'commonAnnotations: &a {one: "1"}\nlabels: [{pairs: {<<: *a, two: "2"}}]\n',
      /two: "2"/,
    ],
    ['a byte order mark before it', '\uFEFFcommonAnnotations: {one: "1"}\n', /one: "1"/],
    ['separators without a document', '---\ncommonAnnotations: {one: "1"}\n---\n', /one: "1"/],
    ['Windows line ends', 'commonAnnotations:\r\n  one: "1"\r\n', /one: "1"/],
  ])('%s are what they are to Go', async (_what, text, expected) => {
    const made = `${text}configMapGenerator: [{name: x, literals: [a=b]}]\n`.replace(/---\nconfig/, 'config');
    expect(await outcome({ 'app/kustomization.yaml': made })).toMatch(expected);
  });
});

describe('what a string is, is told before a file is looked for', () => {
  const byName: Readonly<Record<string, (address: string) => string>> = {
    resources: (a) => `resources: ["${a}"]\n`,
    bases: (a) => `bases: ["${a}"]\n`,
    crds: (a) => `crds: ["${a}"]\n`,
    configurations: (a) => `configurations: ["${a}"]\n`,
    patches: (a) => `patches: [{path: "${a}", target: {kind: ConfigMap}}]\n`,
    patchesJson6902: (a) =>
      `patchesJson6902: [{path: "${a}", target: {version: v1, kind: ConfigMap, name: map}}]\n`,
    patchesStrategicMerge: (a) => `patchesStrategicMerge: ["${a}"]\n`,
    replacements: (a) => `replacements: [{path: "${a}"}]\n`,
    openapi: (a) => `openapi: {path: "${a}"}\n`,
    files: (a) => `configMapGenerator: [{name: x, files: ["key=${a}"]}]\n`,
    envs: (a) => `configMapGenerator: [{name: x, envs: ["${a}"]}]\n`,
    env: (a) => `secretGenerator: [{name: x, env: "${a}"}]\n`,
    generators: (a) => `generators: ["${a}"]\n`,
    transformers: (a) => `transformers: ["${a}"]\n`,
    validators: (a) => `validators: ["${a}"]\n`,
    valuesFile: (a) => `helmCharts: [{name: c, valuesFile: "${a}"}]\n`,
    additionalValuesFiles: (a) => `helmCharts: [{name: c, additionalValuesFiles: ["${a}"]}]\n`,
  };

  test('a file that is named like an address is not read, and the address is not asked', async () => {
    const { host, connections } = await listener();
    for (const scheme of ['http:', 'HTTP:'])
      for (const [list, naming] of Object.entries(byName)) {
        const address = `${scheme}//${host}/x.yaml`;
        const files = {
          ...CHART,
          [`app/${scheme}/${host}/x.yaml`]: MAP,
          'app/map.yaml': MAP,
          'app/kustomization.yaml': naming(address),
        };
        expect([list, await outcome(files)]).toEqual([
          list,
          `remote: needs ${address}, which is not in the repository`,
        ]);
      }
    expect(connections()).toBe(0);
  });

  test('also where a folder builds configurations', async () => {
    const { host, connections } = await listener();
    const files = {
      'app/kustomization.yaml': 'generators: [made]\n',
      'app/made/kustomization.yaml': `resources: ["http://${host}/x.yaml"]\n`,
      [`app/made/http:/${host}/x.yaml`]:
        'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\n',
    };
    expect(await outcome(files)).toBe(`remote: needs http://${host}/x.yaml, which is not in the repository`);
    expect(connections()).toBe(0);
  });

  test.each([
    'github.com/example/base',
    'GitHub.com/example/base/deep',
    'github.com:example/base',
    'git@host/example/base',
    'git::github.com/example/base',
    'ssh://git@host/example/base',
    'file:///example/base',
  ])('a folder that is named like a place to clone is not built: %s', async (address) => {
    const path = address.replace(/\/+/g, '/');
    const files = {
      [`app/${path}/kustomization.yaml`]: 'resources: [map.yaml]\n',
      [`app/${path}/map.yaml`]: MAP,
      'app/kustomization.yaml': `resources: ["${address}"]\n`,
    };
    expect(await outcome(files)).toBe(`remote: needs ${address}, which is not in the repository`);
  });

  built.each([
    'http.yaml',
    'https/map.yaml',
    'github.com-mirror/map.yaml',
    'github.com.yaml',
    'image@2x.yaml',
    'a=b.yaml',
    'name with spaces.yaml',
  ])('a file is read whose name only begins like one: %s', async (name) => {
    const files = { [`app/${name}`]: MAP, 'app/kustomization.yaml': `resources: ["${name}"]\n` };
    expect(await outcome(files)).toContain('key: value');
  });

  const disguise =
    '{apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: x}, name: c, chartHome: charts, releaseName: "--post-renderer=/bin/sh"} #.yaml';

  test('a configuration that is written out is none of the files that have its text for a name', async () => {
    const files = {
      ...CHART,
      [`app/${disguise}`]: 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\n',
      'app/kustomization.yaml': `generators: ['${disguise}']\n`,
    };
    expect(await outcome(files)).toMatch(
      /^unsupported: releaseName: .* of HelmChartInflationGenerator in app\/kustomization.yaml:1 is not rendered$/,
    );
  });

  test.each([
    '# only a comment',
    'map.yaml # with a comment',
    '{a: b}',
    '[map.yaml]',
    '*alias',
    'a: b: c',
    '{{ x }}',
  ])('what is neither a path nor an object is refused: %s', async (entry) => {
    const text = `generators:\n  - ${JSON.stringify(entry)}\n`;
    expect(await outcome({ 'app/kustomization.yaml': text, [`app/${entry}`]: MAP })).toMatch(
      /^error: app\/kustomization.yaml:2: an entry of generators /,
    );
  });

  built('inline patches, relative bases and files of siblings are as they were', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [../shared/map.yaml]\n',
      'shared/map.yaml': MAP,
      'app/kustomization.yaml': `resources: [../base]
patchesStrategicMerge:
  - |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: map}
    data: {merged: "1"}
  - '{apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {flow: "1"}}'
patches: [{patch: '[{"op": "add", "path": "/data/json", "value": "1"}]', target: {kind: ConfigMap}}]
transformers:
  - |-
    apiVersion: builtin
    kind: PrefixTransformer
    metadata: {name: x}
    prefix: pre-
    fieldSpecs: [{path: metadata/name}]
`,
    };
    const rendered = await outcome(files);
    for (const part of ['merged: "1"', 'flow: "1"', 'json: "1"', 'name: pre-map'])
      expect(rendered).toContain(part);
  });
});

describe('what is handed to Kustomize', () => {
  test('is printed from what was read, without charts', () => {
    const tree = treeOf({
      ...CHART,
      'app/kustomization.yaml':
        'namePrefix: "\\u2028x" # why\nhelmCharts: [{name: c}]\nhelmGlobals: {chartHome: charts}\n',
    });
    const { rewritten, charts } = closureOf(tree, 'app', new KustomizationReader());
    expect(rewritten.get('app/kustomization.yaml')).toBe(
      '{\n "namePrefix": "\\u2028x",\n "components": [\n  ".faultline-charts-0"\n ]\n}\n',
    );
    expect(charts.map(({ at }) => at)).toEqual(['app/.faultline-charts-0']);
  });

  test('no part of the program asks Kustomize to run Helm', () => {
    for (const file of [
      'kustomize.ts',
      'kustomize-contents.ts',
      'chart-installs.ts',
      'helm.ts',
      'run.ts',
      'tools.ts',
    ])
      expect(readFileSync(new URL(`../../src/renderers/${file}`, import.meta.url), 'utf8')).not.toMatch(
        /--enable-helm|--helm-command|--enable-exec|--enable-alpha-plugins|--enable-star/,
      );
  });
});

describe('charts of a kustomization have names in the form that Helm allows', () => {
  test.each([
    ['releaseName: "--post-renderer=/bin/sh"', 'releaseName'],
    ['releaseName: UPPER', 'releaseName'],
    [`releaseName: ${'a'.repeat(54)}`, 'releaseName'],
    ['nameTemplate: \'{{ getHostByName "x.example" }}\'', 'nameTemplate'],
    ['nameTemplate: \'{{ env "HOME" }}\'', 'nameTemplate'],
    ['nameTemplate: --debug', 'nameTemplate'],
    ['releaseName: a, nameTemplate: b', 'nameTemplate'],
    ['namespace: "--kubeconfig=/etc/x"', 'namespace'],
    ['namespace: a/b', 'namespace'],
    ['kubeVersion: "--debug"', 'kubeVersion'],
    ['apiVersions: ["--debug"]', 'apiVersions'],
    ['repo: https://charts.example, version: ../../x', 'version'],
    ['valuesMerge: sideways', 'valuesMerge'],
    ['skipHooks: "yes"', 'skipHooks'],
    ['postRenderer: ./run.sh', 'postRenderer'],
    ['name: ../c', 'name'],
    ['name: "-c"', 'name'],
    ['name: ".."', 'name'],
    ['name: "a\\0b"', 'name'],
  ])('%s', async (setting, named) => {
    const entry = setting.startsWith('name:') ? setting : `name: c, ${setting}`;
    const answer = await outcome({ ...CHART, 'app/kustomization.yaml': `helmCharts:\n  - {${entry}}\n` });
    expect(answer).toMatch(
      new RegExp(`^unsupported: ${named}\\b.* of helmCharts in app/kustomization.yaml:2 is not rendered$`),
    );
  });

  built('an ordinary one is rendered', async () => {
    const entry = 'name: c, releaseName: my-release.v1, nameTemplate: "", namespace: shop, version: 1.0.0';
    expect(await outcome({ ...CHART, 'app/kustomization.yaml': `helmCharts: [{${entry}}]\n` })).toContain(
      'name: my-release.v1',
    );
  });
});

describe('what a chart is built in as cannot be taken by the repository', () => {
  test('neither its folder nor the annotations of where it is from', async () => {
    const chart = 'helmCharts: [{name: c, releaseName: c}]\n';
    expect(
      await outcome({
        ...CHART,
        'app/kustomization.yaml': `resources: [.faultline-charts-0]\n${chart}`,
        'app/.faultline-charts-0/kustomization.yaml': 'resources: []\n',
      }),
    ).toMatch(/^unsupported: app\/\.faultline-charts-0, whose name/);
    expect(
      await outcome(
        {
          ...CHART,
          'app/kustomization.yaml': chart,
          'over/kustomization.yaml': 'resources: [../app]\nbuildMetadata: [originAnnotations]\n',
        },
        'over',
      ),
    ).toMatch(/^unsupported: buildMetadata in over/);
  });
});
