import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { failingPullOf } from '../../src/facts/image-pulls.ts';
import { killedContainers, killsRemembered } from '../../src/facts/kills.ts';
import { remember } from '../../src/facts/remember.ts';
import { containersIn, workloadsIn } from '../../src/facts/subjects.ts';
import { withMemory } from '../../src/facts/with-memory.ts';
import { HOUR, MINUTE } from '../../src/kubernetes/durations.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import type { Remembered } from '../../src/model/remembered.ts';
import { countKills } from '../../src/witnesses/kill-count.ts';

const START = Date.parse('2026-03-01T10:00:00Z');
const at = (time: number): string => new Date(time).toISOString();

function stateAt(now: number, ...objects: readonly KubernetesObject[]): ClusterState {
  return buildState({
    name: 'prod',
    now,
    objects,
    recorded: { Pod: 'all', StatefulSet: 'all', Event: 'all' },
  } as never);
}

function owner(uid = 's1'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'cart', namespace: 'shop', uid },
    spec: {},
  } as never;
}

interface PodOptions {
  readonly uid: string;
  readonly of?: string;
  readonly killedAt?: number;
  readonly limit?: string;
  readonly state?: object;
  readonly container?: string;
}

function pod({
  uid,
  of = 's1',
  killedAt,
  limit = '512Mi',
  state,
  container = 'server',
}: PodOptions): KubernetesObject {
  const finishedAt = killedAt === undefined ? undefined : at(killedAt);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'cart-0',
      namespace: 'shop',
      uid,
      // Older than the window, so that the restart count tells nothing.
      creationTimestamp: at(START - 24 * HOUR),
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'cart', uid: of, controller: true },
      ],
    },
    spec: {
      containers: [
        { name: container, image: 'registry.example/cart:2.0', resources: { limits: { memory: limit } } },
      ],
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: container,
          restartCount: 1,
          state: state ?? { running: { startedAt: at(START) } },
          ...(finishedAt && {
            lastState: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt } },
          }),
        },
      ],
    },
  } as never;
}

/** What is remembered after these scans. */
function after(...scans: readonly ClusterState[]): ReadonlyMap<string, Remembered> {
  return scans.reduce<ReadonlyMap<string, Remembered>>((known, scan) => remember(known, scan), new Map());
}

/** How many kills the rule counts in a scan. */
function killsIn(scan: ClusterState, known: ReadonlyMap<string, Remembered>): number {
  const state = withMemory(scan, remember(known, scan).values());
  const [container] = workloadsIn(state).flatMap(containersIn);
  const killed = killedContainers(container!.instances, state);
  const metrics = { restarts: null, reasons: null };
  return countKills(killed, metrics, state, killsRemembered(container!, killed)).count;
}

describe('kills of six hours', () => {
  const first = stateAt(START, owner(), pod({ uid: 'p1', killedAt: START - HOUR }));
  const second = stateAt(START + HOUR, owner(), pod({ uid: 'p1', killedAt: START + HOUR - MINUTE }));
  const third = (change: Partial<PodOptions> = {}, uid = 's1', now = START + 2 * HOUR) =>
    stateAt(now, owner(uid), pod({ uid: 'p2', of: uid, killedAt: now - MINUTE, ...change }));

  test('are three when two were of a pod that has been replaced', () => {
    expect(killsIn(third(), after(first, second))).toBe(3);
    expect(killsIn(third(), new Map())).toBe(1);
  });

  test('are counted once each, however often they are seen', () => {
    expect(killsIn(second, after(first, first, second, second))).toBe(2);
  });

  test('are all that one pod had, although its status keeps one', () => {
    const last = stateAt(START + 2 * HOUR, owner(), pod({ uid: 'p1', killedAt: START + 2 * HOUR - MINUTE }));
    expect(killsIn(last, after(first, second))).toBe(3);
  });

  test.each<[string, ClusterState]>([
    ['longer ago', third({}, 's1', START + 8 * HOUR)],
    ['of another memory limit', third({ limit: '1Gi' })],
    ['of another container', third({ container: 'proxy' })],
    ['of a workload of that name that was deleted', third({}, 's2')],
  ])('do not include those %s', (_what, scan) => {
    expect(killsIn(scan, after(first, second))).toBe(1);
  });

  test('that are over make no incident', () => {
    const healthy = stateAt(START + 2 * HOUR, owner(), pod({ uid: 'p2' }));
    expect(killsIn(healthy, after(first, second))).toBe(0);
  });

  test('take the room of twenty at most', () => {
    const scans = Array.from({ length: 40 }, (_, minute) =>
      stateAt(START + minute * MINUTE, owner(), pod({ uid: 'p1', killedAt: START + minute * MINUTE })),
    );
    expect(after(...scans).size).toBe(20);
    expect(after(...scans, stateAt(START + 80 * HOUR, owner())).size).toBe(0);
  });
});

describe('a pull error', () => {
  const waiting = {
    waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example/cart:2.0"' },
  };
  const said = (message: string, count: number, time: number): KubernetesObject =>
    ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `e-${time}`, namespace: 'shop' },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'shop',
        name: 'cart-0',
        uid: 'p1',
        fieldPath: 'spec.containers{server}',
      },
      reason: 'Failed',
      type: 'Warning',
      message: `Failed to pull image "registry.example/cart:2.0": ${message}`,
      count,
      firstTimestamp: at(START - HOUR),
      lastTimestamp: at(time),
    }) as never;
  const stuck = pod({ uid: 'p1', state: waiting });
  const missing = 'rpc error: code = NotFound desc = manifest unknown: not found';
  const seen = [
    stateAt(START, owner(), stuck, said(missing, 5, START)),
    stateAt(START + MINUTE, owner(), stuck, said(missing, 12, START + MINUTE)),
  ];

  function causesIn(scan: ClusterState, known: ReadonlyMap<string, Remembered>): readonly string[] {
    const state = withMemory(scan, remember(known, scan).values());
    const [instance] = workloadsIn(state).flatMap(containersIn)[0]!.instances;
    return (failingPullOf(instance!, state)?.reports ?? []).map(
      ({ cause, count, isRemembered }) => `${cause} ${count} ${isRemembered === true ? 'remembered' : 'now'}`,
    );
  }

  test('is known after its event has expired', () => {
    const later = stateAt(START + 3 * HOUR, owner(), stuck);
    expect(causesIn(later, after(...seen))).toEqual(['tag-not-found 12 remembered', 'unknown 1 now']);
    expect(after(...seen).size).toBe(1);
  });

  test('is told once while the cluster has its event', () => {
    expect(causesIn(seen[1]!, after(...seen))).toEqual(['tag-not-found 12 now', 'unknown 1 now']);
  });

  test('gives way to a newer answer of the registry', () => {
    const later = stateAt(
      START + 3 * HOUR,
      owner(),
      stuck,
      said('dial tcp: i/o timeout', 1, START + 3 * HOUR),
    );
    expect(causesIn(later, after(...seen))).toEqual(['timeout 1 now', 'unknown 1 now']);
  });

  test.each([
    ['that has pulled the image since', pod({ uid: 'p1' })],
    ['that was replaced', pod({ uid: 'p9', state: waiting })],
  ])('is forgotten with a pod %s', (_what, now) => {
    expect(after(...seen, stateAt(START + HOUR, owner(), now)).size).toBe(0);
  });
});
