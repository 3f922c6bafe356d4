import { expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { HOUR } from '../../src/kubernetes/durations.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import { ClusterMemory } from '../../src/service/cluster-memory.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');

function killedAt(time: number, uid: string): ClusterState {
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'cart', uid: 's1', controller: true };
  const terminated = { reason: 'OOMKilled', exitCode: 137, finishedAt: new Date(time).toISOString() };
  const objects = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'cart', namespace: 'shop', uid: 's1' } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'cart-0', namespace: 'shop', uid, ownerReferences: [owner] },
      spec: { containers: [{ name: 'server' }] },
      status: { containerStatuses: [{ name: 'server', lastState: { terminated } }] },
    },
  ] as readonly object[] as readonly KubernetesObject[];
  return buildState({ name: 'prod', now: time + 1_000, objects });
}

function killsIn(state: ClusterState): readonly number[] {
  return (state.remembered?.kills('s1', 'server') ?? []).map(({ at }) => at);
}

test('what a process saw is known to the next one', async () => {
  const store = await openMemoryStore();
  const log = { warn: () => expect.unreachable() };
  const before = new ClusterMemory(store, log, 'prod');
  await before.with(killedAt(NOW, 'p1'));
  await before.with(killedAt(NOW + HOUR, 'p1'));
  const next = await new ClusterMemory(store, log, 'prod').with(killedAt(NOW + 2 * HOUR, 'p2'));
  expect(killsIn(next)).toEqual([NOW, NOW + HOUR, NOW + 2 * HOUR]);
  const other = await new ClusterMemory(store, log, 'test').with(killedAt(NOW + 2 * HOUR, 'p2'));
  expect(killsIn(other)).toEqual([NOW + 2 * HOUR]);
});

test('a scan that shows nothing new writes nothing', async () => {
  const { memories } = await openMemoryStore();
  let writes = 0;
  const counting = {
    of: (cluster: string) => memories.of(cluster),
    change: async (...change: Parameters<typeof memories.change>) => {
      writes += 1;
      await memories.change(...change);
    },
  };
  const log = { warn: () => expect.unreachable() };
  const one = new ClusterMemory({ memories: counting }, log, 'prod');
  for (let scan = 0; scan < 3; scan += 1) await one.with(killedAt(NOW, 'p1'));
  expect(writes).toBe(1);
});

test('a full disk delays the writing, is said once, and loses nothing', async () => {
  const { memories } = await openMemoryStore();
  const said: unknown[] = [];
  let isFull = true;
  const full = {
    of: (cluster: string) => memories.of(cluster),
    change: async (...change: Parameters<typeof memories.change>) => {
      if (isFull) throw new Error('database or disk is full');
      await memories.change(...change);
    },
  };
  const one = new ClusterMemory({ memories: full }, { warn: (facts) => void said.push(facts) }, 'prod');
  await one.with(killedAt(NOW, 'p1'));
  expect(killsIn(await one.with(killedAt(NOW + HOUR, 'p2')))).toEqual([NOW, NOW + HOUR]);
  expect(said).toHaveLength(1);
  isFull = false;
  await one.with(killedAt(NOW + 2 * HOUR, 'p3'));
  expect(await memories.of('prod')).toHaveLength(3);
});
