import { describe, expect, test } from 'vitest';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { findIncidents, type FindingInput } from '../../src/incidents/find-incidents.ts';
import { IncidentFinder } from '../../src/incidents/incident-finder.ts';
import type { ClusterSource, ClusterState } from '../../src/model/cluster-state.ts';
import type { Incident } from '../../src/model/incident.ts';
import { rules } from '../../src/rules/index.ts';
import { cases, failing, type Case } from './cases.ts';

const MINUTE = 60_000;

interface Recorded {
  readonly input: (now: number, source?: Partial<ClusterSource>) => Promise<FindingInput>;
  readonly now: number;
}

async function recorded(one: Case): Promise<Recorded> {
  const first = await (await openSnapshot(failing(one))).read();
  const input: Recorded['input'] = async (now, source = {}) => {
    const opened = await openSnapshot(failing(one), { now });
    return {
      cluster: await opened.read(),
      source: { ...opened, ...source },
      repository: { answer: async () => null },
      memoryFactor: 2,
      known: new Map(),
      onProgress: () => undefined,
    };
  };
  return { input, now: first.now };
}

function caseThat(rule: string): Case {
  return cases.find((one) => one.rule === rule && one.finds.some((found) => found.rule === rule))!;
}

function factsOf({ fingerprint, finding, followers }: Incident): unknown {
  const { cause, verdict, changes, culprit, affected, confidence } = finding;
  return {
    fingerprint,
    cause,
    verdict,
    changes,
    culprit,
    affected,
    confidence,
    followers: followers.map((one) => `${one.rule}/${one.cause}`),
  };
}

describe.each(cases)('$name', (one) => {
  test('is the same incident when nothing has changed, and what a single scan finds when time has passed', async () => {
    const { input, now } = await recorded(one);
    const finder = new IncidentFinder(rules);
    const given = await input(now);
    const before = await finder.find(given);
    const again = await finder.find(given);
    expect(again.every((incident, index) => incident === before[index])).toBe(true);
    const later = await input(now + 7 * MINUTE);
    const found = await finder.find(later);
    expect(found.map(factsOf)).toEqual((await findIncidents(rules, later)).map(factsOf));
  });
});

describe('what is asked', () => {
  const crashing = caseThat('application-error');

  async function asked(moments: readonly ((cluster: ClusterState) => ClusterState)[], after = MINUTE / 2) {
    const { input, now } = await recorded(crashing);
    const finder = new IncidentFinder(rules);
    const counts: number[] = [];
    for (const [index, changed] of moments.entries()) {
      let count = 0;
      const opened = await openSnapshot(failing(crashing));
      const given = await input(now + index * after, {
        log: (request) => {
          count += 1;
          return opened.log(request);
        },
      });
      await finder.find({ ...given, cluster: changed(given.cluster) });
      counts.push(count);
    }
    return counts;
  }

  test('a log is read once while the container has not run again', async () => {
    const [first, second] = await asked([(cluster) => cluster, (cluster) => cluster]);
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(0);
  });

  test('a log is read again when the container has run again', async () => {
    const [, second] = await asked([(cluster) => cluster, restarted]);
    expect(second).toBeGreaterThan(0);
  });

  test('a failed question is asked again', async () => {
    const { input, now } = await recorded(crashing);
    const finder = new IncidentFinder(rules);
    let count = 0;
    const log = async () => {
      count += 1;
      throw new Error('connection refused');
    };
    const given = await input(now, { log });
    await finder.find(given);
    const first = count;
    await finder.find(given);
    expect(first).toBeGreaterThan(0);
    expect(count).toBe(2 * first);
  });
});

/** Every container has run once more. */
function restarted(cluster: ClusterState): ClusterState {
  const again = <Pod extends object | undefined>(pod: Pod): Pod => {
    if (pod === undefined) return pod;
    const copy = structuredClone(pod) as { status?: { containerStatuses?: { restartCount?: number }[] } };
    for (const status of copy.status?.containerStatuses ?? [])
      status.restartCount = (status.restartCount ?? 0) + 1;
    return copy as Pod;
  };
  return {
    ...cluster,
    tracking: undefined,
    get: (kind, namespace, name) => {
      const object = cluster.get(kind, namespace, name);
      return kind === 'Pod' ? again(object) : object;
    },
  };
}
