import { describe, expect, test } from 'vitest';
import { arbitrate, isExplained } from '../../src/incidents/arbitrate.ts';
import { ownText, plainText } from '../../src/untrusted/prose.ts';
import { foundBy, ref } from './findings.ts';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { changeOf } from '../../src/model/change.ts';

const image = foundBy('image-rule', { phase: 'image' });
const memory = foundBy('memory-rule', { phase: 'runtime' });
const seen = foundBy('seen-rule', { phase: 'startup', givesWayTo: 'any' });
const guess = { confidence: [{ factor: 0.4, reason: ownText('a guess') }] };

/** `rule ← followers` of each finding that stands. */
function standing(...found: Parameters<typeof arbitrate>[0]): readonly string[] {
  return arbitrate(found).map(({ finding, followers }) =>
    [finding.rule, ...followers.map(({ rule }) => rule)].join(' ← '),
  );
}

describe('two rules on one container', () => {
  test('are one failure, which the earlier phase leads', () => {
    expect(standing(memory, image)).toEqual(['image-rule ← memory-rule']);
    expect(standing(image, memory)).toEqual(['image-rule ← memory-rule']);
  });

  test('are led by the proven one', () => {
    expect(standing(foundBy('image-rule', { phase: 'image', ...guess }), memory)).toEqual([
      'memory-rule ← image-rule',
    ]);
  });

  test('say why the other one is not the cause', () => {
    const [{ finding }] = arbitrate([memory, image]) as [ReturnType<typeof arbitrate>[0]];
    expect(finding.ruledOut.map(({ what, because }) => `${plainText(what)}: ${plainText(because)}`)).toEqual([
      'memory-rule, made up: the same pods fail in phase image, which comes before runtime',
    ]);
  });

  test('of one phase are led by the one with an edit, then by the surer one', () => {
    const change = changeOf<Scalar>(ref('Deployment', 'ferry'), 'spec.replicas', 1, 2);
    const sure = foundBy('sure-rule', { confidence: [{ factor: 0.95, reason: ownText('seen') }] });
    const less = foundBy('less-rule', { confidence: [{ factor: 0.8, reason: ownText('likely') }] });
    const fix = foundBy('fix-rule', { changes: [change], verdict: 'fix' });
    expect(standing(less, sure)).toEqual(['sure-rule ← less-rule']);
    expect(standing(sure, less)).toEqual(['sure-rule ← less-rule']);
    expect(standing(less, sure, fix)).toEqual(['fix-rule ← less-rule ← sure-rule']);
  });

  test('are two failures where different pods show them', () => {
    const older = foundBy('memory-rule', { seenOn: [ref('Pod', 'ferry-0')] });
    expect(standing(older, image)).toEqual(['memory-rule', 'image-rule']);
  });

  test('are two failures where one phase has two changes', () => {
    const change = changeOf<Scalar>(ref('Deployment', 'ferry'), 'spec.replicas', 1, 2);
    const fixes = ['one-rule', 'other-rule'].map((rule) =>
      foundBy(rule, { changes: [change], verdict: 'fix' }),
    );
    expect(standing(...fixes)).toEqual(['one-rule', 'other-rule']);
  });
});

test('findings on different containers are different failures', () => {
  expect(standing(image, foundBy('memory-rule', { container: 'proxy' }))).toEqual([
    'image-rule',
    'memory-rule',
  ]);
});

describe('a finding that gives way', () => {
  test('to any follows whatever explains the container, proven or not, and is not ruled out', () => {
    expect(standing(seen, foundBy('memory-rule', guess))).toEqual(['memory-rule ← seen-rule']);
    expect(arbitrate([seen, memory])[0]!.finding.ruledOut).toEqual([]);
  });

  test('to any stands where nothing else is found', () => {
    expect(standing(seen)).toEqual(['seen-rule']);
    expect(standing(seen, foundBy('memory-rule', { container: 'proxy' }))).toEqual([
      'seen-rule',
      'memory-rule',
    ]);
  });

  test('to any follows the first of several such rules', () => {
    const last = foundBy('last-rule', { phase: 'admission', givesWayTo: 'any', container: null });
    expect(standing(seen, last)).toEqual(['seen-rule ← last-rule']);
  });

  test('to a rule that it names follows that one, even from an earlier phase', () => {
    const config = foundBy('config-rule', { phase: 'configuration', givesWayTo: ['memory-rule'] });
    expect(standing(config, memory)).toEqual(['memory-rule ← config-rule']);
    expect(standing(config, seen)).toEqual(['config-rule ← seen-rule']);
    expect(plainText(arbitrate([config, memory])[0]!.finding.ruledOut[0]!.because)).toBe(
      'memory-rule explains what it sees',
    );
  });

  test('stands where two rules name each other', () => {
    const one = foundBy('one-rule', { givesWayTo: ['other-rule'] });
    const other = foundBy('other-rule', { givesWayTo: ['one-rule'] });
    expect(standing(one, other)).toEqual(['other-rule ← one-rule']);
  });
});

describe('a symptom', () => {
  const { symptom } = memory;

  test.each([
    ['the same container', { container: 'server' }, true],
    ['the object as a whole', { container: null }, true],
    ['another container', { container: 'proxy' }, false],
    ['another object', { object: ref('Deployment', 'pier') }, false],
    ['the same name in another namespace', { object: ref('Deployment', 'ferry', 'test') }, false],
  ])('is explained or not by a finding of %s', (_name, other, explained) => {
    expect(isExplained(symptom, [{ symptom: { ...symptom, ...other } }])).toBe(explained);
  });
});
