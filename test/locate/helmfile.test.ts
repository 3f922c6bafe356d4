import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from './revisions.ts';

const CHART = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/templates/cart.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  minReadySeconds: {{ .Values.ready }}
`,
};

const ENVIRONMENTS = {
  ...CHART,
  'helmfile.yaml.gotmpl': `environments:
  dev: {values: [dev.yaml]}
  prod: {values: [prod.yaml]}
---
releases:
  - name: cart
    namespace: shop
    chart: ./charts/cart
    values:
      - replicas: {{ .Values.replicas }}
        ready: {{ .Values.ready }}
`,
  'dev.yaml': 'replicas: 1\nready: 5\n',
  'prod.yaml': 'replicas: 1\nready: 9\n',
};

function live(spec: object, release: string | null = 'cart'): KubernetesObject {
  const annotations =
    release === null
      ? {}
      : { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop', annotations },
    spec,
  };
}

async function located(files: Readonly<Record<string, string>>, object: KubernetesObject): Promise<string> {
  const revision = await revisionOf(files);
  const wanted = { kind: 'Deployment', name: 'cart', namespace: 'shop' };
  const result = await locate(revision, {
    target: { wanted, live: object, roots: null },
    fields: [{ field: 'spec.replicas', after: 4 }],
  });
  return result.kind === 'declined'
    ? result.code
    : `${result.changes.map(({ site }) => `${site.file}:${site.line}`).join(' ')} ${result.proof.status}`;
}

const rendered = needsTool('helm');

rendered('the live values tell the environment', async () => {
  expect(await located(ENVIRONMENTS, live({ replicas: 1, minReadySeconds: 9 }))).toBe('prod.yaml:1 proven');
  expect(await located(ENVIRONMENTS, live({ replicas: 1, minReadySeconds: 5 }))).toBe('dev.yaml:1 proven');
});

rendered('values that neither environment has tell none', async () => {
  expect(await located(ENVIRONMENTS, live({ replicas: 2, minReadySeconds: 7 }))).toBe('several-sources');
});

rendered('an object of another release is not what the helmfile installs', async () => {
  expect(await located(ENVIRONMENTS, live({ replicas: 1, minReadySeconds: 9 }, 'basket'))).toBe(
    'object-not-found',
  );
});

test('of a published chart, the values that the helmfile says are likely', async () => {
  const files = {
    'helmfile.yaml': `repositories: [{name: acme, url: "https://charts.example"}]
releases:
  - name: cart
    namespace: shop
    chart: acme/cart
    version: 1.2.3
    values:
      - replicas: 3
`,
  };
  expect(await located(files, live({ replicas: 3 }))).toBe('helmfile.yaml:8 unproven');
  expect(await located(files, live({ replicas: 3 }, null))).toBe('object-not-found');
  expect(await located(files, live({ replicas: 3 }, 'basket'))).toBe('object-not-found');
});
