import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { ClusterProblem, ClusterSource } from '../../src/model/cluster-state.ts';
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
  return { symptom, isDated: true, givesWayTo: [], investigate };
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

  test('concludes without asking where nothing is to be asked', () => {
    const { investigations, asked } = told();
    const finding = investigations.conclude(
      detected(function* (ask) {
        expect(yield* ask.each([ask.log(logOf), ask.log(logOf)])).toEqual([null, null]);
        return found;
      }),
    );
    expect(finding).toBe(found);
    expect(asked).toEqual([]);
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
