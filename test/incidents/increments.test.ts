import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChangingState, type StateDescription } from '../../src/cluster/changing-state.ts';
import { findIncidents, type FindingInput } from '../../src/incidents/find-incidents.ts';
import { IncidentFinder } from '../../src/incidents/incident-finder.ts';
import { describeRef } from '../../src/kubernetes/objects.ts';
import type { ClusterSource, ClusterState } from '../../src/model/cluster-state.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { ObjectChange } from '../../src/model/object-change.ts';
import { rules } from '../../src/rules/index.ts';
import { cases } from './cases.ts';
import { moved, NOW, together, type Moved } from './increments.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Step =
  | { readonly put: number; readonly variant: number }
  | { readonly gone: number }
  | { readonly later: number }
  | { readonly described: StateDescription };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ put: fc.nat(), variant: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ gone: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      later: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(1, 1000, MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR) },
        { weight: 1, arbitrary: fc.constant(-20 * MINUTE) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<StateDescription>(
        {},
        { recorded: { Pod: 'all', ConfigMap: 'all', Service: 'all', Event: 'all' } },
        { recorded: null, incomplete: new Set(['ConfigMap', 'ReplicaSet']) },
        { problems: [{ where: 'pods', message: 'the list broke off' }] },
      )
      .map((described) => ({ described })),
  },
);

function inputOf(cluster: ClusterState, source: ClusterSource): FindingInput {
  return {
    cluster,
    source,
    repository: { answer: async () => null },
    memoryFactor: 2,
    known: new Map(),
    onProgress: () => undefined,
  };
}

function changeOf(one: Step, objects: readonly Moved['objects'][number][]): readonly ObjectChange[] {
  if (!('put' in one) && !('gone' in one)) return [];
  const { ref, all } = objects[('put' in one ? one.put : one.gone) % objects.length]!;
  const after = 'put' in one ? all[one.variant % all.length]! : null;
  return [{ ref, before: null, after }];
}

describe('increments', () => {
  test('find what a full find finds, in whatever order objects come, change and go, and the time moves', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: cases.length - 1 }), { minLength: 3, maxLength: 6 }),
        fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 }),
        async (chosen, batches) => {
          const all = await Promise.all([...new Set(chosen)].map((index) => moved(cases[index]!)));
          const objects = all.flatMap((one) => one.objects);
          const source = together(all.map((one) => one.source));
          const changing = new ChangingState('harbour');
          const finder = new IncidentFinder(rules);
          let now = NOW;
          changing.apply(objects.map(({ ref, all: [after] }) => ({ ref, before: null, after: after! })));
          for (const batch of [[], ...batches]) {
            for (const one of batch) {
              if ('later' in one) now += one.later;
              if ('described' in one) changing.describe(one.described);
            }
            changing.apply(batch.flatMap((one) => changeOf(one, objects)));
            const { incidents, differences } = await finder.compare(inputOf(changing.state(now), source));
            found += incidents.length;
            expect(
              differences.map(({ kind, incident: { finding } }) => [
                kind,
                finding.rule,
                finding.cause,
                describeRef(finding.object),
              ]),
            ).toEqual([]);
          }
        },
      ),
      { numRuns: 40 },
    );
    expect(found).toBeGreaterThan(0);
  }, 300_000);

  test('say when something may be found otherwise by the time alone, and not later', async () => {
    let waits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: cases.length - 1 }),
        fc.integer({ min: 0, max: 400 }),
        async (chosen, minutes) => {
          const { objects, source } = await moved(cases[chosen]!);
          const unmeasured = {
            ...together([source]),
            metric: async () => null,
            candidates: async () => null,
          };
          const changing = new ChangingState('harbour');
          changing.apply(objects.map(({ ref, all: [after] }) => ({ ref, before: null, after: after! })));
          const finder = new IncidentFinder(rules);
          const now = NOW + minutes * MINUTE;
          const before = await finder.find(inputOf(changing.state(now), unmeasured));
          const next = finder.nextAt();
          if (next) waits += 1;
          const last = Math.min(next === null ? now + 24 * HOUR : next.getTime() - 1, now + 24 * HOUR);
          const later = await findIncidents(rules, inputOf(changing.state(last), unmeasured));
          expect(later.map(toldOf)).toEqual(before.map(toldOf));
        },
      ),
      { numRuns: 150 },
    );
    expect(waits).toBeGreaterThan(0);
  }, 300_000);

  test('that are wrong are counted, told, and given up for what a full find finds', async () => {
    const { objects, source } = await moved(
      cases.find(({ rule, finds }) => rule === 'oom-killed' && finds.length > 0)!,
    );
    const changing = new ChangingState('harbour');
    changing.apply(objects.map(({ ref, all: [after] }) => ({ ref, before: null, after: after! })));
    const finder = new IncidentFinder(rules);
    const given = inputOf(changing.state(NOW), together([source]));
    const right = await finder.find(given);
    expect(right.length).toBeGreaterThan(0);
    const { tracking } = given.cluster;
    changing.apply(objects.map(({ ref }) => ({ ref, before: null, after: null })));
    const gone = changing.state(NOW);
    const silent = { ...gone, tracking: { ...gone.tracking!, mark: tracking!.mark, since: () => [] } };
    const { incidents, differences } = await finder.compare({ ...given, cluster: silent });
    expect(incidents).toEqual([]);
    expect(differences.map(({ kind }) => kind)).toEqual(right.map(() => 'extra'));
    expect(finder.differences).toBe(right.length);
    const again = await finder.compare({ ...given, cluster: gone });
    expect(again.differences).toEqual([]);
  });
});

/** What does not tell the time. */
function toldOf({ fingerprint, finding }: Incident): unknown {
  return [fingerprint, finding.rule, finding.cause, finding.verdict, describeRef(finding.object)];
}
