import { expect, test } from 'vitest';
import { leavesOf } from '../../src/kubernetes/leaves.ts';

function leaves(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...leavesOf(value)].map(([path, { value: leaf }]) => [path, leaf]));
}

test('single values stand under their paths, items of lists under the key that tells them apart', () => {
  const ports = [{ containerPort: 80, protocol: 'TCP' }, { containerPort: 443 }];
  expect(leaves({ spec: { replicas: 2, env: [{ name: 'A', value: '1' }, { name: 'B' }], ports } })).toEqual({
    'spec.replicas': 2,
    'spec.env[name=A].value': '1',
    'spec.env[name=B].name': 'B',
    'spec.ports[containerPort=80].protocol': 'TCP',
    'spec.ports[containerPort=443].containerPort': 443,
  });
});

test('items that no key tells apart stand under their index', () => {
  expect(
    leaves({
      rules: [
        { name: 'a', to: 1 },
        { name: 'a', to: 2 },
      ],
    }),
  ).toEqual({
    'rules[0].name': 'a',
    'rules[0].to': 1,
    'rules[1].name': 'a',
    'rules[1].to': 2,
  });
});

test('a list of plain values is one value, and so is what is empty', () => {
  expect(leaves({ args: ['a', 'b'], labels: {}, none: null, list: [] })).toEqual({
    args: ['a', 'b'],
    labels: {},
    list: [],
  });
});

test('odd keys are quoted', () => {
  expect(leaves({ annotations: { 'pier.example/owner': 'x' } })).toEqual({
    'annotations["pier.example/owner"]': 'x',
  });
});
