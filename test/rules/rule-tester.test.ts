/* oxlint-disable vitest/expect-expect -- fires and silent assert */
import { describe, expect, test } from 'vitest';
import { defineRule } from '../../src/rules/define-rule.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { deployment, pod, readyPods, replicaSet } from './objects.ts';
import { answer, fires, silent } from './rule-tester.ts';

const cart = deployment('cart', { containers: [{ name: 'server', image: 'cart:2' }] });
const current = replicaSet(
  cart,
  'b2',
  { containers: [{ name: 'server', image: 'cart:2' }] },
  { revision: 2, ready: 1 },
);

/** Finds every Deployment, and quotes the log of a pod. */
const everyDeployment = defineRule({
  id: 'unclassified',
  title: '',
  phase: 'runtime',
  semantics: [],
  reads: [],
  on: 'Deployment',
  causes: { exists: { means: '', fix: 'none', outcome: '' } },
  detect: () => ({ seenOn: [], firstSeen: 0, lastSeen: 0, occurrences: 1 }),
  *investigate(_deployment, ask) {
    const log = yield* ask.log({ namespace: 'shop', pod: 'cart-1', container: 'server', previous: true });
    return {
      cause: 'exists',
      summary: prose`log: ${log ?? 'none'}`,
      rootCause: prose``,
      evidence: [],
      confidence: [],
      verdict: 'decline' as const,
      reason: prose``,
    };
  },
});

describe('the rule tester', () => {
  test('answers what a rule asks for', () => {
    const answers = [answer('log', { container: 'server' }, 'killed')];
    fires(
      everyDeployment,
      { objects: [cart], answers },
      { cause: 'exists', verdict: 'decline', says: ['log: killed'] },
    );
  });

  test('says that nothing is known where no answer was given', () => {
    fires(everyDeployment, { objects: [cart] }, { cause: 'exists', verdict: 'decline', says: ['log: none'] });
  });

  test('fails when an answer was never asked for', () => {
    const answers = [answer('log', { container: 'server' }, 'killed'), answer('rename', {}, [])];
    expect(() =>
      fires(everyDeployment, { objects: [cart], answers }, { cause: 'exists', verdict: 'decline' }),
    ).toThrow('rename');
  });

  test('reads objects from YAML', () => {
    const yaml =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\n---\n# no object\n';
    fires(
      everyDeployment,
      { objects: [yaml] },
      { cause: 'exists', verdict: 'decline', object: 'Deployment shop/cart' },
    );
  });

  test('fails where a rule that must be silent fires', () => {
    silent(everyDeployment, { objects: [current] });
    expect(() => silent(everyDeployment, { objects: [cart] })).toThrow('log: none');
  });
});

describe('the builders', () => {
  test('make pods from their owner’s template', () => {
    const [ready] = readyPods(current, 1);
    expect(ready).toMatchObject({
      metadata: {
        name: 'cart-b2-ready0',
        labels: { app: 'cart', 'pod-template-hash': 'b2' },
        ownerReferences: [{ name: 'cart-b2' }],
      },
      spec: { containers: [{ image: 'cart:2' }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'server', ready: true }] },
    });
    expect(pod(null, 'alone')).toMatchObject({ metadata: { name: 'alone', namespace: 'shop' } });
  });
});
