import { describe, expect, test } from 'vitest';
import { foresightBlocks, foresightCsv, foresightJson } from '../../src/report/foresight-formats.ts';
import { foresightReport, incidentsIn, type ForesightReport } from '../../src/report/foresight.ts';
import { replayIn, type Replay } from '../../src/report/replay-file.ts';
import type { Entry } from '../../src/store/entries.ts';
import { toTerminal } from '../../src/writers/terminal.ts';

const DAY = 24 * 60 * 60_000;
const START = Date.parse('2026-05-01T00:00:00Z');
const gate = { kind: 'Deployment', namespace: 'boarding', name: 'gate' };
const [BEFORE, RENAMED, TRIMMED] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [
  string,
  string,
  string,
];
const FINDING = {
  rule: 'config-reference',
  cause: 'object-missing',
  level: 'error',
  message: 'Deployment boarding/gate needs ConfigMap boarding/gates',
  object: { apiVersion: 'apps/v1', ...gate },
  site: { file: 'gate.yaml', line: 26, column: 17 },
  changedAgain: null,
};

/** One change at the end of the second day with these findings, and one a day later without any. */
function replayed(findings: readonly object[]): Replay {
  const change = (commit: string, day: number, found: readonly object[]) => ({
    commit,
    at: new Date(START + day * DAY).toISOString(),
    subject: 'A change',
    pullRequest: 8,
    findings: found,
    failed: null,
  });
  return replayIn(
    JSON.stringify({
      version: 1,
      from: BEFORE,
      to: TRIMMED,
      changes: [change(RENAMED, 2, findings), change(TRIMMED, 3, [])],
    }),
  )!;
}

/** A log of sixty days with one incident. */
function log(rule: string, day: number, site: object | null = null): readonly Entry[] {
  const add = (at: number, kind: string, said: object) => ({
    sequence: at,
    at: START + at * DAY,
    kind,
    said,
  });
  return [
    add(0, 'incident', { change: 'gone', fingerprint: '0', cluster: 'prod', ending: null }),
    add(day, 'incident', {
      change: 'opened',
      fingerprint: 'f1',
      cluster: 'prod',
      rule,
      cause: 'any',
      object: gate,
      culprit: gate,
      team: null,
      foreseen: false,
      firstSeen: START + day * DAY,
      summary: '',
    }),
    add(day, 'decision', {
      fingerprint: 'f1',
      cluster: 'prod',
      action: 'decline',
      code: 'policy',
      repository: 'acme/quay',
      site,
    }),
    add(60, 'incident', { change: 'gone', fingerprint: 'f1', cluster: 'prod', ending: null }),
  ] as unknown as readonly Entry[];
}

function reported(
  replay: Replay,
  entries: readonly Entry[],
  broughtBy: ReadonlyMap<string, string> = new Map(),
): ForesightReport {
  return foresightReport({ replay, ...incidentsIn(entries), broughtBy });
}

const counts = ({ foreseen, missed, noIncidentKnown, notKnown, elsewhere }: ForesightReport) => [
  foreseen.length,
  missed.length,
  noIncidentKnown.length,
  notKnown.length,
  elsewhere,
];

describe('a finding is foreseen', () => {
  test('where the same rule found the same object failing afterwards', () => {
    expect(counts(reported(replayed([FINDING]), log('config-reference', 4)))).toEqual([1, 0, 0, 0, 0]);
  });

  test('where an incident of another rule has the very line', () => {
    const entries = log('create-failed', 4, { file: 'gate.yaml', line: 26 });
    expect(counts(reported(replayed([FINDING]), entries))).toEqual([1, 0, 0, 0, 0]);
  });

  test.each([
    ['another rule at another line', log('oom-killed', 4, { file: 'gate.yaml', line: 9 })],
    ['before the change', log('config-reference', 1)],
    ['long after it', log('config-reference', 40)],
  ])('not by an incident of %s', (_what, entries) => {
    expect(counts(reported(replayed([FINDING]), entries))).toEqual([0, 0, 1, 0, 1]);
  });
});

describe('an incident is missed', () => {
  test('where a change wrote its line and the replay said nothing', () => {
    const entries = log('oom-killed', 4, { file: 'gate.yaml', line: 9 });
    expect(counts(reported(replayed([]), entries, new Map([['f1', TRIMMED]])))).toEqual([0, 1, 0, 0, 0]);
  });

  test('not where it was foreseen', () => {
    const entries = log('config-reference', 4, { file: 'gate.yaml', line: 26 });
    expect(counts(reported(replayed([FINDING]), entries, new Map([['f1', RENAMED]])))).toEqual([
      1, 0, 0, 0, 0,
    ]);
  });

  test('not where its line is older than the range', () => {
    const entries = log('oom-killed', 4, { file: 'gate.yaml', line: 9 });
    expect(counts(reported(replayed([]), entries))).toEqual([0, 0, 0, 0, 1]);
  });
});

test('says nothing of times that the log does not cover', () => {
  const short = log('oom-killed', 4).slice(0, 2);
  expect(counts(reported(replayed([FINDING]), short))).toEqual([0, 0, 0, 1, 1]);
  expect(counts(reported(replayed([FINDING]), []))).toEqual([0, 0, 0, 1, 0]);
});

test('never calls a finding wrong: no incident is known', () => {
  const text = toTerminal(foresightBlocks(reported(replayed([FINDING]), log('oom-killed', 50))), {
    colour: false,
  });
  expect(text).toContain('No incident is known: 1 finding that none followed within 14 days');
  expect(text).not.toMatch(/false alarm/i);
});

test('has a line of CSV for each finding and each missed incident', () => {
  const entries = log('oom-killed', 4, { file: 'gate.yaml', line: 9 });
  const report = reported(replayed([FINDING]), entries, new Map([['f1', TRIMMED]]));
  expect(foresightCsv(report).trim().split('\r\n')).toEqual([
    'verdict,commit,pull_request,rule,cause,object,file,line,changed_after_seconds,incident',
    `missed,${TRIMMED},8,oom-killed,any,Deployment boarding/gate,gate.yaml,9,,f1`,
    `no-incident-known,${RENAMED},8,config-reference,object-missing,Deployment boarding/gate,gate.yaml,26,,`,
  ]);
  expect(JSON.parse(foresightJson(report))).toMatchObject({
    version: 1,
    missed: [{ commit: TRIMMED, incident: { fingerprint: 'f1' } }],
    noIncidentKnown: [{ finding: { rule: 'config-reference' } }],
  });
});

test.each(['', '{}', '[]', '{"version":2}', '{"version":1,"from":"-x","to":"main","changes":[]}'])(
  'takes %j for no replay',
  (text) => {
    expect(replayIn(text)).toBeNull();
  },
);
