import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { ChangingState, type StateDescription } from '../../src/cluster/changing-state.ts';
import { refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../src/model/cluster-state.ts';
import type { ObjectChange } from '../../src/model/object-change.ts';
import { maskedObject } from '../../src/untrusted/masked.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const NAMES = ['pier', 'pier-7f', 'crane'];
const NAMESPACES = ['quay', 'dock'];
const KINDS = ['Pod', 'ReplicaSet', 'Deployment', 'Event', 'Node', 'ConfigMap'] as const;

const place = fc.record({
  kind: fc.constantFrom(...KINDS),
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...NAMES),
});
type Place = typeof place extends fc.Arbitrary<infer P> ? P : never;

const owner = fc.option(
  fc.record({
    kind: fc.constantFrom('ReplicaSet', 'Deployment'),
    name: fc.constantFrom(...NAMES),
    uid: fc.option(fc.constantFrom('u1', 'u2', 'u3'), { nil: undefined }),
  }),
);

const someObject = fc
  .record({
    place,
    uid: fc.option(fc.constantFrom('u1', 'u2', 'u3', 'u4'), { nil: undefined }),
    owner,
    involved: place,
    minute: fc.option(fc.integer({ min: -90, max: 20 })),
    app: fc.constantFrom('a', 'b'),
  })
  .map(made);

function made(given: {
  readonly place: Place;
  readonly uid: string | undefined;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string | undefined } | null;
  readonly involved: Place;
  readonly minute: number | null;
  readonly app: string;
}): ClusterObject {
  const { kind, namespace, name } = given.place;
  const apiVersion = kind === 'Deployment' || kind === 'ReplicaSet' ? 'apps/v1' : 'v1';
  const time = given.minute === null ? undefined : new Date(NOW + given.minute * 60_000).toISOString();
  return maskedObject<KubernetesObject>({
    apiVersion,
    kind,
    metadata: {
      name,
      ...(kind === 'Node' ? {} : { namespace }),
      ...(given.uid === undefined ? {} : { uid: `${given.uid}${kind}${namespace}${name}` }),
      labels: { app: given.app, 'pod-template-hash': '7f' },
      ...(given.owner === null
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: given.owner.kind,
                name: given.owner.name,
                controller: true,
                ...(given.owner.uid === undefined
                  ? {}
                  : { uid: `${given.owner.uid}${given.owner.kind}${namespace}${given.owner.name}` }),
              },
            ],
          }),
    },
    spec: { selector: { matchLabels: { app: given.app } } },
    ...(kind === 'Event'
      ? {
          involvedObject: { apiVersion: 'v1', ...given.involved },
          reason: 'Moored',
          message: given.app,
          ...(time === undefined ? {} : { lastTimestamp: time, firstTimestamp: time }),
        }
      : {}),
  });
}

const step = fc.oneof(
  { weight: 6, arbitrary: someObject.map((after) => ({ after })) },
  { weight: 2, arbitrary: place.map((gone) => ({ gone })) },
  { weight: 1, arbitrary: fc.integer({ min: -10, max: 60 }).map((minutes) => ({ minutes })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<StateDescription>(
        { recorded: { Pod: 'all', ReplicaSet: ['quay'] } },
        { recorded: null, incomplete: new Set(['ReplicaSet']) },
        { setAside: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'quay', name: 'pier-7f' }] },
        {},
      )
      .map((description) => ({ description })),
  },
);

function answersOf(cluster: ClusterState, about: readonly ClusterObject[]): unknown {
  const everywhere = [...NAMESPACES, null];
  return {
    problems: cluster.problems,
    versions: cluster.versions,
    kinds: cluster.kinds(),
    lists: KINDS.map((kind) => [
      cluster.list(kind),
      ...everywhere.map((namespace) => [
        cluster.list(kind, namespace),
        cluster.isRecorded(kind, namespace),
        NAMES.map((name) => [cluster.get(kind, namespace, name), cluster.presence(kind, namespace, name)]),
      ]),
    ]),
    uids: about.map(({ metadata, kind }) =>
      metadata.uid === undefined || kind === 'Event' ? null : cluster.byUid(metadata.uid),
    ),
    about: about.map((object) => [
      cluster.eventsOf(object),
      cluster.ownerOf(object),
      cluster.podsOf(refOf(object)),
      cluster.podsOf(cluster.ownerOf(object).ref),
    ]),
  };
}

describe('a state that changes', () => {
  test('answers as one that is built of the same objects', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 12 }), (batches) => {
        const changing = new ChangingState('harbour');
        const objects = new Map<string, ClusterObject>();
        let description: StateDescription = {};
        let now = NOW;
        const earlier: (readonly [ClusterState, unknown])[] = [];
        for (const batch of batches) {
          const changes: ObjectChange[] = [];
          for (const one of batch) {
            if ('minutes' in one) now += one.minutes * 60_000;
            else if ('description' in one) changing.describe((description = one.description));
            else {
              const { kind, metadata } = 'after' in one ? one.after : made({ ...BARE, place: one.gone });
              const ref = refOf('after' in one ? one.after : made({ ...BARE, place: one.gone }));
              const key = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
              const after = 'after' in one ? one.after : null;
              changes.push({ ref, before: objects.get(key) ?? null, after });
              if (after) objects.set(key, after);
              else objects.delete(key);
            }
          }
          changing.apply(changes);
          const state = changing.state(now);
          const all = [...objects.values()];
          const answers = answersOf(state, all);
          expect(answers).toEqual(
            answersOf(buildState({ name: 'harbour', now, objects: all, ...description }), all),
          );
          earlier.push([state, [all, answers]]);
        }
        // A moment stays as it was, whatever came after it.
        for (const [state, [all, answers]] of earlier as [ClusterState, [ClusterObject[], unknown]][])
          expect(answersOf(state, all)).toEqual(answers);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 150) },
    );
  });

  test('tells of everything that was read and reads otherwise since, but for the time', () => {
    let changed = 0;
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 4 }), { minLength: 2, maxLength: 12 }), (batches) => {
        const changing = new ChangingState('harbour');
        const about = new Map<string, ClusterObject>();
        let now = NOW;
        let asked: { readonly mark: unknown; readonly read: readonly Answered[] } | null = null;
        for (const batch of batches) {
          for (const one of batch) {
            if ('minutes' in one) now += Math.max(0, one.minutes) * 60_000;
            else if ('description' in one) changing.describe(one.description);
            else {
              const object = 'after' in one ? one.after : made({ ...BARE, place: one.gone });
              about.set(JSON.stringify(refOf(object)), object);
              changing.apply([{ ref: refOf(object), before: null, after: 'after' in one ? object : null }]);
            }
          }
          const state = changing.state(now);
          const touched = asked && state.tracking!.since(asked.mark);
          for (const { ask, answer, reads, tellsTime } of touched ? asked!.read : []) {
            const again = ask(state);
            const isSame = isDeepStrictEqual(again, answer);
            if (!isSame) changed += 1;
            const isTold = tellsTime || [...touched!].some((read) => reads.has(read));
            expect(isSame || isTold, JSON.stringify([again, answer, [...reads]])).toBe(true);
          }
          const read = questionsAbout([...about.values()]).map((ask) => answered(ask, state));
          asked = { mark: state.tracking!.mark, read };
        }
      }),
      { numRuns: Number(process.env['RUNS'] ?? 60) },
    );
    expect(changed).toBeGreaterThan(0);
  });
});

type Question = (cluster: ClusterState) => unknown;

interface Answered {
  readonly ask: Question;
  readonly answer: unknown;
  readonly reads: ReadonlySet<string>;
  readonly tellsTime: boolean;
}

function answered(ask: Question, state: ClusterState): Answered {
  const reads = new Set<string>();
  let tellsTime = false;
  const notes = {
    read: (what: string) => void reads.add(what),
    now: () => void (tellsTime = true),
    until: () => undefined,
  };
  const answer = ask(state.tracking!.noting(notes));
  return { ask, answer, reads, tellsTime };
}

function questionsAbout(objects: readonly ClusterObject[]): readonly Question[] {
  const everywhere = [...NAMESPACES, null];
  return [
    (cluster) => cluster.kinds(),
    (cluster) => cluster.versions,
    (cluster) => cluster.problems,
    ...KINDS.flatMap((kind): readonly Question[] => [
      (cluster) => cluster.list(kind),
      (cluster) => cluster.namespacesOf(kind),
      ...everywhere.flatMap((namespace): readonly Question[] => [
        (cluster) => cluster.list(kind, namespace),
        (cluster) => cluster.isRecorded(kind, namespace),
        ...NAMES.flatMap((name): readonly Question[] => [
          (cluster) => cluster.get(kind, namespace, name),
          (cluster) => cluster.presence(kind, namespace, name),
        ]),
      ]),
    ]),
    ...objects.flatMap((object): readonly Question[] => [
      (cluster) => cluster.eventsOf(object),
      (cluster) => cluster.ownerOf(object),
      (cluster) => cluster.podsOf(refOf(object)),
      (cluster) => cluster.byUid(object.metadata.uid ?? ''),
    ]),
  ];
}

const BARE = {
  uid: undefined,
  owner: null,
  involved: { kind: 'Pod', namespace: 'quay', name: 'pier' },
  minute: null,
  app: 'a',
} as const;
