import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { trustedConfidence, trustPart } from '../../src/decisions/trust.ts';
import { confidenceOf } from '../../src/model/finding.ts';
import type { FixVerdict } from '../../src/model/verdict.ts';
import { plainText, prose } from '../../src/untrusted/prose.ts';

const { trust } = DEFAULT_CONFIG;
const verdict = fc.constantFrom<FixVerdict>('held', 'rejected', 'reverted', 'failed');
const verdicts = fc.array(verdict, { maxLength: 40 });
const confidence = fc.double({ min: 0.01, max: 1, noNaN: true });
const bounds = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([one, other]) => ({ min: Math.min(one, other), max: Math.max(one, other) }));
const times = (count: number, of: FixVerdict): readonly FixVerdict[] =>
  Array.from({ length: count }, () => of);

describe('earlier fixes', () => {
  test('that held raise the confidence, as the mean of a Beta distribution', () => {
    expect(trustedConfidence(0.9, times(4, 'held'), trust)).toBeCloseTo((5 * 0.9 + 4) / 9);
  });

  test.each(['rejected', 'reverted', 'failed'] as const)('one that was %s lowers it at once', (bad) => {
    expect(trustedConfidence(0.9, [bad], trust)).toBeCloseTo(0.75);
    expect(trustedConfidence(0.9, [bad, ...times(4, 'held')], trust)).toBeLessThan(0.9);
  });

  test('are said in one line, and nothing is said without any', () => {
    const parts = [{ factor: 0.9, reason: prose`the tag is missing` }];
    const part = trustPart(parts, times(4, 'held'), trust)!;
    expect(plainText(part.reason)).toBe(
      '4 of 4 earlier fixes of this kind held here: confidence 0.90 → 0.94',
    );
    expect(confidenceOf([...parts, part])).toBe(0.94);
    expect(plainText(trustPart(parts, ['rejected'], trust)!.reason)).toBe(
      '0 of 1 earlier fix of this kind held here: confidence 0.90 → 0.75',
    );
    expect(trustPart(parts, [], trust)).toBeNull();
    expect(trustPart(parts, ['held'], { ...trust, mode: 'off' })).toBeNull();
    expect(trustPart([{ factor: 1, reason: prose`sure` }], ['held'], trust)).toBeNull();
  });

  test('never lead beyond the bounds, nor from a confidence that is beyond one further on', () => {
    fc.assert(
      fc.property(confidence, verdicts, bounds, (before, some, { min, max }) => {
        const after = trustedConfidence(before, some, { min, max });
        expect(after).toBeGreaterThanOrEqual(Math.min(before, min) - 1e-9);
        expect(after).toBeLessThanOrEqual(Math.max(before, max) + 1e-9);
      }),
    );
  });

  test('never lower it by one more that held, nor raise it by one more that did not', () => {
    fc.assert(
      fc.property(confidence, fc.array(verdict, { maxLength: 19 }), bounds, (before, some, within) => {
        const now = trustedConfidence(before, some, within);
        expect(trustedConfidence(before, ['held', ...some], within)).toBeGreaterThanOrEqual(now - 1e-9);
        for (const bad of ['rejected', 'reverted', 'failed'] as const)
          expect(trustedConfidence(before, [bad, ...some], within)).toBeLessThanOrEqual(now + 1e-9);
      }),
    );
  });

  test('keep the order of two confidences', () => {
    fc.assert(
      fc.property(confidence, confidence, verdicts, bounds, (one, other, some, within) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(trustedConfidence(low, some, within)).toBeLessThanOrEqual(
          trustedConfidence(high, some, within) + 1e-9,
        );
      }),
    );
  });
});
