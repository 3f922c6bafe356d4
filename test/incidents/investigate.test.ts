import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { ClusterProblem, ClusterSource } from '../../src/model/cluster-state.ts';
import { isExplained } from '../../src/incidents/detect.ts';
import { fingerprintOf } from '../../src/incidents/fingerprint.ts';
import { Investigations } from '../../src/incidents/investigate.ts';
import { maskedLog } from '../../src/untrusted/masked.ts';
import type { Finding, Symptom } from '../../src/model/finding.ts';
import type { Detected } from '../../src/rules/define-rule.ts';
import type { Need } from '../../src/model/need.ts';

const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };
const symptom: Symptom = {
  rule: 'oom-killed',
  object,
  container: 'cart',
  seenOn: [],
  firstSeen: 0,
  lastSeen: 0,
  occurrences: 1,
};
const logOf = { namespace: 'shop', pod: 'cart-1', container: 'cart', previous: true };

const cluster = buildState({ name: 'test', now: 0, objects: [], problems: [], recorded: null } as never);

function detected(investigate: Detected['investigate']): Detected {
  return { symptom, investigate };
}

/** What rules are told, and how often it was asked for. */
function told(): { investigations: Investigations; asked: string[] } {
  const asked: string[] = [];
  const source: ClusterSource = {
    isRecorded: true,
    read: async () => cluster,
    log: async ({ pod }) => {
      asked.push(`log ${pod}`);
      return maskedLog('a line');
    },
    metric: async () => null,
  };
  const repository = {
    answer: async (need: Need) => {
      asked.push(need.kind);
      return null;
    },
  };
  return { investigations: new Investigations({ cluster, source, repository, memoryFactor: 2 }), asked };
}

const found = { cause: 'found' } as unknown as Finding;

describe('an investigation', () => {
  test('fetches what the rule asks for, and goes on until there is a finding', async () => {
    const { investigations, asked } = told();
    const finding = await investigations.investigate(
      detected(function* (ask) {
        const line = yield* ask.log(logOf);
        const versions = yield* ask.history(object, 'spec.replicas');
        expect([line, versions]).toEqual(['a line', null]);
        return found;
      }),
    );
    expect(finding).toBe(found);
    expect(asked).toEqual(['log cart-1', 'field-history']);
  });

  test('fetches what is asked for at once side by side, each answer under its name', async () => {
    const { investigations, asked } = told();
    await investigations.investigate(
      detected(function* (ask) {
        const answers = yield* ask.all({
          before: ask.log(logOf),
          versions: ask.history(object, 'spec.replicas'),
        });
        expect(answers).toEqual({ before: 'a line', versions: null });
        expect(yield* ask.each([ask.log(logOf), ask.log(logOf)])).toEqual(['a line', 'a line']);
        return found;
      }),
    );
    expect(asked).toEqual(['log cart-1', 'field-history']);
  });

  test('fetches each thing once for all rules', async () => {
    const { investigations, asked } = told();
    const asks = detected(function* (ask) {
      yield* ask.log(logOf);
      return found;
    });
    await Promise.all([investigations.investigate(asks), investigations.investigate(asks)]);
    expect(asked).toEqual(['log cart-1']);
  });

  test('ends without a finding where the rule says that the symptom is none of its own', async () => {
    const { investigations } = told();
    const other = detected(function* (ask) {
      yield* ask.log(logOf);
      return null;
    });
    expect(await investigations.investigate(other)).toBeNull();
  });

  test('a rule that goes on asking is stopped', async () => {
    const { investigations, asked } = told();
    const curious = detected(function* (ask) {
      for (let round = 0; ; round += 1) yield* ask.history(object, `field${round}`);
    });
    await expect(investigations.investigate(curious)).rejects.toThrow(/rule oom-killed .* came to no end/);
    expect(asked.length).toBeLessThan(20);
  });
});

describe('a question whose answering fails', () => {
  test('has an unknown answer, is told of once, and the rule concludes', async () => {
    const problems: ClusterProblem[] = [];
    const fail = async (): Promise<never> => {
      throw new Error('apps/big.bin: 65 MiB, more than the 64 MiB that are read');
    };
    const source: ClusterSource = { isRecorded: true, read: async () => cluster, log: fail, metric: fail };
    const investigations = new Investigations({
      cluster,
      source,
      repository: { answer: fail },
      memoryFactor: 2,
      onProblem: (problem) => problems.push(problem),
    });
    const asks = detected(function* (ask) {
      expect(yield* ask.each([ask.log(logOf)])).toEqual([null]);
      expect(yield* ask.history(object, 'spec.replicas')).toBeNull();
      return found;
    });
    expect(await investigations.investigate(asks)).toBe(found);
    expect(await investigations.investigate(asks)).toBe(found);
    expect(problems).toEqual([
      { where: 'log of shop/cart-1, container cart', message: expect.stringContaining('65 MiB') },
      {
        where: 'git history of spec.replicas of Deployment shop/cart',
        message: expect.stringContaining('65 MiB'),
      },
    ]);
  });
});

describe('detecting', () => {
  test.each([
    ['the same container', { container: 'cart' }, true],
    ['the object as a whole', { container: null }, true],
    ['another container', { container: 'proxy' }, false],
    ['another object', { object: { ...object, name: 'pay' } }, false],
    ['the same name in another namespace', { object: { ...object, namespace: 'test' } }, false],
  ])('an incident of %s explains a symptom or not', (_name, other, explained) => {
    expect(isExplained(symptom, [{ symptom: { ...symptom, ...other } }])).toBe(explained);
  });
});

describe('a fingerprint', () => {
  const own = fingerprintOf('prod', symptom);

  test('is the same for the same failure, whenever and on whatever pods it is seen', () => {
    const later = { ...symptom, seenOn: [object], lastSeen: 9, occurrences: 7 };
    expect(fingerprintOf('prod', later)).toBe(own);
    expect(own).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ['cluster', 'test', {}],
    ['namespace', 'prod', { object: { ...object, namespace: 'test' } }],
    ['kind', 'prod', { object: { ...object, kind: 'StatefulSet' } }],
    ['name', 'prod', { object: { ...object, name: 'pay' } }],
    ['container', 'prod', { container: null }],
    ['rule', 'prod', { rule: 'image-pull' as const }],
  ])('differs by %s', (_part, name, other) => {
    expect(fingerprintOf(name, { ...symptom, ...other })).not.toBe(own);
  });

  test('does not mix up neighbouring parts', () => {
    const [a, b] = [
      { ...object, namespace: 'a', name: 'b-c' },
      { ...object, namespace: 'a-b', name: 'c' },
    ];
    expect(fingerprintOf('x', { ...symptom, object: a })).not.toBe(
      fingerprintOf('x', { ...symptom, object: b }),
    );
  });
});
