import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { refOf, type ObjectRef } from '../../src/kubernetes/objects.ts';
import type { ClusterObject, ClusterSource, MetricSeries } from '../../src/model/cluster-state.ts';
import { maskedObject } from '../../src/untrusted/masked.ts';
import { failing, type Case } from './cases.ts';

/** The time that all cases are moved to. */
export const NOW = Date.parse('2026-05-04T10:00:00Z');

/** What one object of a case is like, failing and repaired. */
export interface Variants {
  readonly ref: ObjectRef;
  readonly all: readonly ClusterObject[];
}

/** A case whose times are moved, so that several of them fail at the same time. */
export interface Moved {
  readonly objects: readonly Variants[];
  readonly source: Pick<ClusterSource, 'log' | 'metric'> & Required<Pick<ClusterSource, 'candidates'>>;
}

export async function moved(one: Case): Promise<Moved> {
  const options = one.now ? { now: one.now.getTime() } : {};
  const opened = await openSnapshot(failing(one), options);
  const state = await opened.read();
  const by = NOW - state.now;
  const again = one.repaired;
  const states = [state, ...(again === null ? [] : [await (await openSnapshot(again, options)).read()])];
  const objects = new Map<string, { ref: ObjectRef; all: ClusterObject[] }>();
  for (const { kinds, list } of states)
    for (const object of kinds().flatMap((kind) => list(kind))) {
      const after = shifted(object, by);
      const ref = refOf(after);
      const key = JSON.stringify(ref);
      const known = objects.get(key) ?? { ref, all: [] };
      objects.set(key, known);
      known.all.push(after);
    }
  const later = (series: readonly MetricSeries[] | null): readonly MetricSeries[] | null =>
    series &&
    series.map((each) => ({
      ...each,
      samples: each.samples.map(([at, value]) => [at + by, value] as const),
    }));
  return {
    objects: [...objects.values()],
    source: {
      log: (request) => opened.log(request),
      metric: async (request, now) => later(await opened.metric(request, now - by)),
      candidates: async (purpose, now) => later((await opened.candidates?.(purpose, now - by)) ?? null),
    },
  };
}

/** The sources of several cases as one. */
export function together(sources: readonly Moved['source'][]): ClusterSource {
  const all = async (asked: readonly Promise<readonly MetricSeries[] | null>[]) => {
    const answers = (await Promise.all(asked)).filter((series) => series !== null);
    return answers.length === 0 ? null : answers.flat();
  };
  return {
    isRecorded: false,
    read: () => Promise.reject(new Error('it is not read')),
    log: async (request) => {
      for (const source of sources) {
        const log = await source.log(request);
        if (log !== null) return log;
      }
      return null;
    },
    metric: (request, now) => all(sources.map((source) => source.metric(request, now))),
    candidates: (purpose, now) => all(sources.map((source) => source.candidates(purpose, now))),
  };
}

const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g;

function shifted(object: ClusterObject, by: number): ClusterObject {
  const text = JSON.stringify(object).replace(
    TIME,
    (_, time: string) => `"${new Date(Date.parse(time) + by).toISOString()}"`,
  );
  return maskedObject(JSON.parse(text) as ClusterObject);
}
