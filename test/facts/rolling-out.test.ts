import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { rollingOutUntil } from '../../src/facts/rolling-out.ts';
import { MINUTE } from '../../src/kubernetes/durations.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { deployment, object, workload } from '../rules/objects.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const SPEC = { containers: [{ name: 'web' }] };

const at = (minutesAgo: number): string => new Date(NOW - minutesAgo * MINUTE).toISOString();

interface Rollout {
  readonly status?: string;
  readonly reason?: string;
  readonly progressAgo?: number;
  readonly available?: number;
  readonly spec?: Readonly<Record<string, unknown>>;
}

function rolling({
  status = 'True',
  reason = 'ReplicaSetUpdated',
  progressAgo = 4,
  available = 2,
  spec = {},
}: Rollout): KubernetesObject {
  const conditions = [
    { type: 'Progressing', status, reason, lastTransitionTime: at(600), lastUpdateTime: at(progressAgo) },
  ];
  const counts = { replicas: 4, updatedReplicas: 3, availableReplicas: available };
  return deployment('web', SPEC, { spec: { replicas: 3, ...spec }, status: { ...counts, conditions } });
}

function left(one: KubernetesObject, others: readonly KubernetesObject[] = []): number | null {
  const cluster = buildState({ name: 'prod', now: NOW, objects: [one, ...others] } as never);
  const until = rollingOutUntil(cluster, one);
  return until === null ? null : (until - NOW) / MINUTE;
}

describe('a rollout', () => {
  test.each<[string, Rollout, number | null]>([
    ['has ten minutes from its last progress', {}, 6],
    ['has the time that its deadline says', { spec: { progressDeadlineSeconds: 1200 } }, 16],
    ['is over its time', { progressAgo: 11 }, null],
    ['has given up', { status: 'False', reason: 'ProgressDeadlineExceeded' }, null],
    ['was complete before its pods failed', { reason: 'NewReplicaSetAvailable' }, null],
    ['is paused', { spec: { paused: true } }, null],
  ])('that %s', (_what, rollout, minutes) => {
    expect(left(rolling(rollout))).toBe(minutes);
  });

  test('that is complete is none', () => {
    const done = rolling({});
    const status = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: [] };
    expect(left({ ...done, status })).toBeNull();
  });

  test('of a StatefulSet has ten minutes from its newest revision on, if that is not its first', () => {
    const set = workload('StatefulSet', 'db', SPEC, {
      spec: { replicas: 3 },
      status: { replicas: 3, updatedReplicas: 1, availableReplicas: 3 },
    });
    const revision = (number: number, made: string): KubernetesObject =>
      object(
        'apps/v1',
        'ControllerRevision',
        `db-${number}`,
        { revision: number, data: {} },
        { owner: set, made },
      );
    expect(left(set, [revision(1, at(900)), revision(2, at(3))])).toBe(7);
    expect(left(set, [revision(2, at(3))])).toBeNull();
  });
});
