import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportBlocks, reportCsv, reportJson } from '../../src/report/formats.ts';
import { reportOf } from '../../src/report/report.ts';
import { spreadOf } from '../../src/report/spread.ts';
import { wilson } from '../../src/report/wilson.ts';
import type {
  DecisionMade,
  Entry,
  IncidentOpened,
  PullRequestEnded,
  Verified,
} from '../../src/store/entries.ts';
import { toTerminal } from '../../src/writers/terminal.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-07-01T00:00:00Z');
const cart = { kind: 'Deployment', namespace: 'shop', name: 'cart' };

/** A log that is written minute by minute. */
class Log {
  readonly entries: Entry[] = [];
  /** Minutes since the start. */
  minute = 0;
  /** A cluster that has been watched for long. */
  constructor() {
    this.add('incident', { change: 'gone', fingerprint: '0', cluster: 'prod', ending: null });
  }

  add(kind: Entry['kind'], said: object): void {
    const at = START + this.minute * MINUTE;
    this.entries.push({ sequence: this.entries.length + 1, at, kind, said } as unknown as Entry);
  }

  open(fingerprint: string, change: Partial<IncidentOpened> = {}): void {
    this.add('incident', {
      change: 'opened',
      fingerprint,
      cluster: 'prod',
      rule: 'oom-killed',
      cause: 'limit-too-low',
      object: cart,
      culprit: cart,
      team: null,
      foreseen: false,
      firstSeen: START + (this.minute - 2) * MINUTE,
      summary: '',
      ...change,
    });
  }

  decide(fingerprint: string, code: DecisionMade['code']): void {
    this.add('decision', { fingerprint, cluster: 'prod', action: 'decline', code });
  }

  propose(fingerprint: string, number: number): void {
    const incident = {
      fingerprint,
      cluster: 'prod',
      rule: 'oom-killed',
      cause: 'limit-too-low',
      object: cart,
    };
    this.add('pull-request', {
      opened: true,
      repository: 'a/b',
      number,
      fingerprints: [fingerprint],
      incident,
    });
  }

  end(number: number, change: Partial<PullRequestEnded> = {}): void {
    const endedAt = START + this.minute * MINUTE;
    this.add('pull-request', {
      ended: 'merged',
      repository: 'a/b',
      number,
      endedAt,
      edited: false,
      closedBy: null,
      ...change,
    });
  }

  verify(number: number, outcome: Verified['outcome'], recover: number | null = null): void {
    const times = { detect: null, propose: null, merge: null, recover: recover && recover * MINUTE };
    const mergedAt = START + this.minute * MINUTE;
    this.add('verification', { repository: 'a/b', number, outcome, times, mergedAt });
  }

  takeBack(number: number): void {
    this.add('pull-request', { takenBack: true, repository: 'a/b', number, by: null });
  }

  gone(fingerprint: string): void {
    this.add('incident', { change: 'gone', fingerprint, cluster: 'prod', ending: 'recovered' });
  }
}

/** One that was fixed within 2 + 3 + 10 + 5 minutes, one that went away after an hour, one that nobody can fix. */
function log(): Log {
  const some = new Log();
  some.minute = 10;
  some.open('a');
  some.minute = 13;
  some.propose('a', 1);
  some.minute = 23;
  some.end(1, { edited: true });
  some.verify(1, 'resolved', 5);
  some.minute = 100;
  some.open('b', { rule: 'dependency', team: 'payments' });
  some.decide('b', 'not-fixable-in-git');
  some.minute = 158;
  some.gone('b');
  return some;
}

describe('the report', () => {
  test('measures each stage', () => {
    const { total } = reportOf(log().entries);
    const of = (count: number, minutes: number) => ({
      count,
      median: minutes * MINUTE,
      p90: minutes * MINUTE,
    });
    expect(total).toMatchObject({
      incidents: 2,
      detect: of(2, 2),
      propose: of(1, 3),
      merge: of(1, 10),
      recover: { withFix: of(1, 20), without: of(1, 60) },
      proposals: { opened: 1, merged: 1, edited: 1, held: 1, reverted: 0, closedByPeople: 0 },
    });
  });

  test('is by rule and team: the recorded one, else the namespace', () => {
    expect(
      reportOf(log().entries).groups.map(({ rule, team, incidents }) => [rule, team, incidents]),
    ).toEqual([
      ['dependency', 'payments', 1],
      ['oom-killed', 'shop', 1],
    ]);
  });

  test('says why nothing was proposed, by the last decision before a proposal', () => {
    const some = log();
    some.open('c');
    some.decide('c', 'too-early');
    some.propose('c', 2);
    some.decide('c', 'already-so');
    some.open('d');
    some.decide('d', 'too-early');
    some.decide('d', 'policy');
    expect(reportOf(some.entries).abstentions).toEqual([
      { reason: 'not-fixable-in-git', incidents: 1 },
      { reason: 'policy', incidents: 1 },
    ]);
  });

  test('counts as right what people merged and did not take back, of what they decided about', () => {
    const some = new Log();
    for (const [number, fingerprint] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      some.open(fingerprint);
      some.propose(fingerprint, number);
    }
    some.end(0);
    some.end(1);
    some.takeBack(1);
    some.end(2, { ended: 'closed', closedBy: 'person' });
    some.end(3, { ended: 'closed', closedBy: 'faultline' });
    const { precision, proposals } = reportOf(some.entries).total;
    expect(precision.share).toBeCloseTo(1 / 3);
    expect(proposals).toMatchObject({
      opened: 5,
      open: 1,
      merged: 2,
      reverted: 1,
      closedByPeople: 1,
      closedByFaultline: 1,
    });
  });

  test('is of a period, which a proposal may outlive', () => {
    const at = (minute: number): number => START + minute * MINUTE;
    expect(reportOf(log().entries, { since: at(50) }).total).toMatchObject({
      incidents: 1,
      proposals: { opened: 0 },
    });
    expect(reportOf(log().entries, { until: at(14) }).total).toMatchObject({
      incidents: 1,
      proposals: { opened: 1, merged: 1 },
    });
  });

  test('does not count a failure as seen late that began before anybody watched', () => {
    const some = new Log();
    some.open('a', { cluster: 'new', firstSeen: START - 7 * 24 * 60 * MINUTE });
    expect(reportOf(some.entries).total.detect.count).toBe(0);
  });

  test('takes an incident that came back for one that goes on', () => {
    const some = log();
    some.add('incident', { change: 'returned', fingerprint: 'b', cluster: 'prod', ending: null });
    expect(reportOf(some.entries).total.recover.without.count).toBe(0);
  });

  test('names workloads that fail again, and no others', () => {
    const some = log();
    some.open('c', { rule: 'image-pull' });
    some.open('d', { object: { ...cart, name: 'other' } });
    expect(reportOf(some.entries).offenders).toEqual([
      {
        cluster: 'prod',
        object: 'Deployment shop/cart',
        incidents: 3,
        rules: ['dependency', 'image-pull', 'oom-killed'],
      },
    ]);
  });

  test('counts what a check foresaw once for a pull request', () => {
    const some = new Log();
    const finding = { rule: 'image-pull', cause: 'tag-not-found', object: cart };
    for (const head of ['1', '2'])
      some.add('guard', { repository: 'a/b', number: 7, head, findings: [finding] });
    expect(reportOf(some.entries).groups).toMatchObject([
      { rule: 'image-pull', foreseenByGuard: 1, incidents: 0 },
    ]);
  });

  test('of an empty log says so', () => {
    const report = reportOf([]);
    expect(report.total.precision).toEqual({ share: null, low: null, high: null });
    expect(toTerminal(reportBlocks(report), { colour: false })).toContain(
      'nobody has decided about a proposal yet',
    );
    expect(reportCsv(report).split('\r\n')).toHaveLength(2);
  });
});

describe('the formats', () => {
  test('say the same to people and to programs', () => {
    const report = reportOf(log().entries);
    const text = toTerminal(reportBlocks(report), { colour: false });
    expect(text).toContain('median 20 minutes, p90 20 minutes (of 1) with a merged fix');
    expect(text).toContain('median 60 minutes, p90 60 minutes (of 1) without a proposal');
    expect(JSON.parse(reportJson(report))).toMatchObject({
      version: 1,
      since: null,
      total: { incidents: 2 },
    });
    const [names, ...rows] = reportCsv(report).trim().split('\r\n');
    expect(names!.split(',')).toHaveLength(rows[0]!.split(',').length);
    expect(rows[1]).toMatch(/^oom-killed,shop,1,0,0,1,120,120,1,180,180,1,600,600,1,1200,1200,0,,,/);
  });

  test('tell people the counts and the median times of each rule and team', () => {
    const text = toTerminal(reportBlocks(reportOf(log().entries)), { colour: false }).replace(/ +/g, ' ');
    expect(text).toMatch(/oom-killed\W+shop\W+1\W+0\W+1\W+1\W+1\W+0\W+0/);
    expect(text).toMatch(/oom-killed\W+shop\W+2 minutes\W+3 minutes\W+10 minutes\W+20 minutes\W+-/);
    expect(text).toMatch(/dependency\W+payments\W+2 minutes\W+-\W+-\W+-\W+60 minutes/);
  });

  test('tell short times in seconds', () => {
    const some = new Log();
    some.minute = 10;
    some.open('a', { firstSeen: START + 10 * MINUTE - 12_000 });
    const text = toTerminal(reportBlocks(reportOf(some.entries)), { colour: false });
    expect(text).toContain('median 12 seconds, p90 12 seconds (of 1)');
  });

  test('are no formulas for a spreadsheet', () => {
    const some = new Log();
    some.open('a', { team: '=HYPERLINK("https://evil.example","x"),1' });
    expect(reportCsv(reportOf(some.entries))).toContain(
      `oom-killed,"'=HYPERLINK(""https://evil.example"",""x""),1",1`,
    );
  });
});

describe('the arithmetic', () => {
  test('of shares is that of Wilson', () => {
    const { share, low, high } = wilson(9, 10);
    expect([share, low, high].map((part) => Number(part!.toFixed(3)))).toEqual([0.9, 0.596, 0.982]);
  });

  test('of shares stays between nothing and all, around the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(1000), (of, some) => {
        const { share, low, high } = wilson(Math.min(some, of), of);
        expect(low!).toBeGreaterThanOrEqual(0);
        expect(low!).toBeLessThanOrEqual(share! + 1e-9);
        expect(high!).toBeGreaterThanOrEqual(share! - 1e-9);
        expect(high!).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('of durations names some that were measured', () => {
    expect(spreadOf([])).toEqual({ count: 0, median: null, p90: null });
    expect(spreadOf([5, 1, 3, 2, 4, 6, 7, 8, 9, 10])).toEqual({ count: 10, median: 5, p90: 9 });
  });
});
