import { expect, test } from 'vitest';
import type { Place } from '../../src/dashboard/dashboard.ts';
import { entriesOf, type Known } from '../../src/dashboard/entries.ts';
import type { IncidentRecord, ProposalRecord, VerificationRecord } from '../../src/store/records.ts';
import { deployment, NOW } from '../pull-requests/proposals.ts';

const ID = '9a3f0c1d2e4b5a67';
const OTHER = '1111111111111111';

function incident(
  action: 'monitor' | 'propose' | 'auto-fix' | 'escalate' | 'decline' | null,
): IncidentRecord {
  return {
    fingerprint: ID,
    cluster: 'prod-eu',
    object: deployment('cart'),
    uid: null,
    container: null,
    rule: 'image-pull',
    cause: 'tag-not-found',
    summary: 'It fails.',
    firstSeen: NOW,
    lastSeen: NOW,
    occurrences: 1,
    evidenceKinds: [],
    decision: action && { action, reason: 'because', draft: false, policy: 'policy.default' },
    notSeenSince: null,
    ending: null,
    returned: 0,
    returnedAt: null,
    goneToldAt: null,
  };
}

function away(action: 'monitor' | 'propose', since: number): IncidentRecord {
  return { ...incident(action), notSeenSince: since, ending: 'recovered' };
}

const proposal = {
  fingerprints: [ID],
  pullRequest: 12,
  state: 'open',
  draft: true,
  waitingFor: null,
} as unknown as ProposalRecord;
const verification = {
  fingerprints: [ID],
  pullRequest: 9,
  outcome: 'pending',
} as unknown as VerificationRecord;
const snooze = { fingerprint: ID, until: NOW, by: 'ana', reason: null, at: NOW };
const ignored = { fingerprint: ID, by: 'ben', reason: 'known', at: NOW, evidenceKinds: [] };

test.each<readonly [string, IncidentRecord, Partial<Known>, Place]>([
  ['monitored', incident('monitor'), {}, { kind: 'monitored' }],
  ['not decided yet', incident(null), {}, { kind: 'monitored' }],
  ['declined', incident('decline'), {}, { kind: 'declined' }],
  ['escalated', incident('escalate'), {}, { kind: 'escalated', issue: null }],
  [
    'escalated, with a report',
    incident('escalate'),
    { reports: new Map([[ID, 14]]) },
    { kind: 'escalated', issue: 14 },
  ],
  ['to be proposed', incident('propose'), {}, { kind: 'waiting', why: 'because' }],
  [
    'proposed',
    incident('propose'),
    { proposals: [proposal] },
    { kind: 'proposed', pullRequest: 12, isDraft: true, head: proposal.head },
  ],
  [
    'waiting',
    incident('propose'),
    { proposals: [{ ...proposal, state: 'waiting', pullRequest: null, waitingFor: 'a limit' }] },
    { kind: 'waiting', why: 'a limit' },
  ],
  [
    'proposed for another one',
    incident('monitor'),
    { proposals: [{ ...proposal, fingerprints: [OTHER] }] },
    { kind: 'monitored' },
  ],
  [
    'closed by people',
    incident('decline'),
    { proposals: [{ ...proposal, state: 'closed' }] },
    { kind: 'declined' },
  ],
  [
    'merged',
    incident('propose'),
    { verifications: [verification] },
    { kind: 'merged', pullRequest: 9, outcome: 'pending' },
  ],
  [
    'failing again after it was resolved',
    incident('monitor'),
    { verifications: [{ ...verification, outcome: 'resolved' }] },
    { kind: 'monitored' },
  ],
  ['away for a moment', away('monitor', NOW - 60_000), {}, { kind: 'monitored' }],
  ['away for its quiet time', away('monitor', NOW - 3_600_000), {}, { kind: 'over' }],
  ['deleted', { ...away('monitor', NOW - 60_000), ending: 'deleted' }, {}, { kind: 'over' }],
  [
    'away for long, and has come back often',
    { ...away('monitor', NOW - 3_600_000), returned: 5 },
    {},
    { kind: 'monitored' },
  ],
  [
    'away for long, and proposed',
    away('propose', NOW - 3_600_000),
    { proposals: [proposal] },
    { kind: 'proposed', pullRequest: 12, isDraft: true, head: proposal.head },
  ],
  [
    'away since the merge',
    away('propose', NOW - 3_600_000),
    { proposals: [{ ...proposal, state: 'merged' }], verifications: [verification] },
    { kind: 'merged', pullRequest: 9, outcome: 'pending' },
  ],
  [
    'away since a merge that resolved it',
    away('propose', NOW - 60_000),
    {
      proposals: [{ ...proposal, state: 'merged' }],
      verifications: [{ ...verification, outcome: 'resolved' }],
    },
    { kind: 'over' },
  ],
  [
    'snoozed although proposed',
    incident('propose'),
    { proposals: [proposal], snoozes: [snooze] },
    { kind: 'snoozed', until: NOW, by: 'ana' },
  ],
  [
    'ignored although snoozed',
    incident('propose'),
    { ignores: [ignored], snoozes: [snooze] },
    { kind: 'ignored', by: 'ben', reason: 'known' },
  ],
  [
    'snoozed for another one',
    incident('monitor'),
    { snoozes: [{ ...snooze, fingerprint: OTHER }] },
    { kind: 'monitored' },
  ],
])('%s', (_what, record, more, place) => {
  const known: Known = {
    incidents: [record],
    proposals: [],
    verifications: [],
    snoozes: [],
    ignores: [],
    reports: new Map(),
    closedBy: new Map(),
    ...more,
  };
  expect(entriesOf(known, NOW)[0]?.place).toEqual(place);
});

test('those that failed first stand in front', () => {
  const later = { ...incident('monitor'), fingerprint: OTHER, firstSeen: NOW + 1 };
  const known = {
    proposals: [],
    verifications: [],
    snoozes: [],
    ignores: [],
    reports: new Map<string, number>(),
    closedBy: new Map<number, string>(),
  };
  const entries = entriesOf({ ...known, incidents: [later, incident('monitor')] }, NOW);
  expect(entries.map(({ fingerprint }) => fingerprint)).toEqual([ID, OTHER]);
});
