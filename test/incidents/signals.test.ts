import { describe, expect, test } from 'vitest';
import { ChangingState } from '../../src/cluster/changing-state.ts';
import { Signals } from '../../src/incidents/signals.ts';
import { objectKey, refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../src/model/cluster-state.ts';
import { rules } from '../../src/rules/index.ts';
import { maskedObject } from '../../src/untrusted/masked.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const at = '2026-03-01T09:50:00Z';

interface Waiting {
  readonly waits: string | null;
  readonly says?: readonly string[];
  /** When it was created. */
  readonly since?: string;
}

/** A pod whose container waits for a reason, or runs, and events about it. */
function pod({ waits, says = [], since = at }: Waiting): readonly KubernetesObject[] {
  const state = waits === null ? { running: { startedAt: at } } : { waiting: { reason: waits } };
  const involvedObject = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'p' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'cart', namespace: 'shop', uid: 'p', creationTimestamp: since },
      spec: { containers: [{ name: 'server', image: 'registry.example/cart:2' }] },
      status: {
        phase: waits === null ? 'Running' : 'Pending',
        containerStatuses: [{ name: 'server', ready: waits === null, restartCount: 0, state }],
      },
    },
    ...says.map((message, index) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `cart.${index}`, namespace: 'shop', uid: `e${index}`, creationTimestamp: at },
      involvedObject,
      reason: 'Failed',
      type: 'Warning',
      message,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    })),
  ];
}

/** The cluster as a watch shows it in each of these states. */
function* watched(states: readonly Waiting[]): Iterable<ClusterState> {
  const changing = new ChangingState('prod');
  changing.describe({ recorded: { Pod: 'all', Event: 'all' } });
  let before = new Map<string, ClusterObject>();
  for (const state of states) {
    const objects = pod(state).map((object) => maskedObject(object));
    const after = new Map(objects.map((object) => [objectKey(refOf(object)), object]));
    const known = before;
    changing.apply(
      [...new Map([...known, ...after])].map(([key, object]) => ({
        ref: refOf(object),
        before: known.get(key) ?? null,
        after: after.get(key) ?? null,
      })),
    );
    before = after;
    yield changing.state(NOW);
  }
}

function asked(...states: readonly Waiting[]): readonly boolean[] {
  const signals = new Signals(rules);
  return [...watched(states)].map((state) => signals.changed(state));
}

test('a grace period tells when to look again', () => {
  const signals = new Signals(rules);
  expect(signals.nextAt()).toBeNull();
  for (const state of watched([{ waits: 'ContainerCreating', since: '2026-03-01T09:59:50Z' }]))
    signals.changed(state);
  expect(signals.nextAt()).toBeGreaterThan(NOW);
});

describe('what a cluster shows', () => {
  test('is new when a symptom comes, and when it goes', () => {
    expect(asked({ waits: null }, { waits: 'ImagePullBackOff' }, { waits: null })).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('is not new while nothing changes', () => {
    expect(asked({ waits: 'ImagePullBackOff' }, { waits: 'ImagePullBackOff' })).toEqual([true, false]);
  });

  test('is not new when the states of one failure come in turn', () => {
    const [pulls, backsOff] = [{ waits: 'ErrImagePull' }, { waits: 'ImagePullBackOff' }];
    expect(asked(pulls, backsOff, pulls, backsOff)).toEqual([true, true, false, false]);
  });

  test('is new when an event says more', () => {
    const waits = 'ImagePullBackOff';
    const says = ['Failed to pull image: registry.example/cart:2: not found'];
    expect(asked({ waits }, { waits, says }, { waits, says })).toEqual([true, true, false]);
  });

  test('is not new when an event says the same of another moment', () => {
    const waits = 'ImagePullBackOff';
    expect(
      asked(
        { waits, says: ['back-off 10s for pod cart-7d9f'] },
        { waits, says: ['back-off 40s for pod cart-2b1c'] },
      ),
    ).toEqual([true, false]);
  });
});
