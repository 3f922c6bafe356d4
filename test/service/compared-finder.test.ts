import { expect, test } from 'vitest';
import type { FindingInput } from '../../src/incidents/find-incidents.ts';
import type { Difference } from '../../src/incidents/incident-finder.ts';
import type { Incident } from '../../src/model/incident.ts';
import { ComparedFinder } from '../../src/service/compared-finder.ts';

const INPUT = {} as FindingInput;
const [ofIncrements, ofAll] = [[] as readonly Incident[], [] as readonly Incident[]];

function made() {
  const clock = { now: 0 };
  const told: Difference[] = [];
  const difference = { fingerprint: 'a', kind: 'missing', incident: {} as Incident } as const;
  const finder = new ComparedFinder({
    finder: {
      find: async () => ofIncrements,
      compare: async () => ({ incidents: ofAll, differences: [difference] }),
    },
    differed: (one) => told.push(one),
    now: () => clock.now,
  });
  return { clock, told, finder, difference };
}

test('increments are believed between two comparisons', async () => {
  const { clock, finder, told } = made();
  expect(await finder.find(INPUT)).toBe(ofIncrements);
  clock.now = 4 * 60_000;
  expect(await finder.find(INPUT)).toBe(ofIncrements);
  expect(told).toEqual([]);
});

test('a full find counts once in five minutes, and what differs is told', async () => {
  const { clock, finder, told, difference } = made();
  clock.now = 5 * 60_000;
  expect(await finder.find(INPUT)).toBe(ofAll);
  expect(told).toEqual([difference]);
  clock.now += 60_000;
  expect(await finder.find(INPUT)).toBe(ofIncrements);
});
