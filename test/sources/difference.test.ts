import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { Repository } from '../../src/git/repository.ts';
import { parseFieldPath } from '../../src/kubernetes/field-path.ts';
import { fieldWriter } from '../../src/kubernetes/managed-fields.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { differenceOf } from '../../src/sources/difference.ts';
import { plainText } from '../../src/untrusted/prose.ts';

const FIELD = 'spec.template.spec.containers[name=server].resources.limits.memory';
const SHA = 'a'.repeat(40);
const OLD = 'b'.repeat(40);
const COMMIT = {
  sha: SHA,
  author: 'Ada',
  email: 'ada@shop.example',
  at: Date.parse('2026-02-01T10:00:00Z'),
  subject: 'more',
};

/** Knows that {@link SHA} comes after {@link OLD}. */
const repository = {
  contains: async (revision: string, commit: string) => revision === SHA || commit === OLD,
} as unknown as Repository;

const owned = {
  'f:spec': {
    'f:template': {
      'f:spec': {
        'f:containers': { 'k:{"name":"server"}': { 'f:resources': { 'f:limits': { 'f:memory': {} } } } },
      },
    },
  },
};

function cart(metadata: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  const container = { name: 'server', resources: { limits: { memory: '256Mi' } } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop', ...metadata },
    spec: { template: { spec: { containers: [container] } } },
  } as KubernetesObject;
}

const writtenBy = (manager: string, time: string, fieldsV1: unknown = owned) => ({
  managedFields: [
    {
      manager: 'kube-controller-manager',
      subresource: 'status',
      time: '2026-03-01T10:00:00Z',
      fieldsV1: { 'f:status': {} },
    },
    { manager, operation: 'Update', time, fieldsV1 },
  ],
});

const applying = (value: string) => ({
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
      ...cart(),
      spec: {
        template: { spec: { containers: [{ name: 'server', resources: { limits: { memory: value } } }] } },
      },
    }),
  },
});

const tracked = { annotations: { 'argocd.argoproj.io/tracking-id': 'cart:apps/Deployment:shop/cart' } };
const application = (status: unknown): KubernetesObject =>
  ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'cart', namespace: 'argocd' },
    status,
  }) as KubernetesObject;
const labelled = {
  labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux' },
};
const kustomization = (lastAppliedRevision: string): KubernetesObject =>
  ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace: 'flux' },
    status: { lastAppliedRevision },
  }) as KubernetesObject;

async function difference(live: KubernetesObject, more: readonly KubernetesObject[] = []) {
  const cluster = buildState({
    name: 'prod',
    now: Date.parse('2026-03-02T12:00:00Z'),
    objects: [live, ...more],
  });
  const found = await differenceOf(live, parseFieldPath(FIELD), COMMIT, '512Mi', cluster, repository);
  return { kind: found.kind, text: plainText(found.because) };
}

describe('a value that the cluster has otherwise than git', () => {
  test.each<readonly [string, KubernetesObject, readonly KubernetesObject[], string]>([
    [
      'kubectl edit after the commit',
      cart(writtenBy('kubectl-edit', '2026-02-10T10:00:00Z')),
      [],
      'kubectl-edit as the field',
    ],
    ['a dashboard after the commit', cart(writtenBy('dashboard', '2026-02-10T10:00:00Z')), [], '2026-02-10'],
    [
      'Argo CD applied the commit',
      cart(tracked),
      [application({ operationState: { phase: 'Succeeded', syncResult: { revision: SHA } } })],
      'changed outside git',
    ],
    [
      'Flux applied the commit',
      cart(labelled),
      [kustomization(`main@sha1:${SHA}`)],
      'Since when and by whom is not on record',
    ],
    ['kubectl applied the value of git', cart(applying('512Mi')), [], 'changed afterwards'],
  ])('has drifted: %s', async (_what, live, more, says) => {
    const found = await difference(live, more);
    expect(found).toMatchObject({ kind: 'drift', text: expect.stringContaining(says) as string });
  });

  test.each<readonly [string, KubernetesObject, readonly KubernetesObject[]]>([
    ['Argo CD applied an older revision', cart(tracked), [application({ history: [{ revision: OLD }] })]],
    ['Flux applied an older revision', cart(labelled), [kustomization(`main@sha1:${OLD}`)]],
    [
      'kustomize-controller wrote it before',
      cart(writtenBy('kustomize-controller', '2026-01-10T10:00:00Z')),
      [],
    ],
    ['kubectl applied what the cluster has', cart(applying('256Mi')), []],
    [
      'a person wrote it, and Argo CD has yet to apply the commit',
      cart({ ...tracked, ...writtenBy('kubectl-edit', '2026-02-10T10:00:00Z') }),
      [application({ history: [{ revision: OLD }] })],
    ],
  ])('waits for a sync: %s', async (_what, live, more) => {
    expect(await difference(live, more)).toMatchObject({ kind: 'lag' });
  });

  test.each<readonly [string, KubernetesObject, readonly KubernetesObject[]]>([
    ['nothing is on record', cart(), []],
    ['an operator wrote it', cart(writtenBy('cart-operator', '2026-02-10T10:00:00Z')), []],
    ['a person wrote it before the commit', cart(writtenBy('kubectl-edit', '2026-01-10T10:00:00Z')), []],
    [
      'Argo CD only compared with the commit',
      cart(tracked),
      [application({ sync: { status: 'OutOfSync', revision: SHA } })],
    ],
  ])('is not explained: %s', async (_what, live, more) => {
    const found = await difference(live, more);
    expect(found.kind).toBe('unknown');
    expect(found.text).toContain('not on record');
  });
});

test('the writer of a field is the newest that owns that very field', () => {
  const live = cart({
    managedFields: [
      { manager: 'argocd-controller', time: '2026-02-01T10:00:00Z', fieldsV1: owned },
      { manager: 'kubectl-edit', time: '2026-02-10T10:00:00Z', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ],
  });
  expect(fieldWriter(live, parseFieldPath(FIELD))).toMatchObject({
    manager: 'argocd-controller',
    kind: 'delivery',
  });
  expect(fieldWriter(live, parseFieldPath('spec.replicas'))).toMatchObject({
    manager: 'kubectl-edit',
    kind: 'hand',
  });
  expect(fieldWriter(live, parseFieldPath('spec.paused'))).toBeNull();
});
