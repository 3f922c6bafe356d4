import type { Dashboard, Entry, Place } from '../../src/dashboard/dashboard.ts';
import { deployment, NOW } from '../pull-requests/proposals.ts';

export { NOW };

export function entryOf(place: Place, more: Partial<Entry> = {}): Entry {
  return {
    fingerprint: Buffer.from(`${place.kind} ${more.object?.name}`).toString('hex').padEnd(16, '0').slice(-16),
    cluster: 'prod-eu',
    object: deployment('cart'),
    container: 'server',
    rule: 'image-pull',
    cause: 'tag-not-found',
    summary: 'Deployment shop/cart cannot start container server: image cart:2.15.1 does not exist.',
    firstSeen: Date.parse('2026-07-29T03:12:00Z'),
    decision: { action: 'monitor', reason: 'it failed once', draft: false, policy: 'built-in default' },
    returned: 0,
    returnedAt: null,
    away: null,
    place,
    ...more,
  };
}

export function dashboardOf(more: Partial<Dashboard> = {}): Dashboard {
  return {
    now: NOW,
    entries: [],
    configErrors: [],
    clusters: [{ name: 'prod-eu', scannedAt: NOW - 60_000, problem: null }],
    unread: [],
    ...more,
  };
}

/** One of each. */
export function fullDashboard(): Dashboard {
  return dashboardOf({
    entries: [
      entryOf({
        kind: 'proposed',
        pullRequest: 12,
        isDraft: false,
        head: '4be1f02c4be1f02c4be1f02c4be1f02c4be1f02c',
      }),
      entryOf(
        {
          kind: 'proposed',
          pullRequest: 13,
          isDraft: true,
          head: '4be1f02c4be1f02c4be1f02c4be1f02c4be1f02c',
        },
        { object: deployment('pricing') },
      ),
      entryOf({ kind: 'escalated', issue: 14 }, { object: deployment('search') }),
      entryOf({ kind: 'merged', pullRequest: 9, outcome: 'still-failing' }, { object: deployment('mail') }),
      entryOf(
        { kind: 'waiting', why: '10 are open, and limits.openPullRequests is 10' },
        { object: deployment('web') },
      ),
      entryOf({ kind: 'monitored' }, { object: deployment('api'), container: null }),
      entryOf(
        { kind: 'declined' },
        {
          object: deployment('jobs'),
          decision: {
            action: 'decline',
            reason: 'a Secret is missing',
            draft: false,
            policy: 'policy.default',
          },
        },
      ),
      entryOf({ kind: 'snoozed', until: NOW + 3_600_000, by: 'ana' }, { object: deployment('ads') }),
      entryOf({ kind: 'ignored', by: 'ben', reason: 'known since May' }, { object: deployment('old') }),
    ],
    configErrors: [
      {
        file: '.github/faultline.yml',
        line: 7,
        column: 11,
        message: 'policy.rules[0].mode: expected one of off',
      },
    ],
    clusters: [
      { name: 'prod-eu', scannedAt: NOW - 60_000, problem: null },
      { name: 'prod-us', scannedAt: null, problem: 'the API server did not answer' },
    ],
    unread: [
      { file: 'hack/new-service.yaml', line: null, message: 'is a template: YAML only once it is filled in' },
      { file: 'apps/web.yaml', line: 4, message: 'a tab where YAML allows none' },
    ],
  });
}
