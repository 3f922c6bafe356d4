import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { findHelm, findKustomize } from '../../src/renderers/tools.ts';
import { revisionOf } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const test = needsTool('kustomize', 'helm');

const TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.name }}:{{ .Values.image.tag }}"
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-seen
  namespace: {{ .Release.Namespace }}
data:
  values: {{ .Values | toJson | quote }}
  hasWidgets: {{ .Capabilities.APIVersions.Has "widgets.example/v1" | quote }}
`;

const CHART: Readonly<Record<string, string>> = {
  'app/charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: 1.10\n',
  'app/charts/web/values.yaml': `image: {name: shop/web, tag: "1.0"}
replicas: 2
switch: yes
mode: 0644
list: [a, b]
nested: {kept: 1, gone: 2, deep: {x: 1}}
nothing: null
`,
  'app/charts/web/templates/web.yaml': TEMPLATE,
  'app/charts/web/templates/tests/test.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: "{{ .Release.Name }}-test"\n  annotations: {helm.sh/hook: test}\n',
  'app/charts/web/templates/hook.yaml':
    'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: "{{ .Release.Name }}-migrate"\n  annotations: {helm.sh/hook: pre-install}\n',
  'app/charts/web/crds/widget.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example}\n',
  'app/more.yaml': 'replicas: 4\nlist: [c]\nnested: {gone: null}\n',
  'app/other.yaml': 'image: {tag: "2.0"}\n',
  'app/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\ndata: {a: b}\n',
  'app/a.txt': 'text\n',
  'app/e.env': 'A=1\n',
};

function kustomization(text: string): Readonly<Record<string, string>> {
  return { 'app/kustomization.yaml': text };
}

const ENTRY = 'helmCharts:\n  - name: web\n    releaseName: shop\n';

/** Each is built by Kustomize with helm, which these fixtures may be trusted with, and by us. */
const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'nothing but a name': kustomization('helmCharts: [{name: web}]\n'),
  'a release name': kustomization(ENTRY),
  'a plain name template': kustomization('helmCharts: [{name: web, nameTemplate: shop}]\n'),
  'a values file in place of the own': kustomization(`${ENTRY}    valuesFile: more.yaml\n`),
  'more values files': kustomization(`${ENTRY}    additionalValuesFiles: [more.yaml, other.yaml]\n`),
  'inline values over the file': kustomization(
    `${ENTRY}    valuesInline: {replicas: 9, list: [z], nested: {gone: null, kept: null, added: {a: null, b: 1}}, empty: {}, none: null}\n`,
  ),
  'inline values under the file': kustomization(
    `${ENTRY}    valuesMerge: merge\n    valuesInline: {replicas: 9, list: [z], nested: {gone: null, added: null, deep: {z: 2}}, other: null}\n`,
  ),
  'inline values alone': kustomization(
    `${ENTRY}    valuesMerge: replace\n    valuesInline: {replicas: 9, nested: {gone: null}}\n`,
  ),
  'inline values, and more files': kustomization(
    `${ENTRY}    valuesFile: other.yaml\n    additionalValuesFiles: [more.yaml]\n    valuesInline: {replicas: 1.0, mode: 0755, switch: on, tag: 1e3x}\n`,
  ),
  'CRDs, without hooks': kustomization(`${ENTRY}    includeCRDs: true\n    skipHooks: true\n`),
  'without tests': kustomization(`${ENTRY}    skipTests: true\n`),
  'versions that the cluster has': {
    ...kustomization(`${ENTRY}    kubeVersion: "1.29"\n    apiVersions: [widgets.example/v1]\n`),
    'app/charts/web/templates/kube.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube}\ndata: {version: {{ .Capabilities.KubeVersion.Version }}}\n',
  },
  'a namespace of its own': kustomization(`namespace: around\n${ENTRY}    namespace: own\n`),
  'the namespace around it': kustomization(`namespace: around\nresources: [map.yaml]\n${ENTRY}`),
  'debug and devel': kustomization(`${ENTRY}    debug: true\n    devel: true\n`),
  'the old list': kustomization(
    'helmChartInflationGenerator:\n  - chartName: web\n    releaseName: old\n    valuesLocal: {replicas: 5}\n',
  ),
  'everything around it': kustomization(`namePrefix: pre-
commonAnnotations: {a: b}
labels: [{pairs: {team: shop}, includeSelectors: true}]
images: [{name: shop/web, newTag: "3"}]
replicas: [{name: shop-web, count: 7}]
resources: [map.yaml]
configMapGenerator: [{name: made, files: [a.txt], envs: [e.env]}]
patches:
  - patch: |
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: shop-seen}
      data: {patched: "yes"}
${ENTRY}`),
  'in the order that things are written': kustomization(`sortOptions: {order: fifo}
resources: [map.yaml]
secretGenerator: [{name: secret, literals: [a=b]}]
generators:
  - |-
    apiVersion: builtin
    kind: ConfigMapGenerator
    metadata: {name: later}
    files: [a.txt, key=a.txt]
    envs: [e.env]
${ENTRY}`),
  'a generator inline': kustomization(`namespace: around
sortOptions: {order: fifo}
generators:
  - |-
    apiVersion: builtin
    kind: ConfigMapGenerator
    metadata: {name: first}
    literals: [a=b]
  - |-
    apiVersion: builtin
    kind: HelmChartInflationGenerator
    metadata: {name: x}
    name: web
    releaseName: inline
    chartHome: charts
    valuesInline: {replicas: 3}
  - |-
    apiVersion: builtin
    kind: SecretGenerator
    metadata: {name: last}
    literals: [a=b]
`),
  'a generator in a file': {
    ...kustomization('generators: [chart.yaml]\n'),
    'app/chart.yaml':
      'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: web\nreleaseName: file\nnamespace: own\n',
  },
  'a base with a chart': {
    'app/kustomization.yaml': `resources: [base]\nnamespace: outer\nnameSuffix: -x\n`,
    'app/base/kustomization.yaml':
      'helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: web, releaseName: b}]\n',
  },
  'a component with a chart': {
    'app/kustomization.yaml': `resources: [map.yaml]\ncomponents: [part]\nnamespace: outer\n`,
    'app/part/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nhelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: web, releaseName: b}]\npatches: [{patch: \'[{"op": "add", "path": "/data/x", "value": "z"}]\', target: {kind: ConfigMap}}]\n',
  },
  'a chart that was pulled once': {
    ...kustomization(`${ENTRY}    repo: https://charts.example\n    version: 1.2.3\n`),
    ...Object.fromEntries(
      Object.entries(CHART).map(([path, text]) => [
        path.replace('charts/web/', 'charts/web-1.2.3/web/'),
        text,
      ]),
    ),
  },
  'a chart that renders nothing': {
    ...kustomization('resources: [map.yaml]\nhelmCharts: [{name: web}]\n'),
    'app/charts/web/templates/web.yaml': '# nothing\n',
    'app/charts/web/templates/tests/test.yaml': '',
    'app/charts/web/templates/hook.yaml': '{{ if false }}a: b{{ end }}\n',
  },
};

describe('what Kustomize would have Helm render', () => {
  for (const [name, own] of Object.entries(CASES))
    test(`${name} is rendered as Kustomize has it rendered`, async () => {
      const files = { ...CHART, ...own };
      const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const [kustomize, helm] = [await findKustomize(), await findHelm()];
      const { stdout, stderr } = spawnSync(
        kustomize!.command,
        [
          ...kustomize!.args,
          'app',
          '--enable-helm',
          '--helm-command',
          helm!.command,
          '--load-restrictor',
          'LoadRestrictionsNone',
        ],
        { cwd: folder, encoding: 'utf8', env: { HOME: folder, PATH: '/nonexistent' } },
      );
      const revision = await revisionOf(files);
      const ours = await revision.render(revision.roots.at('app')!);
      expect(ours.kind === 'rendered' ? ours.objects.map(({ text }) => text).join('---\n') : ours).toBe(
        stdout === '' ? stderr : stdout,
      );
    });
});
