import { describe, expect, test } from 'vitest';
import { CART, incident, OTHER, scan, seen } from '../records.ts';
import { opened, type Open } from './open.ts';

export function incidentsContract(open: Open): void {
  describe('a scan', () => {
    test('opens what was never seen', async () => {
      const { incidents } = await opened(open);
      const outcome = await incidents.recordScan(scan(5_000, [seen()]));
      expect(outcome).toEqual({
        opened: [CART],
        gone: [],
        returned: [],
        decided: [CART],
      });
      expect(await incidents.get(CART)).toEqual(incident());
      expect(await incidents.get(OTHER)).toBeNull();
    });

    test('widens the times of what is known and keeps what was counted', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      const outcome = await incidents.recordScan(
        scan(6_000, [seen({ firstSeen: 1_500, lastSeen: 5_500, occurrences: 1, decision: null })]),
      );
      expect(outcome).toEqual({ opened: [], gone: [], returned: [], decided: [] });
      expect(await incidents.get(CART)).toEqual(incident({ lastSeen: 5_500 }));
    });

    test('notes what it does not see any more, once', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      expect((await incidents.recordScan(scan(6_000, []))).gone).toEqual([]);
      expect((await incidents.recordScan(scan(66_000, []))).gone).toEqual([
        { fingerprint: CART, since: 6_000, ending: 'recovered' },
      ]);
      expect((await incidents.recordScan(scan(67_000, []))).gone).toEqual([]);
      expect(await incidents.get(CART)).toEqual(
        incident({ notSeenSince: 6_000, ending: 'recovered', goneToldAt: 66_000 }),
      );
    });

    test('tells at once of what is gone for good', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      const outcome = await incidents.recordScan(scan(6_000, [], { endingOf: () => 'deleted' }));
      expect(outcome.gone).toEqual([{ fingerprint: CART, since: 6_000, ending: 'deleted' }]);
    });

    test('takes the note back when the incident is seen again', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      await incidents.recordScan(scan(6_000, []));
      expect(await incidents.recordScan(scan(7_000, [seen()]))).toMatchObject({
        opened: [],
        gone: [],
        returned: [],
      });
      expect(await incidents.get(CART)).toEqual(incident());
    });

    test('tells of a decision that is another one, and not of numbers in its reason', async () => {
      const { incidents } = await opened(open);
      const decided = {
        action: 'monitor',
        draft: false,
        policy: 'policy.default',
        code: 'too-early',
      } as const;
      await incidents.recordScan(scan(5_000, [seen({ decision: { ...decided, reason: 'killed 1 time' } })]));
      const again = seen({ decision: { ...decided, reason: 'killed 2 times' } });
      expect((await incidents.recordScan(scan(6_000, [again]))).decided).toEqual([]);
      const other = seen({
        decision: { ...decided, action: 'propose', code: null, reason: 'a person merges' },
      });
      expect((await incidents.recordScan(scan(7_000, [other]))).decided).toEqual([CART]);
    });

    describe('of a failure that comes and goes', () => {
      const MINUTE = 60_000;
      const swing = { firstSeen: MINUTE, lastSeen: MINUTE, occurrences: 1 };

      test('counts how often it came back, until it has stayed away for a time that doubles', async () => {
        const { incidents } = await opened(open);
        await incidents.recordScan(scan(0, [seen(swing)]));
        // Within its quiet time of a quarter of an hour.
        for (const [gone, back] of [
          [10, 20],
          [30, 40],
        ]) {
          await incidents.recordScan(scan(gone! * MINUTE, []));
          const outcome = await incidents.recordScan(scan(back! * MINUTE, [seen(swing)]));
          expect(outcome).toEqual({ opened: [], gone: [], returned: [], decided: [] });
        }
        expect(await incidents.get(CART)).toMatchObject({
          returned: 2,
          returnedAt: 40 * MINUTE,
          firstSeen: MINUTE,
        });
        await incidents.recordScan(scan(100 * MINUTE, []));
        const before = await incidents.recordScan(scan(104 * MINUTE, []));
        expect(before.gone).toMatchObject([{ since: 100 * MINUTE }]);
        expect((await incidents.recordScan(scan(159 * MINUTE, [seen(swing)]))).returned).toEqual([CART]);
        expect((await incidents.get(CART))!.returned).toBe(3);
        await incidents.recordScan(scan(200 * MINUTE, []));
        const later = seen({ ...swing, firstSeen: 330 * MINUTE, lastSeen: 330 * MINUTE });
        // No scan saw it stay away: what went is told where it begins anew.
        expect(await incidents.recordScan(scan(330 * MINUTE, [later]))).toMatchObject({
          opened: [CART],
          gone: [{ fingerprint: CART, since: 200 * MINUTE, ending: 'recovered' }],
        });
        expect(await incidents.get(CART)).toMatchObject({
          returned: 0,
          returnedAt: null,
          firstSeen: 330 * MINUTE,
        });
      });

      test('does not count what was away for less than a minute', async () => {
        const { incidents } = await opened(open);
        await incidents.recordScan(scan(0, [seen(swing)]));
        await incidents.recordScan(scan(5 * MINUTE, []));
        const outcome = await incidents.recordScan(scan(5.5 * MINUTE, [seen(swing)]));
        expect(outcome).toEqual({ opened: [], gone: [], returned: [], decided: [] });
        expect(await incidents.get(CART)).toMatchObject({ returned: 0 });
        // The clock was put back.
        await incidents.recordScan(scan(6 * MINUTE, []));
        expect((await incidents.recordScan(scan(2 * MINUTE, [seen(swing)]))).returned).toEqual([]);
        expect(await incidents.get(CART)).toMatchObject({ returned: 0 });
      });

      test('tells of few of many goings, and of the last one', async () => {
        const { incidents } = await opened(open);
        await incidents.recordScan(scan(0, [seen(swing)]));
        const told: string[] = [];
        // Fails for a minute and runs for four, for ten hours.
        let minute = 0;
        for (; minute < 600; minute += 1) {
          const fails = minute % 5 === 0;
          const { gone, returned } = await incidents.recordScan(
            scan(minute * MINUTE, fails ? [seen({ ...swing, lastSeen: minute * MINUTE })] : []),
          );
          told.push(...gone.map(() => 'gone'), ...returned.map(() => 'returned'));
        }
        expect(told).toEqual(['gone', 'returned', 'gone', 'returned']);
        // From here on it stays away.
        const last: number[] = [];
        for (; minute < 2_000; minute += 1)
          last.push(
            ...(await incidents.recordScan(scan(minute * MINUTE, []))).gone.map(({ since }) => since),
          );
        expect(last).toEqual([596 * MINUTE]);
      });
    });

    test.each([
      ['was made anew', 'u2', 0, [CART]],
      ['is the same', 'u1', 7, []],
      ['is not known', null, 7, []],
    ] as const)('of an object that %s inherits accordingly', async (_what, uid, occurrences, openedAgain) => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen({ uid: 'u1', occurrences: 7 })]));
      const outcome = await incidents.recordScan(scan(6_000, [seen({ uid, occurrences: 0 })]));
      expect(outcome.opened).toEqual(openedAgain);
      expect((await incidents.get(CART))?.occurrences).toBe(occurrences);
    });

    test('notes why an incident ended, as it becomes clearer', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      await incidents.recordScan(scan(6_000, []));
      await incidents.recordScan(scan(7_000, [], { endingOf: () => 'deleted' }));
      expect(await incidents.get(CART)).toMatchObject({ notSeenSince: 6_000, ending: 'deleted' });
      // What was deleted is over at once.
      expect((await incidents.recordScan(scan(8_000, [seen()]))).opened).toEqual([CART]);
    });

    test('says nothing about what it could not have seen', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      const outcome = await incidents.recordScan(
        scan(6_000, [], { endingOf: ({ object }) => (object.namespace === 'shop' ? null : 'recovered') }),
      );
      expect(outcome.gone).toEqual([]);
      expect((await incidents.get(CART))?.notSeenSince).toBeNull();
    });

    test('says nothing about other clusters', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen()]));
      await incidents.recordScan(scan(6_000, [], { cluster: 'prod-us' }));
      expect((await incidents.get(CART))?.notSeenSince).toBeNull();
    });

    test('is noted as a whole or not at all', async () => {
      const { incidents } = await opened(open);
      const broken = seen({ fingerprint: OTHER, occurrences: 1.5 });
      await expect(incidents.recordScan(scan(5_000, [seen(), broken]))).rejects.toThrow(/integer|bigint/i);
      expect(await incidents.list()).toEqual([]);
    });

    test('of two at once, each is noted as a whole', async () => {
      const { incidents } = await opened(open);
      const [one, other] = await Promise.all([
        incidents.recordScan(scan(5_000, [seen()])),
        incidents.recordScan(scan(5_000, [seen(), seen({ fingerprint: OTHER })])),
      ]);
      // Which of them is first is up to the database.
      expect([...one.opened, ...other.opened].toSorted()).toEqual([CART, OTHER].toSorted());
    });

    test.each([
      ['that can do nothing leaves the decision of another one', 'acme/apps', 'decline', 'propose'],
      ['that decided before may decline', 'acme/infra', 'decline', 'decline'],
      ['that can do something decides', 'acme/apps', 'monitor', 'monitor'],
    ] as const)('for a repository %s', async (_what, repository, action, expected) => {
      const { incidents } = await opened(open);
      const decision = { action: 'propose', reason: 'a', draft: false, policy: 'b' } as const;
      const repositories = ['acme/infra', 'acme/apps'];
      const first = seen({ decision: { ...decision, repository: 'acme/infra' } });
      await incidents.recordScan(scan(5_000, [first], { repositories }));
      const second = seen({ decision: { ...decision, action, repository } });
      await incidents.recordScan(scan(6_000, [second], { repositories }));
      expect((await incidents.get(CART))?.decision?.action).toBe(expected);
      const declined = seen({ decision: { ...decision, action: 'decline', repository: 'acme/apps' } });
      await incidents.recordScan(scan(7_000, [declined], { repositories: ['acme/apps'] }));
      expect((await incidents.get(CART))?.decision?.action).toBe('decline');
    });

    test('masks what it stores', async () => {
      const { incidents } = await opened(open);
      await incidents.recordScan(scan(5_000, [seen({ summary: 'it says password=correct-horse-7\u202e' })]));
      expect((await incidents.get(CART))?.summary).toBe('it says password=***');
    });
  });

  test('incidents are listed with the last seen first', async () => {
    const { incidents } = await opened(open);
    await incidents.recordScan(scan(5_000, [seen({ fingerprint: OTHER, lastSeen: 1_500 }), seen()]));
    await incidents.recordScan(
      scan(5_000, [seen({ fingerprint: '1'.repeat(16), lastSeen: 1_800 })], { cluster: 'prod-us' }),
    );
    const listed = (await incidents.list()).map(({ fingerprint }) => fingerprint);
    expect(listed).toEqual([CART, '1'.repeat(16), OTHER]);
  });
}
