import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { appliedByValues, appliedRevisions } from '../../src/lifecycle/applied.ts';
import { failuresNow } from '../../src/lifecycle/seen.ts';
import { quietTime } from '../../src/model/quiet-time.ts';
import type { Report } from '../../src/model/report.ts';
import type { Marker } from '../../src/pull-requests/marker.ts';
import { valueHash, watchedBy } from '../../src/pull-requests/watched.ts';
import { deployment, imageProposal, memoryProposal } from '../pull-requests/proposals.ts';
import { otherIncident, workload } from './story.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const SHA = '81c0ffee5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a';

function state(...objects: readonly KubernetesObject[]) {
  return buildState({ name: 'prod-eu', now: 0, objects, recorded: { Deployment: 'all' } });
}

function pricing(limit: string, request: string): KubernetesObject {
  const resources = { limits: { memory: limit }, requests: { memory: request } };
  return {
    ...workload('pricing', 'x'),
    spec: { template: { spec: { containers: [{ name: 'api', resources }] } } },
  };
}

describe('whether the live values are those that were merged', () => {
  const image = watchedBy(imageProposal());
  const memory = watchedBy(memoryProposal());

  test.each<[string, ReturnType<typeof watchedBy>, KubernetesObject[], string]>([
    ['the value after', image, [workload('cart', '2.14.3')], 'yes'],
    ['the value before', image, [workload('cart', '2.15.1')], 'no'],
    ['a third value', image, [workload('cart', '2.16.0')], 'other'],
    ['no such object', image, [workload('web', '2.14.3')], 'unknown'],
    ['both fields', memory, [pricing('768Mi', '384Mi')], 'yes'],
    ['quantities written otherwise', memory, [pricing('805306368', '402653184')], 'yes'],
    ['one field of two', memory, [pricing('768Mi', '256Mi')], 'no'],
    ['nothing to watch', { objects: [], failing: [], watch: [] }, [workload('cart', '2.14.3')], 'unknown'],
  ])('%s', (_what, watched, objects, expected) => {
    expect(appliedByValues(state(...objects), watched)).toBe(expected);
  });

  test.each([
    ['spec.replicas', 3, '3'],
    ['spec.template.spec.containers[name=a].resources.limits.memory', '1Gi', '1024Mi'],
    ['data["port"]', '8080', 8080],
  ])('%s: %j is %j', (field, one, other) => {
    expect(valueHash(fieldNamed(field), one)).toBe(valueHash(fieldNamed(field), other));
  });

  test.each([
    ['data["version"]', '1.0', '1'],
    ['spec.suspend', null, false],
    ['spec.replicas', null, 0],
  ])('%s: %j is not %j', (field, one, other) => {
    expect(valueHash(fieldNamed(field), one)).not.toBe(valueHash(fieldNamed(field), other));
  });
});

describe('what fails after a merge', () => {
  const { objects, failing, watch } = watchedBy(imageProposal());
  const marker: Marker = {
    version: 1,
    fingerprints: ['9a3f0c1d2e4b5a67'],
    key: '17b1cbb412fc201a',
    before: '88e52fe8a236',
    objects,
    failing,
    watch,
  };
  const set: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'cart', namespace: 'shop', uid: 'u1', generation: 2 },
    status: { updateRevision: 'new', observedGeneration: 2 },
  };
  const pod = (revision: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'cart-0',
      namespace: 'shop',
      labels: { 'controller-revision-hash': revision },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'cart', uid: 'u1', controller: true },
      ],
    },
  });

  test.each([
    ['shows it with the template of now', 'new', 1],
    ['carries the template from before', 'old', 0],
  ])('counts a pod that %s', (_what, revision, count) => {
    const [incident] = imageProposal().incidents;
    const seenOn = [{ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart-0' }];
    const result = otherIncident(deployment('cart'), {}, incident!.fingerprint);
    const report: Report = {
      cluster: 'prod-eu',
      now: 0,
      problems: [],
      results: [{ ...result, incident: { ...incident!, symptom: { ...incident!.symptom, seenOn } } }],
    };
    const cluster = state(set, pod(revision));
    expect(failuresNow({ cluster, report }, marker, 0).same).toHaveLength(count);
  });
});

describe('the revision that a controller says it applied', () => {
  const objects = [deployment('cart')];
  const argo = (resource: Record<string, unknown>, status: Record<string, unknown>): KubernetesObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd' },
    status: { resources: [resource], ...status },
  });
  const cart = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'cart' };
  const flux = (id: string, revision: string): KubernetesObject => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'flux-system' },
    status: { inventory: { entries: [{ id, v: 'v1' }] }, lastAppliedRevision: revision },
  });

  test.each<[string, KubernetesObject, readonly string[]]>([
    ['Argo CD', argo(cart, { sync: { revision: SHA } }), [SHA]],
    ['Argo CD’s last operation', argo(cart, { operationState: { syncResult: { revision: SHA } } }), [SHA]],
    ['Argo CD, for another object', argo({ ...cart, name: 'web' }, { sync: { revision: SHA } }), []],
    ['Argo CD, from a chart', argo(cart, { sync: { revision: '1.2.3' } }), []],
    ['Flux', flux('shop_cart_apps_Deployment', `main@sha1:${SHA}`), [SHA]],
    ['Flux before 2.0', flux('shop_cart_apps_Deployment', `main/${SHA}`), [SHA]],
    ['Flux, for another object', flux('shop_web_apps_Deployment', `main@sha1:${SHA}`), []],
  ])('%s', (_what, object, expected) => {
    expect(appliedRevisions(state(object), { objects })).toEqual(expected);
  });
});

describe('the quiet time', () => {
  const minute = 60_000;
  test.each([
    [{ firstSeen: 0, lastSeen: 0, occurrences: 1 }, 15],
    [{ firstSeen: 0, lastSeen: 30 * minute, occurrences: 30 }, 15],
    [{ firstSeen: 0, lastSeen: 280 * minute, occurrences: 5 }, 140],
    [{ firstSeen: 0, lastSeen: 10_000 * minute, occurrences: 2 }, 360],
    [{ firstSeen: 10, lastSeen: 0, occurrences: 0 }, 15],
  ])('after %j is %i minutes', (finding, minutes) => {
    expect(quietTime(finding)).toBe(minutes * minute);
  });
});
