import { describe, expect, test } from 'vitest';
import { buildState } from '../../../src/cluster/build-state.ts';
import { remember } from '../../../src/facts/remember.ts';
import { withMemory } from '../../../src/facts/with-memory.ts';
import { DAY, HOUR, MINUTE } from '../../../src/kubernetes/durations.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import type { ClusterState } from '../../../src/model/cluster-state.ts';
import type { Remembered } from '../../../src/model/remembered.ts';
import { podSpecOf } from '../../../src/kubernetes/workloads.ts';
import { deployment, replicaSet } from '../../rules/objects.ts';

const START = Date.parse('2026-03-02T10:00:00Z');

const spec = (image: string) => ({ containers: [{ name: 'server', image }] });

interface Cart {
  readonly image?: string;
  readonly ready?: number;
  readonly uid?: string;
}

function cart({ image = 'cart:1', ready = 3, uid = 'd1' }: Cart = {}): readonly KubernetesObject[] {
  const status = { replicas: 3, updatedReplicas: 3, readyReplicas: ready };
  const made = deployment('cart', spec(image), { status });
  const owner = { ...made, metadata: { ...made.metadata, uid } };
  return [owner, replicaSet(owner, image.replace(':', '-'), spec(image), { revision: 2, ready })];
}

function stateAt(now: number, objects: readonly KubernetesObject[]): ClusterState {
  const recorded = { Deployment: 'all', ReplicaSet: 'all', Pod: 'all' } as const;
  return buildState({ name: 'prod', now, objects, recorded } as never);
}

/** What is remembered after readings so many minutes after the start. */
function after(...readings: readonly (readonly [minutes: number, objects: readonly KubernetesObject[]])[]) {
  return readings.reduce<ReadonlyMap<string, Remembered>>(
    (known, [minutes, objects]) => remember(known, stateAt(START + minutes * MINUTE, objects)),
    new Map(),
  );
}

function imagesIn(known: ReadonlyMap<string, Remembered>, uid = 'd1'): readonly unknown[] {
  const state = withMemory(stateAt(START + DAY, []), known.values());
  return state.remembered!.templates(uid).map(({ template }) => podSpecOf(template)?.containers?.[0]?.image);
}

describe('a template that a workload was Ready with', () => {
  test('is remembered once all pods were Ready for five minutes, the newest first', () => {
    const known = after(
      [0, cart()],
      [6, cart()],
      [60, cart({ image: 'cart:2' })],
      [70, cart({ image: 'cart:2' })],
    );
    expect(imagesIn(known)).toEqual(['cart:2', 'cart:1']);
  });

  test('is remembered through failures of a later one', () => {
    const failing = cart({ image: 'cart:2', ready: 0 });
    expect(imagesIn(after([0, cart()], [6, cart()], [60, failing], [9_000, failing]))).toEqual(['cart:1']);
  });

  test('is noted once a minute until it has worked, and at the moment when it has', () => {
    const known = after([0, cart()]);
    const [one] = known.values();
    const at = (minutes: number, before: ReadonlyMap<string, Remembered>) =>
      remember(before, stateAt(START + minutes * MINUTE, cart()));
    expect(at(0.9, known).get(one!.id)).toBe(one);
    const fourth = at(4.5, known);
    expect(fourth.get(one!.id)?.at).toBe(START + 4.5 * MINUTE);
    expect(imagesIn(at(5, fourth))).toEqual(['cart:1']);
  });

  test('is noted once an hour while nothing changes', () => {
    const known = after([0, cart()], [6, cart()]);
    const [one] = known.values();
    const soon = remember(known, stateAt(START + 60 * MINUTE, cart()));
    expect(soon.get(one!.id)).toBe(one);
    const later = remember(known, stateAt(START + 70 * MINUTE, cart()));
    expect(later.get(one!.id)?.at).toBe(START + 70 * MINUTE);
  });

  test.each<[string, ReadonlyMap<string, Remembered>]>([
    ['that was Ready for a moment', after([0, cart()], [6, cart({ ready: 2 })])],
    [
      'that was Ready for moments, with failures between',
      after([0, cart()], [3, cart({ ready: 0 })], [6, cart()]),
    ],
    ['that was Ready at two readings far from each other', after([0, cart()], [60, cart()])],
    ['of a workload that was deleted', after([0, cart()], [6, cart()], [7, []])],
    [
      'of a workload of that name that was made anew',
      after([0, cart()], [6, cart()], [7, cart({ uid: 'd2' })]),
    ],
  ])('is none %s', (_what, known) => {
    expect(imagesIn(known)).toEqual([]);
    expect(imagesIn(known, 'd2')).toEqual([]);
  });

  test('takes the room of three at most, and of none that is very large', () => {
    const many = Array.from({ length: 6 }, (_, index) => `cart:${index}`).flatMap(
      (image, index): [number, readonly KubernetesObject[]][] => [
        [index * 60, cart({ image })],
        [index * 60 + 6, cart({ image })],
      ],
    );
    expect(imagesIn(after(...many))).toEqual(['cart:5', 'cart:4', 'cart:3']);
    const large = cart({ image: `cart:${'x'.repeat(70_000)}` });
    expect(after([0, large], [6, large]).size).toBe(0);
  });
});

describe('a clock that jumps', () => {
  const dayAhead = DAY / MINUTE;

  test('a day ahead and back loses no template, and counts no time that nobody saw', () => {
    expect(imagesIn(after([0, cart()], [6, cart()], [dayAhead, cart()], [8, cart()]))).toEqual(['cart:1']);
    expect(imagesIn(after([0, cart()], [dayAhead, cart()], [2, cart()]))).toEqual([]);
  });

  test('back an hour goes on', () => {
    const known = after([60, cart()], [66, cart()], [7, cart()]);
    expect(imagesIn(known)).toEqual(['cart:1']);
    expect([...known.values()].map(({ at }) => at <= START + HOUR)).toEqual([true]);
  });
});
