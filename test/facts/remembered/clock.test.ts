import { expect, test } from 'vitest';
import { buildState } from '../../../src/cluster/build-state.ts';
import { remember } from '../../../src/facts/remember.ts';
import { withMemory } from '../../../src/facts/with-memory.ts';
import { DAY, HOUR, MINUTE } from '../../../src/kubernetes/durations.ts';
import type { ClusterState } from '../../../src/model/cluster-state.ts';
import type { Remembered } from '../../../src/model/remembered.ts';
import { object, pod, running, workload } from '../../rules/objects.ts';

const START = Date.parse('2026-03-02T10:00:00Z');
const CART = workload('StatefulSet', 'cart', { containers: [{ name: 'server' }] });
const UID = CART.metadata.uid!;

/** A reading by a clock, of a container that was killed last at a time. */
function killed(clock: number, at: number): ClusterState {
  const finishedAt = new Date(at).toISOString();
  const lastState = { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt } };
  const one = pod(CART, '0', { containers: [running({ name: 'server' }, { lastState } as never)] });
  return buildState({ name: 'prod', now: clock, objects: [CART, one] } as never);
}

/** A reading of an autoscaler that its maximum holds back, or one with room. */
function pinned(clock: number, desired = 4): ClusterState {
  const reason = desired === 4 ? 'TooManyReplicas' : 'DesiredWithinRange';
  const status = desired === 4 ? 'True' : 'False';
  const lastTransitionTime = new Date(clock).toISOString();
  const gate = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'gate', {
    spec: { maxReplicas: 4, scaleTargetRef: {} },
    status: {
      currentReplicas: desired,
      desiredReplicas: desired,
      conditions: [{ type: 'ScalingLimited', status, reason, lastTransitionTime }],
    },
  });
  return buildState({ name: 'prod', now: clock, objects: [gate] } as never);
}

function after(...readings: readonly ClusterState[]): ReadonlyMap<string, Remembered> {
  return readings.reduce<ReadonlyMap<string, Remembered>>(remember, new Map());
}

function killsAt(clock: number, known: ReadonlyMap<string, Remembered>): readonly number[] {
  const state = withMemory(buildState({ name: 'prod', now: clock, objects: [] } as never), known.values());
  return state.remembered!.kills(UID, 'server').map(({ at }) => at - START);
}

test('kills are neither lost nor counted twice by a clock that runs a day ahead for a while', () => {
  const known = after(
    killed(START + MINUTE, START),
    killed(START + DAY, START + HOUR),
    killed(START + HOUR + 5 * MINUTE, START + HOUR),
  );
  expect(killsAt(START + HOUR + 5 * MINUTE, known)).toEqual([0, HOUR]);
  expect(killsAt(START + DAY, known)).toEqual([]);
});

test('kills are neither lost nor counted twice by a clock that was put back an hour', () => {
  const known = after(
    killed(START + MINUTE, START),
    killed(START - HOUR, START),
    killed(START + 2 * MINUTE, START),
  );
  expect(killsAt(START + 2 * MINUTE, known)).toEqual([0]);
  expect(killsAt(START - HOUR, known)).toEqual([0]);
});

test('what no rule can use any more is forgotten after three days', () => {
  const known = after(killed(START + MINUTE, START));
  const empty = (clock: number): ClusterState =>
    buildState({ name: 'prod', now: clock, objects: [] } as never);
  expect(remember(known, empty(START + 2 * DAY)).size).toBe(1);
  expect(remember(known, empty(START + 3 * DAY + MINUTE)).size).toBe(0);
});

const since = (known: ReadonlyMap<string, Remembered>): readonly number[] =>
  [...known.values()].flatMap((one) => (one.kind === 'pin' ? [one.since - START] : []));

test('an autoscaler is at its maximum since the first reading that showed it', () => {
  expect(since(after(pinned(START), pinned(START + 10 * MINUTE), pinned(START + 20 * MINUTE)))).toEqual([0]);
  expect(since(after(pinned(START), pinned(START + 10 * MINUTE, 2)))).toEqual([]);
});

test('a clock that runs a day ahead makes no day at the maximum, and one that is put back takes none away', () => {
  expect(since(after(pinned(START), pinned(START + DAY)))).toEqual([DAY]);
  expect(since(after(pinned(START), pinned(START + DAY), pinned(START + HOUR)))).toEqual([HOUR]);
  expect(since(after(pinned(START), pinned(START + 10 * MINUTE), pinned(START - HOUR)))).toEqual([
    -HOUR - 10 * MINUTE,
  ]);
});
