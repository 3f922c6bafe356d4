import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import { writeTar } from '../../src/renderers/tar.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from './revisions.ts';

const test = needsTool('kustomize', 'helm');

const CHART = {
  'app/charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'app/charts/cart/values.yaml': 'image: {repository: shop/cart, tag: 1.0.0}\nmemory: 512Mi\nreplicas: 1\n',
  'app/charts/cart/templates/cart.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-cart
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        - name: cart
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          resources:
            limits:
              memory: {{ .Values.memory }}
              cpu: 500m
`,
  'app/values-prod.yaml': 'memory: 768Mi # twice what was seen\n',
};

const ENTRY = `  - name: cart
    releaseName: shop
    valuesFile: values-prod.yaml
    valuesInline:
      image:
        tag: 1.2.0
`;

async function answer(field: string, after: string | number, entry = ENTRY, more = ''): Promise<string> {
  const revision = await revisionOf({ ...CHART, 'app/kustomization.yaml': `${more}helmCharts:\n${entry}` });
  const result = await locate(revision, {
    target: {
      wanted: { kind: 'Deployment', name: 'shop-cart' },
      live: null,
      roots: [revision.roots.at('app')!],
    },
    fields: [{ field, after }],
  });
  if (result.kind === 'declined') return `${result.code}: ${result.reason}`;
  const { kind, file, line, path } = result.changes[0]!.site;
  return `${result.proof.status}: ${kind} ${file}:${line} ${path}`;
}

const CONTAINER = 'spec.template.spec.containers[name=cart]';

describe('a chart of the repository that a kustomization renders', () => {
  test.each([
    [
      'its values file',
      `${CONTAINER}.resources.limits.memory`,
      '1Gi',
      'replace app/values-prod.yaml:1 memory',
    ],
    [
      'its inline values',
      `${CONTAINER}.image`,
      'shop/cart:1.3.0',
      'replace app/kustomization.yaml:7 helmCharts[0].valuesInline.image.tag',
    ],
    ["the chart's own values", 'spec.replicas', 3, 'replace app/charts/cart/values.yaml:3 replicas'],
    [
      'nothing but the template',
      `${CONTAINER}.resources.limits.cpu`,
      '600m',
      `add app/kustomization.yaml:8 patches[0].patch > ${CONTAINER}.resources.limits.cpu`,
    ],
  ])('is changed in %s', async (_where, field, after, site) => {
    expect(await answer(field, after)).toBe(`proven: ${site}`);
  });

  test('keeps its own values where it was pulled from elsewhere', async () => {
    const answered = await answer(
      'spec.replicas',
      3,
      ENTRY.replace('releaseName', 'repo: https://charts.example\n    releaseName'),
    );
    expect(answered).toBe('proven: add app/kustomization.yaml:9 replicas[name=shop-cart]');
  });

  test('is no root of its own', async () => {
    const revision = await revisionOf({ ...CHART, 'app/kustomization.yaml': `helmCharts:\n${ENTRY}` });
    expect(revision.roots.all.map(({ path }) => path)).toEqual(['app']);
  });
});

describe('a chart is not given to helm', () => {
  test.each([
    [
      'when it would be pulled',
      ENTRY.replace('name: cart', 'name: other\n    repo: https://charts.example'),
      '',
      'app takes chart other from https://charts.example',
    ],
    [
      'when its folder lies outside',
      ENTRY,
      'helmGlobals: {chartHome: ../../charts}\n',
      'app takes chart cart',
    ],
    [
      'under a name that is an option',
      ENTRY.replace('releaseName: shop', 'releaseName: --post-renderer=/bin/true'),
      '',
      'releaseName: release name "--post-renderer=/bin/true" is not allowed: expected at most 53 lower-case letters, digits, - and ., of helmCharts in app/kustomization.yaml:3 is not rendered',
    ],
    [
      'with a folder of configuration, which may hold plugins',
      ENTRY,
      'helmGlobals: {configHome: ./plugins}\n',
      'configHome of helmCharts in app/kustomization.yaml:3 is not rendered',
    ],
    [
      'with settings that are not known',
      `${ENTRY}    ReleaseName: --debug\n`,
      '',
      'ReleaseName of helmCharts in app/kustomization.yaml:8 is not rendered',
    ],
    [
      'with values from the network',
      ENTRY.replace('values-prod.yaml', 'https://example.com/values.yaml'),
      '',
      'app takes https://example.com/values.yaml',
    ],
  ])('%s', async (_when, entry, more, reason) => {
    expect(await answer('spec.replicas', 3, entry, more)).toMatch(
      new RegExp(`^render-failed: .*${reason.replace(/[.]/g, '\\.')}(\\. Only the labels .*)?$`),
    );
  });
});

describe('a chart that makes an object of each item of a list', () => {
  test('shows where its fields are from, however many there are', async () => {
    const rooms = Array.from(
      { length: 60 },
      (_, index) => `  - {name: room-${index}, level: calm-${index}}\n`,
    );
    const revision = await revisionOf({
      'hotel/Chart.yaml': 'apiVersion: v2\nname: hotel\nversion: 1.0.0\n',
      'hotel/values.yaml': `rooms:\n${rooms.join('')}`,
      'hotel/templates/rooms.yaml': `{{- range .Values.rooms }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .name }}}
data: {mode: {{ .level }}}
{{- end }}
`,
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'ConfigMap', name: 'room-43' }, live: null, roots: null },
      fields: [{ field: 'data.mode', after: 'loud' }],
    });
    expect(result.kind === 'located' && result.changes.map(({ site }) => site)).toMatchObject([
      { file: 'hotel/values.yaml', line: 45, path: 'rooms[43].level' },
    ]);
  });
});

describe('a subchart that is vendored in an archive', () => {
  const BOILER = {
    'boiler/Chart.yaml': 'apiVersion: v2\nname: boiler\nversion: 2.1.0\n',
    'boiler/values.yaml': 'image: registry.example/boiler:2.1.0\n',
    'boiler/templates/boiler.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: boiler}
spec:
  replicas: 1
  template: {spec: {containers: [{name: boiler, image: {{ .Values.image }}}]}}
`,
  };
  const files = {
    'house/Chart.yaml':
      'apiVersion: v2\nname: house\nversion: 1.0.0\ndependencies: [{name: boiler, version: 2.1.0, repository: "https://charts.example"}]\n',
    'house/values.yaml': 'boiler: {}\n',
    'house/charts/boiler-2.1.0.tgz': gzipSync(
      writeTar(Object.entries(BOILER).map(([path, text]) => ({ path, content: Buffer.from(text) }))),
    ),
  };

  async function answerIn(field: string, after: string | number): Promise<string> {
    const result = await locate(await revisionOf(files), {
      target: { wanted: { kind: 'Deployment', name: 'boiler' }, live: null, roots: null },
      fields: [{ field, after }],
    });
    return result.kind === 'declined'
      ? `${result.code}: ${result.reason}`
      : `${result.changes[0]!.site.file} ${result.changes[0]!.site.path}`;
  }

  test('is named where its template writes the field out', async () => {
    expect(await answerIn('spec.replicas', 2)).toBe(
      'protected-file: a template of the packaged chart house/charts/boiler-2.1.0.tgz makes spec.replicas, and none of its values was found to control it',
    );
  });

  test('takes a value of its own from the chart around it', async () => {
    expect(
      await answerIn('spec.template.spec.containers[name=boiler].image', 'registry.example/boiler:2.1.1'),
    ).toBe('house/values.yaml boiler.image');
  });
});

describe('a chart whose templates refuse most values that are marked', () => {
  test('shows where a field is from that none of them makes', async () => {
    const doors = Array.from({ length: 90 }, (_, index) => `  - v${index}\n`);
    const revision = await revisionOf({
      'hotel/Chart.yaml': 'apiVersion: v2\nname: hotel\nversion: 1.0.0\n',
      'hotel/values.yaml': `doors:\n${doors.slice(0, 45).join('')}greeting: come in\nmore:\n${doors.slice(45).join('')}`,
      'hotel/templates/hotel.yaml': `{{- range concat .Values.doors .Values.more }}
{{- if not (regexMatch "^v[0-9]+$" .) }}{{ fail "no door" }}{{ end }}
{{- end }}
apiVersion: v1
kind: ConfigMap
metadata: {name: hotel}
data:
  sign: {{ printf "Please, %s" .Values.greeting }}
`,
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'ConfigMap', name: 'hotel' }, live: null, roots: null },
      fields: [{ field: 'data.sign', after: 'Please, stay out' }],
    });
    expect(result.kind === 'located' && result.changes.map(({ site }) => site)).toMatchObject([
      { file: 'hotel/values.yaml', line: 47, path: 'greeting' },
    ]);
  });
});
