import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { podSpecOf, type PodSpec } from '../../src/kubernetes/workloads.ts';
import { demandOf, nodeRoom, quotaShortage } from '../../src/witnesses/capacity.ts';
import { deployment, object, pod } from '../rules/objects.ts';

const MEBIBYTE = 2 ** 20;

const container = (cpu: string, memory: string) => ({
  name: cpu + memory,
  resources: { requests: { cpu, memory } },
});

describe('what a pod asks for', () => {
  test('is the sum of its containers and sidecars, or its largest init container beside the sidecars', () => {
    const spec: PodSpec = {
      initContainers: [container('2', '64Mi'), { ...container('100m', '64Mi'), restartPolicy: 'Always' }],
      containers: [container('500m', '256Mi'), container('250m', '128Mi')],
    };
    const demand = demandOf(spec);
    expect(demand['requests.cpu']).toBeCloseTo(2.1);
    expect(demand['requests.memory']).toBe(448 * MEBIBYTE);
  });

  test('takes a limit for a request that is missing', () => {
    const spec = { containers: [{ name: 'a', resources: { limits: { memory: '1Gi' } } }] };
    expect(demandOf(spec)).toMatchObject({
      'requests.memory': 1024 * MEBIBYTE,
      'limits.memory': 1024 * MEBIBYTE,
    });
  });
});

const stateOf = (...objects: readonly KubernetesObject[]) => buildState({ name: 'test', now: 0, objects });

describe('the room in a quota', () => {
  const quota = (hard: Readonly<Record<string, string>>, used: Readonly<Record<string, string>>, spec = {}) =>
    object('v1', 'ResourceQuota', 'shop', { spec: { hard, ...spec }, status: { hard, used } });
  const extra = { 'limits.memory': 512 * MEBIBYTE, 'requests.cpu': 1, pods: 2 };

  test.each<readonly [string, KubernetesObject, string | null]>([
    ['enough', quota({ 'limits.memory': '2Gi' }, { 'limits.memory': '1Gi' }), null],
    ['exactly enough', quota({ 'limits.memory': '1Gi' }, { 'limits.memory': '512Mi' }), null],
    ['too little memory', quota({ 'limits.memory': '1Gi' }, { 'limits.memory': '513Mi' }), 'limits.memory'],
    ['too few pods', quota({ pods: '10' }, { pods: '9' }), 'pods'],
    ['too few pods by count', quota({ 'count/pods': '10' }, { 'count/pods': '9' }), 'count/pods'],
    ['too little cpu by its short name', quota({ cpu: '4' }, { cpu: '3500m' }), 'cpu'],
    [
      'too little of what is not asked for',
      quota({ 'requests.storage': '1Gi' }, { 'requests.storage': '1Gi' }),
      null,
    ],
    [
      'a scope that ordinary pods are not in',
      quota({ pods: '1' }, { pods: '1' }, { scopes: ['BestEffort'] }),
      null,
    ],
    ['a priority class that is not known', quota({ pods: '1' }, { pods: '1' }, { scopeSelector: {} }), null],
  ])('%s', (_what, one, expected) => {
    expect(quotaShortage(stateOf(one), 'shop', extra)?.resource ?? null).toBe(expected);
  });
});

describe('the room on nodes', () => {
  const spec: PodSpec = { containers: [container('1', '1Gi')] };
  const owner = deployment('cart', spec);
  const node = (name: string, fields: Readonly<Record<string, unknown>> = {}, labels = {}) =>
    object(
      'v1',
      'Node',
      name,
      { status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } }, ...fields },
      { labels },
    );
  const room = (pods: number, ...objects: readonly KubernetesObject[]) =>
    nodeRoom(stateOf(owner, ...objects), refOf(owner), podSpecOf(owner)!, demandOf(spec), pods);

  test('is enough on two nodes together', () => {
    expect(room(8, node('a'), node('b'))).toEqual({ kind: 'fits' });
  });

  test('is too small by one pod', () => {
    expect(room(9, node('a'), node('b'))).toEqual({ kind: 'too-small', places: 8 });
  });

  test('is what other pods leave, those of the owner aside', () => {
    const other = pod(null, 'other', { node: 'a', podSpec: { containers: [container('2500m', '1Gi')] } });
    const own = pod(owner, 'aaaaa', { node: 'a' });
    const done = pod(null, 'done', {
      node: 'a',
      podSpec: { containers: [container('4', '1Gi')] },
      phase: 'Succeeded',
    });
    expect(room(2, node('a'), other, own, done)).toEqual({ kind: 'too-small', places: 1 });
  });

  test.each([
    ['is cordoned', { spec: { unschedulable: true } }],
    ['has a taint', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }],
    [
      'is not Ready',
      {
        status: {
          allocatable: { cpu: '4', memory: '8Gi' },
          conditions: [{ type: 'Ready', status: 'False' }],
        },
      },
    ],
  ])('is none on a node that %s', (_what, fields) => {
    expect(room(1, node('a', fields))).toEqual({ kind: 'too-small', places: 0 });
  });

  test('is unknown without nodes on record', () => {
    expect(room(1)).toEqual({ kind: 'unknown', because: 'not recorded' });
  });

  test.each([
    ['a label of a node group', [node('a', {}, { 'karpenter.sh/nodepool': 'default' })]],
    [
      "the cluster autoscaler's status",
      [node('a'), object('v1', 'ConfigMap', 'cluster-autoscaler-status', {}, { namespace: 'kube-system' })],
    ],
    ['a Karpenter NodePool', [node('a'), object('karpenter.sh/v1', 'NodePool', 'default')]],
  ])('is unknown with %s', (_what, objects) => {
    expect(room(100, ...objects)).toEqual({ kind: 'unknown', because: 'autoscaler' });
  });
});
