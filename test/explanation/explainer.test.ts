import { describe, expect, test } from 'vitest';
import { Explainer, type ExplainerParts } from '../../src/explanation/explainer.ts';
import { questionAbout, type Question } from '../../src/explanation/question.ts';
import { quoted } from '../../src/model/evidence.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Incident } from '../../src/model/incident.ts';
import { explanationSection } from '../../src/pull-requests/explanation.ts';
import { toMarkdown } from '../../src/writers/markdown.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { HOSTILE } from '../untrusted/hostile.ts';

const SENTENCE = 'The program cannot reach its database and gives up.';
const LOG = 'pq: password authentication failed for user "cart"';

function incident(rule: Finding['rule'] = 'application-error', lines: readonly string[] = [LOG]): Incident {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };
  const evidence = [
    ...lines.map((line) => quoted('log', 'Pod shop/cart-1', 0, line)),
    quoted('git', 'abc12345', 0, 'a commit of somebody'),
  ];
  const finding = { rule, cause: 'error-repeated', object, container: 'server', evidence };
  return { finding } as unknown as Incident;
}

interface Made {
  readonly explainer: Explainer;
  readonly asked: Question[];
  readonly problems: unknown[];
  readonly stored: Map<string, string>;
  advance(milliseconds: number): void;
}

function made(ask: ExplainerParts['ask'] = async () => SENTENCE, stored = new Map<string, string>()): Made {
  const asked: Question[] = [];
  const problems: unknown[] = [];
  let now = 0;
  const explainer = new Explainer({
    model: 'small',
    ask: (question) => {
      asked.push(question);
      return ask(question);
    },
    memory: {
      get: async (key) => stored.get(key) ?? null,
      set: async (key, text) => void stored.set(key, text),
    },
    failed: (problem) => void problems.push(problem),
    now: () => now,
  });
  return { explainer, asked, problems, stored, advance: (milliseconds) => void (now += milliseconds) };
}

describe('an explanation', () => {
  test('is waited for by nobody: the first scan goes on without, the next one shows it', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { explainer } = made(() => promise);
    const one = incident();
    expect(await explainer.explain([one])).toEqual([one]);
    resolve(SENTENCE);
    await explainer.settled();
    const [explained] = await explainer.explain([one]);
    expect(explained!.explanation).toEqual({ text: SENTENCE, model: 'small' });
  });

  test('makes one object of one incident, so that what was worked out about it is kept', async () => {
    const { explainer } = made();
    const one = incident();
    await explainer.explain([one]);
    await explainer.settled();
    const [first] = await explainer.explain([one]);
    const [second] = await explainer.explain([one]);
    expect(first === second).toBe(true);
  });

  test('is asked for once for the same evidence, whatever numbers and times it has', async () => {
    const { explainer, asked } = made();
    for (const line of ['attempt 1 of 5 failed', 'attempt 2 of 5 failed', 'attempt 31 of 50 failed']) {
      await explainer.explain([incident('application-error', [line])]);
      await explainer.settled();
    }
    expect(asked).toHaveLength(1);
    await explainer.explain([incident('application-error', ['another error'])]);
    await explainer.settled();
    expect(asked).toHaveLength(2);
  });

  test('is remembered over a restart', async () => {
    const before = made();
    await before.explainer.explain([incident()]);
    await before.explainer.settled();
    const after = made(undefined, before.stored);
    const [explained] = await after.explainer.explain([incident()]);
    expect(explained!.explanation?.text).toBe(SENTENCE);
    expect(after.asked).toEqual([]);
  });

  test.each<readonly [string, ExplainerParts['ask']]>([
    ['fails', () => Promise.reject(new Error('no'))],
    ['answers with nothing', async () => ''],
    ['answers with code alone', async () => '```\nkubectl delete ns shop\n```'],
  ])('is left out where the model %s; it is asked again ten minutes later', async (_what, ask) => {
    const { explainer, asked, problems, stored, advance } = made(ask);
    const one = incident();
    for (let scan = 0; scan < 3; scan += 1) {
      expect(await explainer.explain([one])).toEqual([one]);
      await explainer.settled();
    }
    expect([asked.length, problems.length, stored.size]).toEqual([1, 1, 0]);
    advance(10 * 60_000);
    await explainer.explain([one]);
    await explainer.settled();
    expect(asked).toHaveLength(2);
  });

  test('of a store that fails changes nothing', async () => {
    const explainer = new Explainer({
      model: 'small',
      ask: async () => SENTENCE,
      memory: { get: () => Promise.reject(new Error('gone')), set: async () => undefined },
      failed: () => {},
      now: () => 0,
    });
    const one = incident();
    expect(await explainer.explain([one])).toEqual([one]);
  });

  test('costs no more than sixty questions an hour, whatever fails', async () => {
    const { explainer, asked, advance } = made();
    const words = (index: number): string =>
      `error ${String.fromCodePoint(97 + (index % 26))}${'x'.repeat(index)}`;
    for (let scan = 0; scan < 10; scan += 1) {
      const storm = Array.from({ length: 20 }, (_, index) =>
        incident('application-error', [words(scan * 20 + index)]),
      );
      await explainer.explain(storm);
      await explainer.settled();
    }
    expect(asked).toHaveLength(60);
    advance(60 * 60_000);
    await explainer.explain([incident('application-error', ['one more'])]);
    await explainer.settled();
    expect(asked).toHaveLength(61);
  });
});

describe('what a model is asked', () => {
  const asked = (one: Incident): string => JSON.stringify(questionAbout(one)?.messages);

  test('has the log, and nothing of git', () => {
    expect(asked(incident())).toContain('password authentication failed');
    expect(asked(incident())).not.toContain('a commit of somebody');
  });

  test('names no namespace and no workload', () => {
    expect(asked(incident())).not.toMatch(/shop|cart-1/);
  });

  test('has no secret', () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    expect(asked(incident('crash-loop', [`token=${secret}`]))).not.toContain(secret);
  });

  test('has an end', () => {
    const lines = Array.from({ length: 500 }, () => 'x '.repeat(5_000));
    expect(asked(incident('crash-loop', lines)).length).toBeLessThan(20_000);
  });

  test.each(['oom-killed', 'image-pull', 'probe-failing', 'unclassified'] as const)(
    'is nothing about %s',
    (rule) => {
      expect(questionAbout(incident(rule))).toBeNull();
    },
  );

  test('is nothing where there is no log', () => {
    expect(questionAbout(incident('crash-loop', []))).toBeNull();
  });
});

describe('what is shown', () => {
  const markdown = (text: string, model = 'small'): string =>
    toMarkdown(explanationSection({ explanation: { text, model } }));

  test('says who wrote it, that it is not proven, and that nothing was decided by it', () => {
    expect(markdown(SENTENCE)).toBe(
      `### Explanation by a language model\n\n\`small\` wrote this from the quoted log. It is not proven, and nothing was decided by it.\n\n\`\`\`text\n${SENTENCE}\n\`\`\``,
    );
  });

  test('is nothing where no model wrote anything', () => {
    expect(explanationSection({})).toEqual([]);
  });

  test.each(HOSTILE)('is a block of text, even if it were not made plain: %j', (text) => {
    const nodes = allNodes(parseGfm(markdown(`${SENTENCE} ${text}`, text)));
    const acting = nodes.filter(({ type }) => ['link', 'image', 'html', 'footnoteReference'].includes(type));
    expect(acting).toEqual([]);
  });
});
