import { expect, test } from 'vitest';
import { arbitrate, type Found } from '../../src/incidents/arbitrate.ts';
import { overtake } from '../../src/incidents/overtake.ts';
import { changeOf } from '../../src/model/change.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { foundBy, ref } from './findings.ts';

const LIMIT = 'spec.template.spec.containers[name=server].resources.limits.memory';
const ferry = ref('Deployment', 'ferry');
const raise = changeOf(ferry, LIMIT, '512Mi', '768Mi');
const near = foundBy('memory-near-limit', { foresees: true, changes: [raise], verdict: 'fix' });

function overtaken(failing: readonly Found[], foreseen: readonly Found[] = [near]) {
  return overtake(arbitrate(failing), arbitrate(foreseen));
}

test('a failure of the same field has what foresaw it as a follower, and its quote as evidence', () => {
  const {
    overtaken: [killed],
    ahead,
  } = overtaken([foundBy('oom-killed', { changes: [raise], verdict: 'fix' })]);
  expect(ahead).toEqual([]);
  expect(killed!.followers.map(({ rule }) => rule)).toEqual(['memory-near-limit']);
  expect(killed!.finding.evidence.map(({ text }) => plainText(text))).toContain(
    'memory-near-limit saw ferry',
  );
  expect(killed!.finding.ruledOut).toEqual([]);
});

test('a failure of the object as a whole overtakes too', () => {
  expect(overtaken([foundBy('create-failed', { container: null })]).ahead).toEqual([]);
});

test.each([
  ['nothing fails', []],
  ['another container fails', [foundBy('oom-killed', { container: 'sidecar' })]],
  ['another workload fails', [foundBy('oom-killed', { object: ref('Deployment', 'tug') })]],
])('it stays ahead while %s', (_what, failing) => {
  const { overtaken: failures, ahead } = overtaken(failing);
  expect(ahead.map(({ finding }) => finding.rule)).toEqual(['memory-near-limit']);
  expect(failures.every(({ followers }) => followers.length === 0)).toBe(true);
});
