import { loadAll } from 'js-yaml';
import { expect } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { isKubernetesObject, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { confidenceOf, type Finding, type Guard, type Verdict } from '../../src/model/finding.ts';
import { detect } from '../../src/incidents/detect.ts';
import type { Answers, Need } from '../../src/model/need.ts';
import { Ask, type Answer } from '../../src/model/ask.ts';
import type { Detected, Rule } from '../../src/rules/define-rule.ts';
import { oddSentences } from '../odd-sentences.ts';
import { inline } from '../../src/untrusted/markdown.ts';
import { maskedLog } from '../../src/untrusted/masked.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { kindsNotStated } from './kinds-asked.ts';

/** A moment of a made-up cluster, and what a rule is told when it asks for more. */
export interface Situation {
  /** Objects, or YAML texts of one or more documents. */
  readonly objects: readonly (KubernetesObject | string | readonly KubernetesObject[])[];
  /** What needs are answered with; a need without an answer here could not be found out. Each must be asked for. */
  readonly answers?: readonly Answered[];
  /** RFC 3339; by default noon of the day that the builders' objects are made. */
  readonly now?: string;
  readonly memoryFactor?: number;
}

/** What a finding must be. What is left out is not compared. */
export interface Expected {
  readonly cause: string;
  readonly verdict: Verdict;
  /** `Deployment shop/cart` */
  readonly object?: string;
  readonly container?: string | null;
  /** `[field, before, after]` of each change, all of them; none unless given. */
  readonly changes?: readonly (readonly [string, unknown, unknown])[];
  /** Kinds of the guards, all of them; none unless given. */
  readonly guards?: readonly Guard['kind'][];
  /** Texts that the summary, root cause, reason, advice, guards or evidence must contain. */
  readonly says?: readonly string[];
  readonly neverSays?: readonly string[];
  /** The least and the greatest confidence. */
  readonly confidence?: readonly [number, number];
  readonly occurrences?: number;
}

export interface Answered {
  readonly matches: (need: Need) => boolean;
  readonly what: string;
  readonly answer: unknown;
}

/** Answers every need of a kind whose fields include these. */
export function answer<K extends Need['kind']>(
  kind: K,
  fields: Partial<Extract<Need, { kind: K }>>,
  value: K extends 'log' ? string | null : Answers[K],
): Answered {
  return {
    matches: (need) => need.kind === kind && includes(need, fields),
    what: `${kind} ${JSON.stringify(fields)}`,
    answer: kind === 'log' && typeof value === 'string' ? maskedLog(value) : value,
  };
}

/** Asserts that the rule makes exactly one finding, and what it is. */
export function fires(rule: Rule, situation: Situation, expected: Expected): Finding {
  const findings = findingsOf(rule, situation);
  expect(
    findings.map(({ object, container }) => `${object.kind} ${object.name} ${container}`),
    'findings',
  ).toHaveLength(1);
  const finding = findings[0]!;
  expect(finding.rule).toBe(rule.id);
  expect(Object.keys(rule.causes), 'the causes of the rule').toContain(finding.cause);
  expect({
    cause: finding.cause,
    verdict: finding.verdict,
    reason: plainText(finding.reason),
    changes: finding.changes.map(({ field, before, after }) => [field.text, before, after]),
    guards: finding.guards.map(({ kind }) => kind),
  }).toEqual({
    cause: expected.cause,
    verdict: expected.verdict,
    reason: expect.any(String),
    changes: expected.changes ?? [],
    guards: expected.guards ?? [],
  });
  const { kind, namespace, name } = finding.object;
  if (expected.object !== undefined) expect(`${kind} ${namespace}/${name}`).toBe(expected.object);
  if (expected.container !== undefined) expect(finding.container).toBe(expected.container);
  if (expected.occurrences !== undefined) expect(finding.occurrences).toBe(expected.occurrences);
  for (const said of sentencesOf(finding)) expect(oddSentences(said), said).toEqual([]);
  for (const text of expected.says ?? []) expect(textOf(finding)).toContain(text);
  for (const text of expected.neverSays ?? []) expect(textOf(finding)).not.toContain(text);
  if (expected.confidence) {
    expect(confidenceOf(finding.confidence)).toBeGreaterThanOrEqual(expected.confidence[0]);
    expect(confidenceOf(finding.confidence)).toBeLessThanOrEqual(expected.confidence[1]);
  }
  return finding;
}

/** Asserts that the rule finds nothing: it sees no symptom, or each turns out to be none of its own. */
export function silent(rule: Rule, situation: Situation): void {
  const findings = findingsOf(rule, situation);
  expect(findings.map(textOf)).toEqual([]);
}

/** Everything the rule finds, in the order of detection. */
export function findingsOf(rule: Rule, situation: Situation): readonly Finding[] {
  const { cluster, kinds } = kindsNotStated(rule, stateOf(situation));
  const unused = new Set(situation.answers);
  const { detected, failures } = detect([rule], cluster);
  expect(failures, 'what the rule breaks on').toEqual([]);
  const findings = detected.flatMap((one) => investigated(one) ?? []);
  expect(
    [...unused].map(({ what }) => what),
    'answers that were never asked for',
  ).toEqual([]);
  expect([...kinds], 'kinds that the rule reads and that its `reads` does not have').toEqual([]);
  return findings;

  function investigated({ investigate }: Detected): Finding | null {
    const asking = investigate(new Ask({ memoryFactor: situation.memoryFactor ?? 2 }));
    let step = asking.next([]);
    for (let round = 0; !step.done && round < 20; round += 1) step = asking.next(step.value.map(answerTo));
    if (!step.done) throw new Error('asks without end');
    return step.value;
  }

  function answerTo(need: Need): Answer {
    const given = situation.answers?.find(({ matches }) => matches(need));
    if (given) unused.delete(given);
    return (given?.answer ?? null) as Answer;
  }
}

/** All that a finding says, as people read it. */
export function textOf(finding: Finding): string {
  return [
    finding.summary,
    finding.rootCause,
    finding.reason,
    ...finding.advice,
    ...finding.guards.map(({ reason }) => reason),
    ...finding.confidence.map(({ reason }) => reason),
    ...finding.evidence.map(({ text }) => text),
    ...finding.ruledOut.flatMap(({ what, because }) => [what, because]),
  ]
    .map(plainText)
    .join('\n');
}

/** What a finding says in words of ours, each by itself. */
function sentencesOf(finding: Finding): readonly string[] {
  return [
    finding.summary,
    finding.rootCause,
    finding.reason,
    ...finding.advice,
    ...finding.guards.map(({ reason }) => reason),
    ...finding.confidence.map(({ reason }) => reason),
  ].map((text) => inline(text));
}

function stateOf({ objects, now }: Pick<Situation, 'objects' | 'now'>) {
  return buildState({
    name: 'prod-eu',
    now: Date.parse(now ?? '2026-03-02T12:00:00Z'),
    objects: objects.flatMap((item) =>
      typeof item === 'string' ? loadAll(item).filter(isKubernetesObject) : item,
    ),
    problems: [],
    recorded: null,
  });
}

function includes(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null) return false;
  return Object.entries(part).every(([key, value]) =>
    includes((whole as Record<string, unknown>)[key], value),
  );
}
