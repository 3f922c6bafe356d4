import { buildState } from '../../../src/cluster/build-state.ts';
import { MINUTE } from '../../../src/kubernetes/durations.ts';
import type { ClusterState } from '../../../src/model/cluster-state.ts';
import type { Remembered } from '../../../src/model/remembered.ts';
import { deployment, object, pod, readyPods, replicaSet, running, workload } from '../../rules/objects.ts';

export const BEGAN = Date.parse('2026-03-02T10:00:00Z');
/** Kills of one container that are kept. */
const KEPT = 20;

const timeOf = (n: number): number => BEGAN + n * MINUTE;

/** One reading a minute: a container that was just killed in a pod of its own, an autoscaler at its maximum, and a Deployment that is Ready. */
export function readingAt(n: number): ClusterState {
  const now = timeOf(n);
  const set = workload('StatefulSet', 'cart', { containers: [{ name: 'server' }] });
  const terminated = { reason: 'OOMKilled', exitCode: 137, finishedAt: new Date(now).toISOString() };
  const killed = pod(set, String(n), {
    containers: [running({ name: 'server' }, { lastState: { terminated } } as never)],
  });
  const spec = { containers: [{ name: 'web', image: 'registry.example/web:1' }] };
  const counts = { replicas: 2, updatedReplicas: 2, readyReplicas: 2 };
  const web = deployment('web', spec, { spec: { replicas: 2 }, status: counts });
  const webSet = replicaSet(web, 'a', spec, { revision: 2, ready: 2 });
  const gate = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'gate', {
    spec: { maxReplicas: 4, scaleTargetRef: {} },
    status: {
      currentReplicas: 4,
      desiredReplicas: 4,
      conditions: [{ type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' }],
    },
  });
  const objects = [set, killed, web, webSet, ...readyPods(webSet, 2), gate];
  return buildState({ name: 'prod', now, objects } as never);
}

/** What is missing of what all readings up to this one showed, in words. */
export function missingAfter(n: number, remembered: readonly Remembered[]): readonly string[] {
  const kills = new Set(remembered.flatMap((one) => (one.kind === 'kill' ? [one.at] : [])));
  // The process may have remembered one more than it acknowledged.
  const wanted = Array.from({ length: Math.min(n + 1, KEPT - 1) }, (_, back) => n - back);
  const pin = remembered.find((one) => one.kind === 'pin');
  const template = remembered.find((one) => one.kind === 'template');
  return [
    ...wanted.filter((one) => !kills.has(timeOf(one))).map((one) => `kill ${one}`),
    ...(kills.size > KEPT ? [`${kills.size} kills, which are too many`] : []),
    ...(pin?.since === BEGAN ? [] : ['since when the autoscaler is at its maximum']),
    ...(template?.since === BEGAN ? [] : ['the template that was Ready']),
  ];
}
