import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import yaml from 'js-yaml';
import { readObjects } from '../../src/cluster/read-objects.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import type { ClusterSource } from '../../src/model/cluster-state.ts';
import { clusterFiles, NOW } from '../cluster/made-cluster.ts';
import type { Mutable } from './mutations.ts';

/** A recorded cluster that is mutated, one object at a time. */
export interface Base {
  readonly name: string;
  readonly objects: readonly Mutable[];
  readonly now: number;
  readonly source: Pick<ClusterSource, 'log' | 'metric'>;
}

const NOTHING: Base['source'] = { log: async () => null, metric: async () => null };

/** The demo with its logs and metrics, one cluster with a failure of every kind, and a few namespaces of the large made-up one. */
export async function bases(): Promise<readonly Base[]> {
  const kinds = readFileSync(resolve(import.meta.dirname, 'kinds.yaml'), 'utf8');
  const { items } = yaml.load(kinds, { schema: yaml.CORE_SCHEMA }) as { readonly items: readonly Mutable[] };
  // Aliases share what they name; a mutation changes one place.
  const own = JSON.parse(JSON.stringify(items)) as readonly Mutable[];
  const now = Date.parse('2026-03-11T09:00:00Z');
  return [await demo(), { name: 'kinds', objects: own, now, source: NOTHING }, made()];
}

async function demo(): Promise<Base> {
  const folder = resolve(import.meta.dirname, '../../fixtures/demo/snapshot');
  const source = await openSnapshot(folder);
  const state = await source.read();
  const objects = state.kinds().flatMap((kind) => state.list(kind));
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(key: unknown, ask: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(key);
    const known = (answers.get(text) as Promise<T> | undefined) ?? ask();
    answers.set(text, known);
    return known;
  };
  return {
    name: 'demo',
    objects: JSON.parse(JSON.stringify(objects)) as readonly Mutable[],
    now: state.now,
    source: {
      log: (request) => once(request, () => source.log(request)),
      metric: (request, at) => once([request, at], () => source.metric(request, at)),
    },
  };
}

/** Four namespaces, each with a failure of another kind, and one service of each that is well. */
function made(): Base {
  const isShown = (object: Mutable): boolean => {
    const { namespace = '', name } = object['metadata'] as {
      readonly namespace?: string;
      readonly name: string;
    };
    if (object['kind'] === 'Node') return name <= 'node-002';
    if (object['kind'] === 'Namespace') return name <= 'team-03';
    const { name: own } = (object['involvedObject'] ?? object['metadata']) as { readonly name: string };
    return namespace <= 'team-03' && /^service-0[01]/.test(own) && !/-[c-z2-9]\w{4}$/.test(own);
  };
  const objects = [...clusterFiles()]
    .flatMap(([, items]) => items)
    .filter((item) => isShown(item as Mutable));
  return {
    name: 'made',
    objects: JSON.parse(JSON.stringify(objects)) as readonly Mutable[],
    now: NOW,
    source: NOTHING,
  };
}

/** The objects of several texts, as a recorded folder would have them in files of these names. */
export function readTexts(texts: Readonly<Record<string, string>>) {
  const read = Object.entries(texts).map(([file, text]) =>
    readObjects(Buffer.from(text), join('cluster', file)),
  );
  return {
    objects: read.flatMap((each) => each.objects),
    problems: read.flatMap((each) => each.problems),
    setAside: read.flatMap((each) => each.setAside),
  };
}
