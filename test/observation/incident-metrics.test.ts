import { expect, test } from 'vitest';
import { IncidentMetrics } from '../../src/observation/incident-metrics.ts';
import { newMetrics } from '../../src/observation/metrics.ts';
import type { IncidentResult } from '../../src/model/report.ts';
import { prose } from '../../src/untrusted/prose.ts';

interface Made {
  readonly action?: string;
  readonly verdict?: string;
  readonly lastSeen?: number;
  readonly declined?: string;
}

/** As much of a result as is counted. */
function result(
  fingerprint: string,
  { action = 'propose', verdict = 'fix', lastSeen = 0, declined }: Made = {},
) {
  const opens = action === 'propose';
  return {
    incident: { fingerprint, finding: { verdict, lastSeen } },
    decision: { action },
    located: declined === undefined ? null : { kind: 'declined', code: declined },
    pullRequest: opens ? {} : null,
  } as unknown as IncidentResult;
}

function observing() {
  const metrics = newMetrics();
  const counted = new IncidentMetrics(metrics);
  const lines = async (pattern: RegExp) =>
    (await metrics.registry.metrics()).split('\n').filter((line) => pattern.test(line));
  return { counted, lines };
}

const opened = (fingerprints: readonly string[]) => ({
  kind: 'opened' as const,
  why: prose``,
  key: null,
  fingerprints,
  number: 1,
});

test('measures from the signal, but not what began before a cluster was watched', async () => {
  const { counted, lines } = observing();
  counted.recorded({ cluster: 'north', at: 9_000_000, decided: [result('a')], opened: ['a'] });
  const decided = [result('a'), result('b', { lastSeen: 9_001_500 })];
  counted.recorded({ cluster: 'north', at: 9_003_000, decided, opened: ['b'] });
  expect(await lines(/^faultline_signal_to_incident_seconds_(?:sum|count)/)).toEqual([
    'faultline_signal_to_incident_seconds_sum 1.5',
    'faultline_signal_to_incident_seconds_count 1',
  ]);
});

test('measures an incident up to its pull request once, and none that another process recorded', async () => {
  const { counted, lines } = observing();
  counted.recorded({ cluster: 'north', at: 1000, decided: [result('a'), result('old')], opened: ['a'] });
  counted.acted('north', [opened(['old'])], 2000);
  counted.acted('north', [opened(['a'])], 3000);
  counted.acted('north', [opened(['a'])], 9000);
  expect(await lines(/^faultline_incident_to_pull_request_seconds_(?:sum|count)/)).toEqual([
    'faultline_incident_to_pull_request_seconds_sum 2',
    'faultline_incident_to_pull_request_seconds_count 1',
  ]);
});

test('counts a decision once while it stays, and again when it changes', async () => {
  const { counted, lines } = observing();
  const scan = (...decided: readonly IncidentResult[]) =>
    counted.recorded({ cluster: 'north', at: 0, decided, opened: [] });
  const refused = result('a', { action: 'decline', declined: 'drift' });
  scan(refused, result('b', { action: 'monitor', verdict: 'monitor' }));
  scan(refused, result('b', { action: 'monitor', verdict: 'monitor' }));
  scan(result('a'), result('c', { action: 'decline', verdict: 'decline' }));
  scan(
    result('a'),
    result('d', { action: 'monitor' }),
    result('e', { action: 'escalate', verdict: 'escalate' }),
  );
  expect(await lines(/^faultline_(?:decisions|abstentions)_total/)).toEqual([
    'faultline_decisions_total{action="decline"} 2',
    'faultline_decisions_total{action="monitor"} 2',
    'faultline_decisions_total{action="propose"} 1',
    'faultline_decisions_total{action="escalate"} 1',
    'faultline_abstentions_total{reason="drift"} 1',
    'faultline_abstentions_total{reason="too-early"} 1',
    'faultline_abstentions_total{reason="not-fixable-in-git"} 1',
    'faultline_abstentions_total{reason="policy"} 1',
    'faultline_abstentions_total{reason="needs-a-person"} 1',
  ]);
  expect(await lines(/^faultline_incidents\{.*[1-9]$/)).toEqual([
    'faultline_incidents{cluster="north",action="monitor"} 1',
    'faultline_incidents{cluster="north",action="propose"} 1',
    'faultline_incidents{cluster="north",action="escalate"} 1',
  ]);
});

test('forgets a cluster that is no longer among the settings', async () => {
  const { counted, lines } = observing();
  counted.recorded({ cluster: 'north', at: 0, decided: [result('a')], opened: ['a'] });
  counted.forget('north');
  expect(await lines(/^faultline_incidents\{/)).toEqual([]);
});
