import { describe, expect, test } from 'vitest';
import { happenedIn } from '../../src/report/happened.ts';
import { reportCsv, reportJson } from '../../src/report/formats.ts';
import { historyOf } from '../../src/report/history.ts';
import { reportOf, type Figures } from '../../src/report/report.ts';
import { readEntries } from '../../src/store/entries.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { entriesFor, MINUTE, plansOf, START, type Plan } from './made-log.ts';

const DAY = 24 * 60;
const SEEDS = [1, 2, 3, 4, 5];

/** Worked out from the truth, not from the log. Durations in minutes. */
function figuresOf(incidents: readonly Plan[], proposals: readonly Plan[]) {
  const of = (...courses: readonly Plan['course'][]): number =>
    proposals.filter(({ course }) => courses.includes(course)).length;
  const merged = proposals.filter(({ course }) => ['held', 'did-not-hold', 'taken-back'].includes(course));
  const gap = (plans: readonly Plan[], from: keyof Plan, to: keyof Plan) =>
    ranks(plans.map((plan) => Number(plan[to]) - Number(plan[from])));
  const alone = incidents.filter(({ course }) => course === 'alone' || course === 'came-back');
  const fixed = incidents.filter(({ course }) => course === 'held' || course === 'taken-back');
  return {
    incidents: incidents.length,
    foreseen: incidents.filter(({ course }) => course === 'to-come').length,
    detect: gap(
      incidents.filter(({ course }) => course !== 'to-come'),
      'firstSeen',
      'recorded',
    ),
    propose: gap(
      incidents.filter(({ opened }) => opened !== null),
      'recorded',
      'opened',
    ),
    merge: gap(merged, 'opened', 'ended'),
    recover: { withFix: gap(fixed, 'firstSeen', 'over'), without: gap(alone, 'firstSeen', 'over') },
    proposals: {
      opened: proposals.length,
      open: of('proposal-open'),
      merged: merged.length,
      edited: merged.filter(({ edited }) => edited).length,
      closedByPeople: of('closed-by-person'),
      closedByFaultline: of('closed-by-faultline'),
      reverted: of('taken-back'),
      held: of('held'),
      failed: of('did-not-hold'),
    },
  };
}

/** The lowest that half, and nine in ten, do not exceed. */
function ranks(minutes: readonly number[]) {
  const exceeding = (share: number): number | null => {
    for (const one of minutes.toSorted((a, b) => a - b))
      if (minutes.filter((other) => other <= one).length >= share * minutes.length) return one;
    return null;
  };
  return { count: minutes.length, median: exceeding(0.5), p90: exceeding(0.9) };
}

/** Of the report, what the truth says too, in minutes. */
function said({ incidents, foreseen, detect, propose, merge, recover, proposals }: Figures) {
  const minutes = ({ count, median, p90 }: Figures['detect']) => ({
    count,
    median: median === null ? null : median / MINUTE,
    p90: p90 === null ? null : p90 / MINUTE,
  });
  return {
    incidents,
    foreseen,
    detect: minutes(detect),
    propose: minutes(propose),
    merge: minutes(merge),
    recover: { withFix: minutes(recover.withFix), without: minutes(recover.without) },
    proposals,
  };
}

function isIn(minute: number | null, [from, to]: readonly [number, number]): boolean {
  return minute !== null && minute >= from && minute < to;
}

const EVER = [-Infinity, Infinity] as const;
const A_MONTH = [30 * DAY, 60 * DAY] as const;

function truthOf(plans: readonly Plan[], range: readonly [number, number] = EVER) {
  return figuresOf(
    plans.filter(({ recorded }) => isIn(recorded, range)),
    plans.filter(({ opened }) => isIn(opened, range)),
  );
}

const of = ([from, to]: readonly [number, number]) => ({
  since: START + from * MINUTE,
  until: START + to * MINUTE,
});

describe.each(SEEDS)('of a log with known truth (seed %i)', (seed) => {
  const plans = plansOf(seed, 400);
  const entries = entriesFor(plans);

  test('the figures are the truth, of all and of a month', () => {
    expect(said(reportOf(entries).total)).toEqual(truthOf(plans));
    expect(said(reportOf(entries, of(A_MONTH)).total)).toEqual(truthOf(plans, A_MONTH));
  });

  test('so are those of each rule and team, which add up to all', () => {
    const { groups, total } = reportOf(entries, of(A_MONTH));
    for (const group of groups) {
      const own = plans.filter(({ rule, team }) => rule === group.rule && team === group.team);
      expect(said(group), `${group.rule} ${group.team}`).toEqual(truthOf(own, A_MONTH));
    }
    const sum = (figure: (one: Figures) => number): number =>
      groups.reduce((before, one) => before + figure(one), 0);
    expect(sum(({ incidents }) => incidents)).toBe(total.incidents);
    expect(sum(({ proposals }) => proposals.opened)).toBe(total.proposals.opened);
  });

  test('precision is what people merged and kept, of what they decided about', () => {
    const { proposals } = truthOf(plans);
    const right = proposals.merged - proposals.reverted;
    const { share, low, high } = reportOf(entries).total.precision;
    expect(share).toBeCloseTo(right / (proposals.merged + proposals.closedByPeople));
    expect(low!).toBeLessThan(share!);
    expect(high!).toBeGreaterThan(share!);
  });

  test('abstentions are told by their reason, and offenders by their workload', () => {
    const { abstentions, offenders } = reportOf(entries);
    const codes = Map.groupBy(
      plans.filter(({ code }) => code !== null),
      ({ code }) => code!,
    );
    expect(new Map(abstentions.map(({ reason, incidents }) => [reason, incidents]))).toEqual(
      new Map([...codes].map(([code, some]) => [code, some.length])),
    );
    const workloads = Map.groupBy(plans, ({ object }) => `Deployment ${object.namespace}/${object.name}`);
    expect(new Map(offenders.map(({ object, incidents }) => [object, incidents]))).toEqual(
      new Map([...workloads].flatMap(([object, some]) => (some.length > 1 ? [[object, some.length]] : []))),
    );
  });

  test('days side by side tell each event once, and of what began the same as the report', () => {
    const history = historyOf(entries);
    const days = Array.from({ length: 100 }, (_, day) => of([day * DAY, (day + 1) * DAY]));
    const happened = days.map((day) => happenedIn(history, day));
    for (const [index, day] of days.entries()) {
      const { total } = reportOf(entries, day);
      expect(happened[index]).toMatchObject({ incidents: total.incidents, opened: total.proposals.opened });
    }
    const { proposals } = truthOf(plans);
    const sum = (figure: 'merged' | 'closed' | 'held' | 'failed'): number =>
      happened.reduce((before, one) => before + one[figure], 0);
    expect([sum('merged'), sum('closed'), sum('held'), sum('failed')]).toEqual([
      proposals.merged,
      proposals.closedByPeople + proposals.closedByFaultline,
      proposals.held + proposals.reverted,
      proposals.failed,
    ]);
  });

  test('a log whose beginning was removed counts what it still tells the beginning of', () => {
    for (const removed of [1, 10, 500, 1_000, entries.length - 1]) {
      const rest = entries.slice(removed);
      const begun = new Set(
        rest.flatMap(({ said: one }) =>
          'change' in one && one.change === 'opened' ? [one.fingerprint] : [],
        ),
      );
      const { total } = reportOf(rest);
      expect(total.incidents).toBe(begun.size);
      expect(total.proposals.opened).toBe(rest.filter(({ said: one }) => 'opened' in one).length);
      const { opened, open, merged, closedByPeople, closedByFaultline } = total.proposals;
      expect(open + merged + closedByPeople + closedByFaultline).toBe(opened);
    }
  });

  test('a log whose end is missing takes what goes on for open', () => {
    for (const kept of [0, 1, 3, 100, 700]) {
      const { total } = reportOf(entries.slice(0, kept));
      const { opened, open, merged, closedByPeople, closedByFaultline } = total.proposals;
      expect(open + merged + closedByPeople + closedByFaultline).toBe(opened);
      expect(total.recover.without.count + total.recover.withFix.count).toBeLessThanOrEqual(total.incidents);
    }
  });

  test('a clock that jumps back makes no duration negative, and loses nothing', () => {
    const jumped = entries.map((entry, index) =>
      index > 300 ? { ...entry, at: entry.at - 45 * DAY * MINUTE } : entry,
    );
    const { total } = reportOf(jumped);
    expect(total.incidents).toBe(plans.length);
    expect(total.proposals).toEqual(truthOf(plans).proposals);
    for (const { median, p90 } of [total.detect, total.propose, total.merge, total.recover.withFix]) {
      expect(median).toBeGreaterThanOrEqual(0);
      expect(p90!).toBeGreaterThanOrEqual(median!);
    }
  });
});

test('the store tells the same as the entries, and every format the same figures', async () => {
  const plans = plansOf(6, 150);
  const store = await openMemoryStore();
  await store.transaction(async ({ audit }) => {
    for (const { kind, said: one, at } of entriesFor(plans)) await audit.append(kind, { ...one }, at);
  });
  const report = reportOf(await readEntries(store.audit.records()));
  await store.close();
  expect(said(report.total)).toEqual(truthOf(plans));
  const json = JSON.parse(reportJson(report)) as { total: Figures; groups: readonly Figures[] };
  expect(json.total).toEqual(report.total);
  const [names, ...rows] = reportCsv(report)
    .trim()
    .split('\r\n')
    .map((row) => row.split(','));
  const sum = (name: string): number =>
    rows.reduce((before, row) => before + Number(row[names!.indexOf(name)]), 0);
  const { proposals } = truthOf(plans);
  for (const [column, value] of [
    ['incidents', plans.length],
    ['opened', proposals.opened],
    ['merged', proposals.merged],
    ['edited', proposals.edited],
    ['closed_by_people', proposals.closedByPeople],
    ['reverted', proposals.reverted],
    ['held', proposals.held],
    ['failed', proposals.failed],
  ] as const)
    expect(sum(column), column).toBe(value);
});
