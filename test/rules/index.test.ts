import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { detect } from '../../src/incidents/detect.ts';
import { bareKind } from '../../src/kubernetes/api-kinds.ts';
import { Ask } from '../../src/model/ask.ts';
import { rules } from '../../src/rules/index.ts';
import { object } from './objects.ts';

/** A pod, a Service and custom resources with `junk` wherever a list or a record belongs. */
function malformed(junk: unknown) {
  const container = {
    name: 'app',
    env: junk,
    envFrom: junk,
    volumeMounts: junk,
    command: junk,
    args: junk,
    ports: junk,
  };
  const waiting = {
    name: 'app',
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'configmap "c" not found' } },
  };
  return [
    object('v1', 'Pod', 'a', { spec: junk, status: junk }),
    object('v1', 'Pod', 'b', {
      spec: { containers: [container], volumes: junk, nodeName: 'node-a' },
      status: { phase: 'Pending', conditions: junk, containerStatuses: [waiting] },
    }),
    object('v1', 'Service', 'c', { spec: { selector: { app: junk }, ports: junk } }),
    object('shop.example/v1', 'Till', 'd', {
      spec: junk,
      status: { conditions: [{ type: 'Ready', status: 'False', reason: junk, message: junk }] },
    }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'e', { spec: junk, status: { conditions: junk } }),
  ];
}

describe.each(rules.map((rule) => [rule.id, rule] as const))('rule %s', (_id, rule) => {
  test.each([[null], [7], ['x'], [[]], [{}], [[null]], [[7]], [[{}]], [{ a: null }]])(
    'looks at malformed objects without failing: %j',
    (junk) => {
      const now = Date.parse('2026-03-02T12:00:00Z');
      const cluster = buildState({ name: 'prod-eu', now, objects: malformed(junk) });
      const { detected, failures } = detect([rule], cluster);
      expect(failures).toEqual([]);
      for (const { investigate } of detected) {
        const asking = investigate(new Ask({ memoryFactor: 2 }));
        let step = asking.next([]);
        while (!step.done) step = asking.next(step.value.map(() => null));
        expect(step.value === null || step.value.cause in rule.causes).toBe(true);
      }
    },
  );
});

test('rules are listed once', () => {
  const ids = rules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(rules)('rule $id says what it relies on, and what it reads', ({ id, semantics, reads, on }) => {
  expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(semantics.length).toBeGreaterThan(0);
  expect(new Set(reads).size).toBe(reads.length);
  const kinds = on.filter((subject) => /^[A-Z]/.test(subject));
  expect(reads.map(bareKind)).toEqual(expect.arrayContaining(kinds));
});
