import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Incidents } from '../../src/store/store.ts';
import { CART, incident, OTHER, scan, seen } from './records.ts';

let incidents: Incidents;

beforeEach(() => {
  const store = openMemoryStore();
  ({ incidents } = store);
  onTestFinished(() => store.close());
});

describe('a scan', () => {
  test('opens what was never seen', () => {
    const outcome = incidents.recordScan(scan(5_000, [seen()]));
    expect(outcome).toEqual({ opened: [CART], reopened: [], disappeared: [] });
    expect(incidents.get(CART)).toEqual(incident());
  });

  test('widens the times of what is known and keeps what was counted', () => {
    incidents.recordScan(scan(5_000, [seen()]));
    const outcome = incidents.recordScan(
      scan(6_000, [seen({ firstSeen: 1_500, lastSeen: 5_500, occurrences: 1, decision: null })]),
    );
    expect(outcome).toEqual({ opened: [], reopened: [], disappeared: [] });
    expect(incidents.get(CART)).toEqual(incident({ lastSeen: 5_500 }));
  });

  test('notes what it does not see any more, once', () => {
    incidents.recordScan(scan(5_000, [seen()]));
    expect(incidents.recordScan(scan(6_000, [])).disappeared).toEqual([CART]);
    expect(incidents.recordScan(scan(7_000, [])).disappeared).toEqual([]);
    expect(incidents.get(CART)).toEqual(incident({ notSeenSince: 6_000 }));
  });

  test('takes the note back when the incident is seen again before it recovered', () => {
    incidents.recordScan(scan(5_000, [seen()]));
    incidents.recordScan(scan(6_000, []));
    expect(incidents.recordScan(scan(7_000, [seen()])).reopened).toEqual([]);
    expect(incidents.get(CART)).toEqual(incident());
  });

  test('says nothing about what it could not have seen', () => {
    incidents.recordScan(scan(5_000, [seen()]));
    const outcome = incidents.recordScan(
      scan(6_000, [], { covers: ({ object }) => object.namespace !== 'shop' }),
    );
    expect(outcome.disappeared).toEqual([]);
    expect(incidents.get(CART)?.notSeenSince).toBeNull();
  });

  test('says nothing about other clusters', () => {
    incidents.recordScan(scan(5_000, [seen()]));
    incidents.recordScan(scan(6_000, [], { cluster: 'prod-us' }));
    expect(incidents.get(CART)?.notSeenSince).toBeNull();
  });

  test('starts a new episode of what had recovered', () => {
    incidents.recordScan(scan(5_000, [seen({ occurrences: 9 })]));
    incidents.recover(CART, 6_000);
    const outcome = incidents.recordScan(scan(8_000, [seen({ firstSeen: 7_000, lastSeen: 7_500 })]));
    expect(outcome.reopened).toEqual([CART]);
    expect(incidents.get(CART)).toEqual(
      incident({ episode: 2, firstSeen: 7_000, lastSeen: 7_500, occurrences: 3 }),
    );
  });

  test('is noted as a whole or not at all', () => {
    const broken = seen({ fingerprint: OTHER, occurrences: 1.5 });
    expect(() => incidents.recordScan(scan(5_000, [seen(), broken]))).toThrow(/REAL value in INTEGER/i);
    expect(incidents.list()).toEqual([]);
  });

  test('masks what it stores', () => {
    incidents.recordScan(scan(5_000, [seen({ summary: 'it says password=correct-horse-7\u202e' })]));
    expect(incidents.get(CART)?.summary).toBe('it says password=***');
  });
});

describe('incidents', () => {
  test('are listed by cluster and state, the last seen first', () => {
    incidents.recordScan(scan(5_000, [seen(), seen({ fingerprint: OTHER, lastSeen: 4_000 })]));
    incidents.recordScan(scan(5_000, [seen({ fingerprint: '1'.repeat(16) })], { cluster: 'prod-us' }));
    incidents.recover(CART, 6_000);
    const listed = (filter?: Parameters<Incidents['list']>[0]) =>
      incidents.list(filter).map(({ fingerprint }) => fingerprint);
    expect(listed()).toEqual([OTHER, '1'.repeat(16), CART]);
    expect(listed({ cluster: 'prod-eu' })).toEqual([OTHER, CART]);
    expect(listed({ cluster: 'prod-eu', state: 'recovered' })).toEqual([CART]);
  });

  test('get a later decision', () => {
    incidents.recordScan(scan(5_000, [seen()]));
    const decision = {
      action: 'monitor',
      reason: '10 are open',
      draft: false,
      policy: 'policy.default',
    } as const;
    incidents.setDecision(CART, decision);
    expect(incidents.get(CART)).toEqual(incident({ decision }));
  });

  test('that are not known stay unknown', () => {
    incidents.recover(CART, 6_000);
    expect(incidents.get(CART)).toBeNull();
  });
});
