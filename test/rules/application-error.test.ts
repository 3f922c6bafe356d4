import { describe, expect, test } from 'vitest';
import { repeatedError } from '../../src/facts/repeated-errors.ts';
import { applicationError } from '../../src/rules/application-error.ts';
import { deployment, object, readyPods } from './objects.ts';
import { answer, findingsOf, fires } from './rule-tester.ts';

const owner = deployment('cart', { containers: [{ name: 'app', image: 'shop/app:3' }] });
const NOW = Date.parse('2026-03-02T12:00:00Z');
const LOG = Array.from(
  { length: 6 },
  (_, minute) => `2026-03-02T11:5${minute}:00Z ERROR ferry ${minute} is late\nretrying`,
).join('\n');

test('a Ready workload that keeps logging one error is watched', () => {
  fires(
    applicationError,
    { objects: [owner, ...readyPods(owner, 2)], answers: [answer('log', { previous: false }, LOG)] },
    {
      cause: 'repeated-error',
      verdict: 'monitor',
      object: 'Deployment shop/cart',
      container: 'app',
      says: ['is late'],
      occurrences: 6,
    },
  );
});

test('the policy that keeps it from a Service named by the error is the culprit', () => {
  const ledger = deployment('ledger', { containers: [{ name: 'book', image: 'shop/ledger:1' }] });
  const log = 'ERROR: no answer from ledger!\n'.repeat(4);
  fires(
    applicationError,
    {
      objects: [
        owner,
        ...readyPods(owner, 1),
        ledger,
        ...readyPods(ledger, 1),
        object('v1', 'Service', 'ledger', { spec: { selector: { app: 'ledger' } } }),
        object('networking.k8s.io/v1', 'NetworkPolicy', 'guard', {
          spec: { podSelector: { matchLabels: { app: 'ledger' } }, ingress: [] },
        }),
        object('networking.k8s.io/v1', 'NetworkPolicy', 'other', {
          spec: { podSelector: { matchLabels: { app: 'other' } } },
        }),
      ],
      answers: [answer('log', { container: 'app' }, log)],
    },
    {
      cause: 'network-policy',
      verdict: 'monitor',
      says: ['NetworkPolicy shop/guard selects Pod shop/ledger', '"app":"cart"'],
      neverSays: ['"app":"other"'],
    },
  );
});

test('nothing is said without a log', () => {
  expect(findingsOf(applicationError, { objects: [owner, ...readyPods(owner, 1)] })).toEqual([]);
});

describe('no repeated error', () => {
  test.each([
    ['a log without errors', 'started\nserving\n'.repeat(10)],
    ['two errors', `ERROR: a\nERROR: a\n`],
    ['three different errors', 'ERROR: disk\nERROR: queue\nERROR: cache\n'],
    ['errors that are over', `${'ERROR: queue gone\n'.repeat(6)}${'served a request\n'.repeat(6)}`],
    [
      'errors among much else',
      `${'served a request\nserved\nserved\nserved\nERROR: queue gone\n'.repeat(4)}`,
    ],
    ['errors of hours ago', '2026-03-02T08:00:00Z ERROR queue gone\n'.repeat(6)],
    ['the word error in a sentence', 'no error so far\n'.repeat(6)],
    ['an empty log', ''],
  ])('in %s', (_, log) => {
    expect(repeatedError(log, NOW)).toBeNull();
  });
});

test('levels are read in structured logs', () => {
  expect(repeatedError('{"level":"error","msg":"queue gone"}\n'.repeat(3), NOW)?.count).toBe(3);
  expect(repeatedError('level=error msg="queue gone"\n'.repeat(3), NOW)?.count).toBe(3);
});
