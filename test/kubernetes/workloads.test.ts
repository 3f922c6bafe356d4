import { describe, expect, test } from 'vitest';
import { describeRef, isKubernetesObject, refOf, sameObject } from '../../src/kubernetes/objects.ts';
import {
  containerPath,
  containersOf,
  containerStatuses,
  isReady,
  parseTime,
  podSpecOf,
} from '../../src/kubernetes/workloads.ts';
import { clusterScoped, object } from '../cluster/objects.ts';

describe('objects', () => {
  test.each([
    [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }, true],
    [{ apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'a-' } }, true],
    [{ apiVersion: 'v1', kind: 'Pod', metadata: {} }, false],
    [{ apiVersion: 'v1', kind: 'Pod' }, false],
    [{ kind: 'Pod', metadata: { name: 'a' } }, false],
    [[{ apiVersion: 'v1' }], false],
    ['Pod', false],
    [null, false],
  ])('%j: %s', (value, is) => {
    expect(isKubernetesObject(value)).toBe(is);
  });

  test('are the same under every version of their group', () => {
    const deployment = refOf(object('apps/v1', 'Deployment', 'cart'));
    expect(sameObject(deployment, { ...deployment, apiVersion: 'apps/v1beta1' })).toBe(true);
    expect(sameObject(deployment, { ...deployment, apiVersion: 'example.dev/v1' })).toBe(false);
    expect(sameObject(deployment, { ...deployment, namespace: null })).toBe(false);
  });

  test('are called by kind, namespace and name', () => {
    expect(describeRef(refOf(object('v1', 'Pod', 'a')))).toBe('Pod shop/a');
    expect(describeRef(refOf(clusterScoped('v1', 'Node', 'n1')))).toBe('Node n1');
  });
});

describe('workloads', () => {
  const spec = {
    initContainers: [{ name: 'migrate' }, { name: 'mesh', restartPolicy: 'Always' }],
    containers: [{ name: 'server' }],
  };

  test('keep their pod spec in different places', () => {
    const template = { spec };
    expect(podSpecOf(object('v1', 'Pod', 'a', { spec }))).toBe(spec);
    expect(podSpecOf(object('apps/v1', 'Deployment', 'a', { spec: { template } }))).toBe(spec);
    expect(
      podSpecOf(object('batch/v1', 'CronJob', 'a', { spec: { jobTemplate: { spec: { template } } } })),
    ).toBe(spec);
    expect(podSpecOf(object('v1', 'Service', 'a', { spec }))).toBeUndefined();
    expect(podSpecOf(object('apps/v1', 'Deployment', 'a', { spec: 'none' }))).toBeUndefined();
  });

  test('have init containers, sidecars and containers', () => {
    const placed = containersOf(spec);
    expect(placed.map(({ container, role }) => `${container.name}: ${role}`)).toEqual([
      'migrate: init',
      'mesh: sidecar',
      'server: container',
    ]);
    expect(containerPath('Deployment', placed[1]!)).toBe('spec.template.spec.initContainers[name=mesh]');
    expect(containerPath('Pod', placed[2]!)).toBe('spec.containers[name=server]');
    expect(containerPath('Service', placed[2]!)).toBeNull();
  });

  test('whose status is nonsense have none', () => {
    const pod = object('v1', 'Pod', 'a', {
      status: { containerStatuses: 'x', initContainerStatuses: [null, { name: 'a' }], conditions: {} },
    });
    expect(containerStatuses(pod)).toEqual([{ name: 'a' }]);
    expect(isReady(pod)).toBe(false);
    expect(
      isReady(object('v1', 'Pod', 'a', { status: { conditions: [{ type: 'Ready', status: 'True' }] } })),
    ).toBe(true);
  });

  test('have times, or what is none', () => {
    expect(parseTime('2026-01-31T12:00:00Z')).toBe(Date.UTC(2026, 0, 31, 12));
    expect(parseTime('yesterday')).toBeNull();
    expect(parseTime(null)).toBeNull();
  });
});
