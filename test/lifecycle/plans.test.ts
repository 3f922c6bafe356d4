import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import type { PullRequest } from '../../src/github/host.ts';
import { branchAfter, ownFor, ownFrom, revertBranch, type Own } from '../../src/lifecycle/own.ts';
import { planAbsent, type AbsentPlan, type AbsentSituation } from '../../src/lifecycle/plan-absent.ts';
import { planMerge, type MergePlan, type MergeSituation } from '../../src/lifecycle/plan-merge.ts';
import { planOpen, type OpenPlan, type OpenSituation } from '../../src/lifecycle/plan-open.ts';
import { planProposal, type ProposalSituation } from '../../src/lifecycle/plan-proposal.ts';
import { printMarker, type Marker } from '../../src/pull-requests/marker.ts';
import { ownText, prose } from '../../src/untrusted/prose.ts';
import { NOW } from '../pull-requests/proposals.ts';

const DAY = 24 * 60 * 60 * 1000;
const KEY = '17b1cbb412fc201a';
const BRANCH = 'faultline/image-pull/cart-17b1cbb4';
const [HEAD, OTHER_HEAD, BASE, NEW_BASE] = ['a1', 'b2', 'c3', 'd4'].map((two) => two.repeat(20)) as [
  string,
  string,
  string,
  string,
];

const MARKER: Marker = {
  version: 1,
  fingerprints: ['9a3f0c1d2e4b5a67'],
  key: KEY,
  before: '88e52fe8a236',
  kinds: ['tag-not-found:event'],
  clusters: ['prod-eu'],
  proven: BASE,
  head: HEAD,
  edit: '0123456789ab',
  material: 'ba9876543210',
  written: NOW - DAY,
};

function pullOf(more: Partial<PullRequest> = {}, marker: Marker | null = MARKER): PullRequest {
  return {
    number: 12,
    id: 'PR_12',
    url: 'https://github.com/acme/infra/pull/12',
    title: 'fix(cart): restore image tag 2.14.3',
    body: marker ? `text\n\n${printMarker(marker)}` : 'text',
    branch: BRANCH,
    base: 'main',
    head: HEAD,
    state: 'open',
    draft: false,
    labels: [],
    autoMerge: false,
    createdAt: NOW - DAY,
    closedAt: null,
    mergedAt: null,
    mergeCommit: null,
    mergedBy: null,
    ...more,
  };
}

function ownOf(more: Partial<PullRequest> = {}, marker: Marker | null = MARKER): Own {
  return ownFrom([pullOf(more, marker)], new Map())[0]!;
}

describe('which pull requests are ours, and for what', () => {
  test.each<[string, Own[], number]>([
    ['its branch and marker', [ownOf()], 1],
    ['its branch, although somebody edited the description', [ownOf({}, null)], 1],
    ['a successor', [ownOf({ branch: branchAfter(BRANCH, 3) })], 1],
    ['another key on the same workload', [ownOf({ branch: 'faultline/image-pull/cart-99999999' }, null)], 0],
    [
      'a revert, which is no proposal',
      [ownOf({ branch: revertBranch(ownOf()) }, { ...MARKER, reverts: 12 })],
      0,
    ],
  ])('%s', (_what, own, count) => {
    expect(ownFor(KEY, own)).toHaveLength(count);
  });

  test.each(['faultline/notes', 'main', 'faultline/image-pull/cart-17b1cbb', 'feature/cart-17b1cbb4'])(
    'not on the branch %s',
    (branch) => {
      expect(ownFrom([pullOf({ branch })], new Map())).toEqual([]);
    },
  );

  test.each<[string, Marker]>([
    ['of another key', { ...MARKER, key: '0000000000000000' }],
    ['that says it reverts, on a branch that does not', { ...MARKER, reverts: 3 }],
  ])('a marker %s does not count', (_what, marker) => {
    expect(ownOf({}, marker).marker).toBeNull();
  });

  test('a revert names the pull request that it takes back', () => {
    const own = ownOf();
    expect(revertBranch(own)).toBe('faultline/revert/cart-17b1cbb4-of-12');
    expect(revertBranch(ownOf({ branch: `${BRANCH}-after-9` }))).toBe('faultline/revert/cart-17b1cbb4-of-12');
    expect(ownOf({ branch: revertBranch(own) }, { ...MARKER, reverts: 12 })).toMatchObject({ reverts: 12 });
  });
});

describe('what becomes of a proposal', () => {
  const situation = (more: Partial<ProposalSituation> = {}): ProposalSituation => ({
    branch: BRANCH,
    kinds: ['tag-not-found:event'],
    own: [],
    limits: DEFAULT_CONFIG.limits,
    perDay: null,
    counts: { open: 0, inLastHour: 0, foreseenInLastDay: 0 },
    silencedBy: null,
    opensNothing: null,
    now: NOW,
    ...more,
  });
  const foreseen = (inLastDay: number): Partial<ProposalSituation> => ({
    perDay: 3,
    counts: { open: 0, inLastHour: 0, foreseenInLastDay: inLastDay },
  });
  const fresh = ['tag-not-found:event', 'tag-not-found:registry'];
  const closed = { state: 'closed', closedAt: NOW - DAY } as const;
  const merged = (days: number) => ({ state: 'merged', mergedAt: NOW - days * DAY }) as const;

  test.each<[string, Partial<ProposalSituation>, string, string?]>([
    ['none yet: opened', {}, 'open', BRANCH],
    ['an open one: kept', { own: [ownOf()] }, 'keep'],
    [
      'an open one above the limit: kept',
      { own: [ownOf()], counts: { open: 99, inLastHour: 99, foreseenInLastDay: 0 } },
      'keep',
    ],
    ['an open one with an edited description: kept', { own: [ownOf({}, null)] }, 'keep'],
    ['an open one beside one that was closed: kept', { own: [ownOf(closed), ownOf()] }, 'keep'],
    ['snoozed: waits', { silencedBy: ownText('ana snoozed it') }, 'wait'],
    ['an open one, snoozed: waits', { own: [ownOf()], silencedBy: ownText('ana snoozed it') }, 'wait'],
    [
      'one below the limits: opened',
      { counts: { open: 9, inLastHour: 19, foreseenInLastDay: 0 } },
      'open',
      BRANCH,
    ],
    ['too many open: waits', { counts: { open: 10, inLastHour: 0, foreseenInLastDay: 0 } }, 'wait'],
    ['too many in an hour: waits', { counts: { open: 0, inLastHour: 20, foreseenInLastDay: 0 } }, 'wait'],
    ['about what is to come, one below the budget: opened', foreseen(2), 'open', BRANCH],
    ['about what is to come, the budget of the day used up: waits', foreseen(3), 'wait'],
    ['about what fails now, that budget used up: opened', { ...foreseen(3), perDay: null }, 'open', BRANCH],
    [
      'about what is to come, closed by a person: respected',
      { ...foreseen(0), own: [ownOf(closed)] },
      'respect',
    ],
    ['closed by a person: respected', { own: [ownOf(closed)] }, 'respect'],
    ['closed by a person, less evidence: respected', { own: [ownOf(closed)], kinds: [] }, 'respect'],
    [
      'closed by a person, new evidence: opened',
      { own: [ownOf(closed)], kinds: fresh },
      'open',
      `${BRANCH}-after-12`,
    ],
    [
      'closed by a person, new evidence, too many open: waits',
      { own: [ownOf(closed)], kinds: fresh, counts: { open: 10, inLastHour: 0, foreseenInLastDay: 0 } },
      'wait',
    ],
    [
      'closed twice, nothing that the first did not know: respected',
      { own: [ownOf({ ...closed, number: 15 }), ownOf(closed, { ...MARKER, kinds: fresh })], kinds: fresh },
      'respect',
    ],
    [
      'closed by a person who edited the description: respected',
      { own: [ownOf(closed, null)], kinds: fresh },
      'respect',
    ],
    [
      'closed before markers told evidence: respected',
      {
        own: [
          ownOf(closed, { version: 1, fingerprints: MARKER.fingerprints, key: KEY, before: MARKER.before }),
        ],
        kinds: fresh,
      },
      'respect',
    ],
    [
      'closed by Faultline: opened again',
      { own: [ownOf(closed, { ...MARKER, closed: 'already-so' })] },
      'open',
      `${BRANCH}-after-12`,
    ],
    ['merged, and the value is back: respected', { own: [ownOf(merged(1))], kinds: fresh }, 'respect'],
    ['merged long ago: opened', { own: [ownOf(merged(8))] }, 'open', `${BRANCH}-after-12`],
  ])('%s', (_what, more, expected, branch) => {
    const plan = planProposal(situation(more));
    expect(plan.do).toBe(expected);
    if (plan.do === 'open') expect(plan.branch).toBe(branch);
  });
});

describe('what becomes of an open pull request', () => {
  const proposal: OpenSituation['proposal'] = {
    commit: BASE,
    edit: MARKER.edit!,
    material: MARKER.material!,
    action: 'propose',
    fingerprints: MARKER.fingerprints,
    clusters: ['prod-eu'],
    kinds: MARKER.kinds!,
  };
  const autoFix = { ...proposal, action: 'auto-fix' } as const;
  const situation = (more: Partial<OpenSituation>): OpenSituation => ({
    marker: MARKER,
    head: HEAD,
    isOurs: true,
    proposal,
    isAsked: false,
    isRebuildAsked: false,
    isMarkerEdited: false,
    now: NOW,
    ...more,
  });
  const soon = { ...MARKER, written: NOW - 60_000 };

  test.each<[string, Partial<OpenSituation>, OpenPlan]>([
    ['nothing new: nothing', {}, { do: 'nothing', why: 'up-to-date' }],
    [
      'less evidence than before: nothing',
      { proposal: { ...proposal, kinds: [] } },
      { do: 'nothing', why: 'up-to-date' },
    ],
    [
      'one of its incidents is over: nothing',
      { proposal: { ...proposal, fingerprints: [] } },
      { do: 'nothing', why: 'up-to-date' },
    ],
    [
      'the base moved elsewhere: nothing',
      { proposal: { ...proposal, commit: NEW_BASE } },
      { do: 'nothing', why: 'up-to-date' },
    ],
    [
      'the base moved elsewhere, and it auto-merges: rebuilt',
      { proposal: { ...autoFix, commit: NEW_BASE } },
      { do: 'rebuild', because: 'base-moved' },
    ],
    ['it auto-merges on its base: nothing', { proposal: autoFix }, { do: 'nothing', why: 'up-to-date' }],
    [
      'its file changed on the base: rebuilt',
      { proposal: { ...proposal, commit: NEW_BASE, edit: 'ffffffffffff' } },
      { do: 'rebuild', because: 'base-changed' },
    ],
    [
      'another edit is wanted: rebuilt',
      { proposal: { ...proposal, edit: 'ffffffffffff' } },
      { do: 'rebuild', because: 'edit-changed' },
    ],
    [
      'another edit is wanted, just written: later',
      { marker: soon, proposal: { ...proposal, edit: 'ffffffffffff' } },
      { do: 'nothing', why: 'soon' },
    ],
    [
      'another edit soon after the last one, which somebody asked for',
      { marker: soon, isAsked: true, proposal: { ...proposal, edit: 'ffffffffffff' } },
      { do: 'rebuild', because: 'asked' },
    ],
    [
      'nothing new, but a last line that somebody edited: described anew at once',
      { marker: soon, isMarkerEdited: true },
      { do: 'describe', events: [] },
    ],
    [
      'a rebuild that somebody asked for, on a base that moved',
      { isRebuildAsked: true, proposal: { ...proposal, commit: OTHER_HEAD } },
      { do: 'rebuild', because: 'asked' },
    ],
    [
      'a rebuild that somebody asked for, on a branch that somebody else pushed to',
      { isRebuildAsked: true, isOurs: false },
      { do: 'leave', why: 'others-pushed' },
    ],
    [
      'a rebuild that was interrupted: finished at once',
      { marker: soon, head: OTHER_HEAD },
      { do: 'rebuild', because: 'edit-changed' },
    ],
    [
      'new evidence: described',
      { proposal: { ...proposal, kinds: ['tag-not-found:registry'] } },
      { do: 'describe', events: [{ kind: 'evidence', evidence: ['tag-not-found:registry'] }] },
    ],
    [
      'another incident: described',
      { proposal: { ...proposal, fingerprints: ['1111111111111111'] } },
      { do: 'describe', events: [{ kind: 'incidents', count: 1, total: 2 }] },
    ],
    [
      'another decision: described, without a word in the comment',
      { proposal: { ...proposal, material: 'ffffffffffff' } },
      { do: 'describe', events: [] },
    ],
    [
      'another cluster: described',
      { proposal: { ...proposal, clusters: ['test'] } },
      { do: 'describe', events: [] },
    ],
    [
      'another decision, just written: later',
      { marker: soon, proposal: { ...proposal, material: 'f' } },
      { do: 'nothing', why: 'soon' },
    ],
    ['somebody pushed: left', { isOurs: false, head: OTHER_HEAD }, { do: 'leave', why: 'others-pushed' }],
    [
      'somebody pushed and the base moved: left',
      { isOurs: false, head: OTHER_HEAD, proposal: { ...autoFix, commit: NEW_BASE, edit: 'ffffffffffff' } },
      { do: 'leave', why: 'others-pushed' },
    ],
    ['no marker: left', { marker: null }, { do: 'leave', why: 'description-edited' }],
  ])('%s', (_what, more, expected) => {
    expect(planOpen(situation(more))).toEqual(expected);
  });
});

describe('what becomes of an open pull request that nothing asks for', () => {
  const situation = (more: Partial<AbsentSituation>): AbsentSituation => ({
    own: ownOf(),
    isHere: true,
    incident: 'gone',
    rendered: 'before',
    ...more,
  });

  test.each<[string, Partial<AbsentSituation>, AbsentPlan]>([
    ['git renders what was wanted: closed', { rendered: 'after' }, { do: 'close', because: 'already-so' }],
    [
      'the same, not applied yet: closed',
      { rendered: 'after', incident: 'seen' },
      { do: 'close', because: 'already-so' },
    ],
    ['git renders another value: closed', { rendered: 'other' }, { do: 'close', because: 'other-value' }],
    [
      'another value that fails too: closed',
      { rendered: 'other', incident: 'seen' },
      { do: 'close', because: 'other-value' },
    ],
    ['gone while git has the value: says so', {}, { do: 'say-quiet' }],
    ['seen, but held back: nothing', { incident: 'seen' }, { do: 'nothing', why: 'held-back' }],
    ['not to be seen: nothing', { incident: 'unknown' }, { do: 'nothing', why: 'unknown' }],
    ['git does not tell: nothing', { rendered: 'unknown' }, { do: 'nothing', why: 'unknown' }],
    [
      'another cluster: nothing',
      { isHere: false, rendered: 'after' },
      { do: 'nothing', why: 'other-cluster' },
    ],
    [
      'pushed to: nothing',
      { own: ownOf({ head: OTHER_HEAD }), rendered: 'after' },
      { do: 'nothing', why: 'in-other-hands' },
    ],
    [
      'description edited: nothing',
      { own: ownOf({}, null), rendered: 'after' },
      { do: 'nothing', why: 'in-other-hands' },
    ],
    [
      'opened again by somebody: nothing',
      { own: ownOf({}, { ...MARKER, closed: 'other-value' }), rendered: 'other' },
      { do: 'nothing', why: 'in-other-hands' },
    ],
  ])('%s', (_what, more, expected) => {
    expect(planAbsent(situation(more))).toEqual(expected);
  });
});

describe('whether a change auto-merges', () => {
  const situation = (more: Partial<MergeSituation>): MergeSituation => ({
    action: 'auto-fix',
    proof: 'proven',
    isDraft: false,
    isOn: false,
    leftQueue: false,
    head: HEAD,
    ourHead: HEAD,
    base: { written: BASE, proven: BASE, now: BASE },
    requiredChecks: ['render'],
    requiredApprovals: 0,
    freeze: null,
    underWay: null,
    merging: null,
    ...more,
  });
  const on = { isOn: true, merging: { state: 'on', head: HEAD } } as const;
  const obstacles: readonly [string, Partial<MergeSituation>][] = [
    ['another decision', { action: 'propose' }],
    ['an escalation', { action: 'escalate' }],
    ['no proof', { proof: 'unproven' }],
    ['a draft', { isDraft: true }],
    ['a head that is not ours', { ourHead: OTHER_HEAD }],
    ['a description that was edited', { ourHead: null }],
    ['no required check', { requiredChecks: [] }],
    ['a required approval', { requiredApprovals: 1 }],
    ['rules that could not be read', { requiredApprovals: null }],
    ['a freeze', { freeze: { from: '2026-07-01', to: '2026-08-01', timezone: 'UTC' } }],
  ];
  const pending: readonly [string, Partial<MergeSituation>][] = [
    ['a base that moved after the proof', { base: { written: BASE, proven: BASE, now: NEW_BASE } }],
    [
      'a branch that was written on an older base',
      { base: { written: BASE, proven: NEW_BASE, now: NEW_BASE } },
    ],
    ['another one that is not verified', { underWay: 7 }],
  ];
  const name = (plan: MergePlan): string => plan.do;

  test('it does when nothing speaks against it', () => {
    expect(planMerge(situation({}))).toEqual({ do: 'switch-on' });
  });

  test.each(obstacles)('not with %s', (_what, more) => {
    expect(planMerge(situation(more))).toEqual({ do: 'nothing' });
  });

  test.each(obstacles)('not any more with %s', (_what, more) => {
    expect(name(planMerge(situation({ ...on, ...more })))).toBe('switch-off');
  });

  test.each(obstacles)('a person’s auto-merge stays with %s', (_what, more) => {
    expect(planMerge(situation({ isOn: true, ...more }))).toEqual({ do: 'nothing' });
  });

  test.each(pending)('later with %s', (_what, more) => {
    expect(name(planMerge(situation(more)))).toBe('wait');
  });

  test.each<[string, Partial<MergeSituation>, string]>([
    ['on already', on, 'nothing'],
    ['on by a person', { isOn: true }, 'nothing'],
    [
      'on for a commit that was replaced',
      { isOn: true, merging: { state: 'on', head: OTHER_HEAD } },
      'switch-on',
    ],
    ['begun and interrupted', { merging: { state: 'asked', head: HEAD } }, 'switch-on'],
    ['switched off by a person', { merging: { state: 'on', head: HEAD } }, 'switch-off'],
    ['switched off before', { merging: { state: 'off', head: OTHER_HEAD } }, 'nothing'],
    ['refused at this commit', { merging: { state: 'refused', head: HEAD } }, 'nothing'],
    ['refused at an earlier commit', { merging: { state: 'refused', head: OTHER_HEAD } }, 'switch-on'],
  ])('%s', (_what, more, expected) => {
    expect(name(planMerge(situation(more)))).toBe(expected);
  });

  test('what is waited for is named', () => {
    const plan = planMerge(situation({ underWay: 7 }));
    expect(plan.do === 'wait' && plan.why).toEqual(
      prose`${'pull request 7'} is not verified yet, and only one change auto-merges at a time`,
    );
  });
});
