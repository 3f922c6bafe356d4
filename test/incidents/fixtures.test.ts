import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { describeRef } from '../../src/kubernetes/objects.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { IncidentResult } from '../../src/model/report.ts';
import { diagnose } from '../../src/pipeline.ts';
import { affectedText, backOffText, endText } from '../../src/pull-requests/incident-lines.ts';
import { whatChanged } from '../../src/pull-requests/what-changed.ts';
import { rules } from '../../src/rules/index.ts';
import { inline } from '../../src/untrusted/markdown.ts';
import { plainText, type Prose } from '../../src/untrusted/prose.ts';
import { oddSentences } from '../odd-sentences.ts';
import { MOST_OPEN_LINES, openLines } from '../pull-requests/open-lines.ts';
import { cases, failing, FOLDER, inputOf, seenIn, type Case } from './cases.ts';

test.each(rules)('$id has a case in which it fires and one in which it is silent', ({ id }) => {
  const own = cases.filter(({ rule }) => rule === id);
  expect(own.some(({ finds }) => finds.some(({ rule }) => rule === id))).toBe(true);
  expect(own.some(({ finds }) => finds.length === 0)).toBe(true);
});

test('each cause has a case in which it is found, but for those that are listed', () => {
  const found = cases.flatMap(({ finds, followers }) => [
    ...finds.map(({ rule, cause }) => `${rule}/${cause}`),
    ...followers,
  ]);
  const listed = load(readFileSync(join(FOLDER, '../causes-without-a-case.yaml'), 'utf8')) as string[];
  const known = new Set([...found, ...listed]);
  const all = rules.flatMap(({ id, causes }) => Object.keys(causes).map((cause) => `${id}/${cause}`));
  expect(all.filter((cause) => !known.has(cause))).toEqual([]);
});

describe.each(cases)('$name', (one) => {
  test('is found as it says', async () => {
    const { results, problems } = await diagnose(await inputOf(one, failing(one)));
    expect(problems).toEqual([]);
    expect(results.map(foundIn)).toEqual(one.finds.map(withoutWords));
    for (const [index, { says = [] }] of one.finds.entries())
      for (const words of says) expect(saidBy(results[index]!.incident)).toContain(words);
    const bodies = results.flatMap(({ pullRequest }) => pullRequest?.body ?? []);
    for (const body of bodies) expect(openLines(body), body).toBeLessThanOrEqual(MOST_OPEN_LINES);
    const told = [...bodies, ...results.map(({ incident }) => sentencesOf(incident))];
    expect(told.flatMap(oddSentences).filter((odd) => !odd.startsWith('said twice'))).toEqual([]);
    expect(results.flatMap(({ incident: { finding } }) => saidTwice(finding.rootCause))).toEqual([]);
  });

  test('is silent for every rule that it does not name', async () => {
    const { findings, mistakes } = await seenIn(one, failing(one));
    expect(mistakes).toEqual([]);
    expect(namesOf(findings)).toEqual(
      [...new Set([...one.finds.map(({ rule, cause }) => `${rule}/${cause}`), ...one.followers])].toSorted(),
    );
  });

  test('is silent for all rules once it is repaired', async () => {
    if (one.finds.length === 0 && one.repaired === null) return;
    expect(one.repaired, 'the cluster once all is well: repaired.yaml').not.toBeNull();
    const { findings, mistakes } = await seenIn(one, one.repaired!);
    expect(mistakes).toEqual([]);
    expect(namesOf(findings)).toEqual([]);
  });
});

function namesOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ rule, cause }) => `${rule}/${cause}`))].toSorted();
}

function foundIn({ incident: { finding }, decision, located }: IncidentResult) {
  const { rule, cause, object, container, culprit, affected } = finding;
  const changes = (located?.kind === 'located' ? located.changes : []).map(
    ({ site, before, after }) => `${site.file}:${site.line} ${before} → ${after}`,
  );
  return {
    rule,
    cause,
    object: describeRef(object),
    ...(container === null ? {} : { container }),
    ...(affected.length === 0 ? {} : { culprit: describeRef(culprit) }),
    action: decision.action,
    ...(changes.length === 0 ? {} : { changes }),
  };
}

function withoutWords(find: Case['finds'][number]) {
  const { says, ...found } = find;
  return says === undefined ? find : found;
}

/** What a rule says of its own, as Markdown writes it. */
function sentencesOf({ finding: { summary, rootCause, reason, advice } }: Incident): string {
  return [summary, rootCause, reason, ...advice].map((text) => inline(text)).join('\n\n');
}

/** Whole sentences of a text that stand in it again, values included. */
function saidTwice(text: Prose): readonly string[] {
  const sentences = plainText(text).split(/(?<=[.!?])\s+/);
  return sentences.filter((one, index) => one.length > 30 && sentences.indexOf(one) < index);
}

function saidBy(incident: Incident): string {
  const { summary, rootCause, reason, advice, evidence } = incident.finding;
  const changed = whatChanged(incident);
  const told = [
    ...(changed?.since ? [changed.since] : []),
    ...(changed?.items ?? []).map(({ text }) => text),
    ...[affectedText(incident), endText(incident), backOffText(incident)].filter((text) => text !== null),
  ];
  return [summary, rootCause, reason, ...advice, ...evidence.map(({ text }) => text), ...told]
    .map(plainText)
    .join('\n');
}
