import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { ClusterProblem, ClusterSource } from '../../src/model/cluster-state.ts';
import { detect, isExplained } from '../../src/incidents/detect.ts';
import { fingerprintOf } from '../../src/incidents/incident.ts';
import { Investigations } from '../../src/incidents/investigate.ts';
import { maskedLog } from '../../src/untrusted/masked.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Investigation, Rule, Symptom, View } from '../../src/rules/rule.ts';
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
const history: Need = { kind: 'field-history', object, field: 'spec.replicas' };
const log: Need = { kind: 'log', namespace: 'shop', pod: 'cart-1', container: 'cart', previous: true };

const cluster = buildState({ name: 'test', now: 0, objects: [], problems: [], recorded: null } as never);

function rule(
  investigate: (symptom: Symptom, view: View) => Investigation,
  seen: readonly Symptom[] = [symptom],
): Rule {
  return { id: 'oom-killed', title: '', causes: [], detect: () => seen, investigate };
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

const found = { kind: 'finding', finding: { cause: 'found' } as unknown as Finding } as const;

describe('an investigation', () => {
  test('fetches what the rule asks for, and calls again until there is a finding', async () => {
    const { investigations, asked } = told();
    const finding = await investigations.investigate(
      rule((_symptom, view) => {
        if (view.missing([log]).length > 0) return { kind: 'needs', needs: [log] };
        return view.missing([history]).length > 0 ? { kind: 'needs', needs: [history] } : found;
      }),
      symptom,
    );
    expect(finding).toBe(found.finding);
    expect(asked).toEqual(['log cart-1', 'field-history']);
  });

  test('fetches each thing once for all rules', async () => {
    const { investigations, asked } = told();
    const asks = rule((_symptom, view) =>
      view.missing([log]).length > 0 ? { kind: 'needs', needs: [log, log] } : found,
    );
    await Promise.all([investigations.investigate(asks, symptom), investigations.investigate(asks, symptom)]);
    expect(asked).toEqual(['log cart-1']);
  });

  test('ends without a finding where the rule says that the symptom is none of its own', async () => {
    const { investigations } = told();
    expect(
      await investigations.investigate(
        rule(() => ({ kind: 'does-not-apply' })),
        symptom,
      ),
    ).toBeNull();
  });

  test('a rule that asks again for what it was told is stopped', async () => {
    const { investigations } = told();
    const stubborn = rule(() => ({ kind: 'needs', needs: [log] }));
    await expect(investigations.investigate(stubborn, symptom)).rejects.toThrow(/rule oom-killed asks again/);
  });

  test('a rule that always asks for something else is stopped', async () => {
    const { investigations, asked } = told();
    let round = 0;
    const curious = rule(() => ({ kind: 'needs', needs: [{ ...history, field: `field${(round += 1)}` }] }));
    await expect(investigations.investigate(curious, symptom)).rejects.toThrow(/came to no end/);
    expect(asked.length).toBeLessThan(10);
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
    const asks = rule((_symptom, view) => {
      if (view.missing([log, history]).length > 0) return { kind: 'needs', needs: [log, history] };
      expect([view.answer(log), view.answer(history)]).toEqual([null, null]);
      return found;
    });
    expect(await investigations.investigate(asks, symptom)).toBe(found.finding);
    expect(await investigations.investigate(asks, symptom)).toBe(found.finding);
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
  test('a rule that breaks is reported and stops no other', () => {
    const broken: Rule = {
      ...rule(() => found),
      id: 'image-pull',
      detect: () => {
        throw new Error('unexpected null');
      },
    };
    const healthy = rule(() => found);
    expect(detect([broken, healthy], cluster)).toEqual({
      detected: [{ rule: healthy, symptom, cluster }],
      failures: [{ rule: 'image-pull', object: null, message: 'unexpected null' }],
    });
  });

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
