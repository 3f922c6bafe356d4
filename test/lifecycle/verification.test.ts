import { describe, expect, test } from 'vitest';
import { decidedAt, verify, type Observation, type Verification } from '../../src/lifecycle/verification.ts';
import { deployment } from '../pull-requests/proposals.ts';

const MINUTE = 60_000;
const MERGED = 1_000 * MINUTE;

const failure = (name: string, firstSeen = MERGED + 5 * MINUTE) => ({
  object: deployment(name),
  summary: `${name} fails`,
  firstSeen,
});
const told = (name: string) => ({ object: deployment(name), summary: `${name} fails` });

function seen(minutes: number, more: Partial<Observation> = {}): Observation {
  return {
    now: MERGED + minutes * MINUTE,
    mergedAt: MERGED,
    quiet: 15 * MINUTE,
    applied: 'yes',
    isReadable: true,
    ending: null,
    isRollingOut: false,
    same: [],
    others: [],
    ...more,
  };
}

const at = (minutes: number): number => MERGED + minutes * MINUTE;
const waiting: Verification = { phase: 'waiting', failing: [], isLate: false };
const watching: Verification = { phase: 'watching', failing: [], appliedAt: at(3), quietSince: at(3) };
const seenStill: Verification = { ...watching, quietSince: null };

describe('the verification of a merged change', () => {
  test.each<[string, Verification | null, Observation, Verification]>([
    ['waits until it is applied', null, seen(1, { applied: 'no' }), waiting],
    ['waits where it cannot be seen', waiting, seen(2, { applied: 'unknown' }), waiting],
    [
      'gives a rollout that makes progress more time',
      seenStill,
      seen(20, { same: [failure('cart')], isRollingOut: true }),
      seenStill,
    ],
    [
      'does not call quiet what is scaled to zero',
      watching,
      seen(60, { ending: 'scaled-to-zero' }),
      { ...watching, quietSince: null, isStopped: true },
    ],
    [
      'waits for what is made anew',
      watching,
      seen(5, { ending: 'deleted', applied: 'unknown' }),
      { ...watching, quietSince: null, isStopped: true },
    ],
    [
      'ends with what was deleted',
      watching,
      seen(60, { ending: 'deleted', applied: 'unknown' }),
      { phase: 'gone', appliedAt: at(3), at: at(60), because: 'deleted' },
    ],
    [
      'begins the quiet time once it runs again',
      { ...watching, quietSince: null, isStopped: true },
      seen(60, { ending: 'recovered' }),
      { ...watching, quietSince: at(60) },
    ],
    [
      'is late after a quarter of an hour',
      waiting,
      seen(15, { applied: 'no' }),
      { ...waiting, isLate: true },
    ],
    [
      'gives up after a day',
      waiting,
      seen(24 * 60, { applied: 'no' }),
      { phase: 'not-applied', at: at(24 * 60) },
    ],
    [
      'is overtaken by another value',
      waiting,
      seen(2, { applied: 'other' }),
      { phase: 'overtaken', at: at(2) },
    ],
    [
      'remembers what failed before it was applied',
      waiting,
      seen(6, { applied: 'no', others: [failure('web')] }),
      { ...waiting, failing: [deployment('web')] },
    ],
    ['is quiet from the moment it is applied', waiting, seen(3), watching],
    ['applied, and still seen', waiting, seen(3, { same: [failure('cart')] }), seenStill],
    ['goes on watching', watching, seen(17), watching],
    [
      'is resolved after the quiet time',
      watching,
      seen(18),
      { phase: 'resolved', appliedAt: at(3), quietSince: at(3), at: at(18) },
    ],
    ['begins the quiet time anew', watching, seen(10, { same: [failure('cart')] }), seenStill],
    ['is patient with a rollout', seenStill, seen(12, { same: [failure('cart')] }), seenStill],
    [
      'still fails after it',
      seenStill,
      seen(13, { same: [failure('cart')] }),
      { phase: 'still-failing', appliedAt: at(3), at: at(13), seen: [told('cart')] },
    ],
    ['counts the quiet time from the last sighting', seenStill, seen(9), { ...watching, quietSince: at(9) }],
    ['believes nothing that it could not see', watching, seen(60, { isReadable: false }), watching],
    [
      'is worse when something healthy fails',
      watching,
      seen(6, { others: [failure('web')] }),
      { phase: 'worse', appliedAt: at(3), at: at(6), seen: [told('web')], revert: null },
    ],
    [
      'is not worse when it failed before',
      { ...watching, failing: [deployment('web')] },
      seen(6, { others: [failure('web')] }),
      { ...watching, failing: [deployment('web')] },
    ],
    [
      'is overtaken when it is taken back',
      watching,
      seen(6, { applied: 'no' }),
      { phase: 'overtaken', at: at(6) },
    ],
    [
      'at a late first look: what began before the merge was there before',
      null,
      seen(30, { others: [failure('web', MERGED - 1)] }),
      { phase: 'watching', failing: [deployment('web')], appliedAt: at(30), quietSince: at(30) },
    ],
    [
      'at a late first look: what began after it is new',
      null,
      seen(30, { others: [failure('web')] }),
      { phase: 'worse', appliedAt: at(30), at: at(30), seen: [told('web')], revert: null },
    ],
  ])('%s', (_what, known, observation, expected) => {
    expect(verify(known, observation)).toEqual(expected);
  });

  test.each<Verification>([
    { phase: 'resolved', appliedAt: at(3), quietSince: at(3), at: at(18) },
    { phase: 'still-failing', appliedAt: at(3), at: at(13), seen: [] },
    { phase: 'worse', appliedAt: at(3), at: at(6), seen: [], revert: null },
    { phase: 'not-applied', at: at(6) },
    { phase: 'overtaken', at: at(6) },
  ])('stays decided: $phase', (verdict) => {
    const everything = seen(100, { same: [failure('cart')], others: [failure('web')] });
    expect(verify(verdict, everything)).toBe(verdict);
  });
});

describe('when time alone takes a verification further', () => {
  test.each<[string, Verification, number | null]>([
    ['is when it becomes late', waiting, at(15)],
    ['is when it is given up, once it is late', { ...waiting, isLate: true }, at(24 * 60)],
    ['is when its rollout has had its time, while the failure is still seen', seenStill, at(13)],
    ['is the end of its quiet time', watching, at(18)],
    ['is the end of a quiet time that has grown', { ...watching, quiet: 60 * MINUTE }, at(63)],
    ['is never, once it is decided', { phase: 'overtaken', at: at(5) }, null],
  ])('%s', (_what, verification, expected) => {
    expect(decidedAt(verification, MERGED, 15 * MINUTE)).toBe(expected);
  });
});
