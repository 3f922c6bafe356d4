import { describe, expect, test } from 'vitest';
import { alertsIn } from './reading.ts';

/* Events as the controllers of Flux write them: https://github.com/fluxcd/pkg/blob/main/apis/event/v1beta1/event.go */
const event = (change: object) => ({
  involvedObject: {
    kind: 'Kustomization',
    namespace: 'flux-system',
    name: 'apps',
    uid: '5c1e',
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    resourceVersion: '7',
  },
  severity: 'error',
  timestamp: '2026-03-01T10:00:00Z',
  message: "health check failed after 2m: timeout waiting for: [Deployment/shop/cart status: 'InProgress']",
  reason: 'HealthCheckFailed',
  metadata: { revision: 'main@sha1:0a1b', cluster: 'prod-eu' },
  reportingController: 'kustomize-controller',
  reportingInstance: 'kustomize-controller-1',
  ...change,
});

test('an error names the object of Flux, and what its message names', () => {
  expect(alertsIn('flux', event({}))).toMatchObject([
    {
      id: 'Kustomization/flux-system/apps',
      status: 'firing',
      title: 'HealthCheckFailed',
      startsAt: Date.parse('2026-03-01T10:00:00Z'),
      names: {
        cluster: 'prod-eu',
        objects: [{ kind: 'Kustomization', namespace: 'flux-system', name: 'apps' }],
        also: [{ kind: 'Deployment', namespace: 'shop', name: 'cart' }],
      },
    },
  ]);
});

test.each(['ReconciliationSucceeded', 'UpgradeSucceeded', 'InstallSucceeded', 'NewArtifact'])(
  '%s ends it',
  (reason) => {
    expect(alertsIn('flux', event({ severity: 'info', reason }))).toMatchObject([{ status: 'resolved' }]);
  },
);

describe('no alert', () => {
  test.each([
    ['info', 'Progressing'],
    ['info', 'RollbackSucceeded'],
    ['info', 'UninstallSucceeded'],
    ['trace', 'Anything'],
  ])('%s %s', (severity, reason) => {
    expect(alertsIn('flux', event({ severity, reason }))).toEqual([]);
  });
});
