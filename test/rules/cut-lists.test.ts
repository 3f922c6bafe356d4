import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { podSpecOf } from '../../src/kubernetes/workloads.ts';
import { nodeRoom } from '../../src/witnesses/capacity.ts';
import { serviceWithoutEndpoints } from '../../src/rules/service-without-endpoints.ts';
import { detect } from '../../src/incidents/detect.ts';
import { object, workload } from './objects.ts';

const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } } as const;
const node: KubernetesObject = { ...NODE, status: { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } } };
const owner = workload('Deployment', 'cart', { containers: [{ name: 'server', image: 'cart:1' }] });

const pod = object(
  'v1',
  'Pod',
  'cart-1',
  { spec: { containers: [] } },
  { labels: { app: 'cart', tier: 'back' } },
);
const service = object('v1', 'Service', 'cart', { spec: { selector: { app: 'cart', tier: 'front' } } });

describe('what a cut list does not show is not absent:', () => {
  const stateOf = (objects: readonly KubernetesObject[], incomplete: readonly string[]) =>
    buildState({ name: 'prod', now: 0, objects, recorded: {}, incomplete: new Set(incomplete) });

  test.each([
    [[], 'too-small'],
    [['Node'], 'unknown'],
  ])('room on nodes, where %j are not all there', (incomplete, kind) => {
    const cluster = stateOf([node, owner], incomplete);
    const room = nodeRoom(cluster, refOf(owner), podSpecOf(owner)!, { 'requests.memory': 2 ** 29 }, 9);
    expect(room.kind).toBe(kind);
  });

  test.each([
    [[], 1],
    [['Pod'], 0],
  ])('a pod that a Service selects, where %j are not all there', (incomplete, found) => {
    const { detected } = detect([serviceWithoutEndpoints], stateOf([pod, service], incomplete));
    expect(detected).toHaveLength(found);
  });

  test('a node that is set aside has an unknown number of places', () => {
    const setAside = [{ apiVersion: 'v1', kind: 'Node', namespace: null, name: 'b' }];
    const cluster = buildState({ name: 'prod', now: 0, objects: [node, owner], setAside });
    const room = nodeRoom(cluster, refOf(owner), podSpecOf(owner)!, { 'requests.memory': 2 ** 29 }, 9);
    expect(room).toEqual({ kind: 'unknown', because: 'not recorded' });
  });
});
