import { isWithin } from './observations.ts';
import { HOUR } from '../kubernetes/durations.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';

/** A size that an autoscaler gave its target in the last hour, as often as the event was repeated. */
export interface Rescale {
  readonly event: ClusterEvent;
  readonly size: number;
  /** `corrected`: it brought the number back into its range; `up` and `down`: its metrics asked for it. */
  readonly way: 'corrected' | 'up' | 'down';
  readonly count: number;
}

/** `New size: 4; reason: Current number of replicas below Spec.MinReplicas` */
const RESCALED = /^New size: (\d+); reason: (.*)$/s;

/** Sizes that the autoscaler gave in the last hour, the latest first. */
export function rescalesOf(cluster: ClusterState, hpa: ClusterObject): readonly Rescale[] {
  return cluster
    .eventsOf(hpa)
    .flatMap((event): readonly Rescale[] => {
      const [, size, why = ''] = (event.reason === 'SuccessfulRescale' && RESCALED.exec(event.message)) || [];
      if (size === undefined || !isWithin(cluster, event.lastSeen, HOUR)) return [];
      const way = /^Current number of replicas (?:below|above) Spec\.(?:Min|Max)Replicas/.test(why)
        ? 'corrected'
        : /below target/.test(why)
          ? 'down'
          : 'up';
      return [{ event, size: Number(size), way, count: event.count }];
    })
    .toReversed();
}

/** A size that something gave a Deployment in the last hour, as the controller reports it for its ReplicaSet. */
export interface Resize {
  readonly event: ClusterEvent;
  readonly from: number | null;
  readonly to: number;
  readonly count: number;
}

/** `Scaled down replica set web-1 to 2 from 4`, `… from 4 to 2`, and before Kubernetes 1.26 `… to 2`. */
const RESIZED = /^Scaled (?:up|down) replica set \S+ (?:from (\d+) )?to (\d+)(?: from (\d+))?$/;

export function resizesOf(cluster: ClusterState, target: ClusterObject): readonly Resize[] {
  return cluster.eventsOf(target).flatMap((event): readonly Resize[] => {
    const found = event.reason === 'ScalingReplicaSet' && RESIZED.exec(event.message.trim());
    if (!found || !isWithin(cluster, event.lastSeen, HOUR)) return [];
    const from = found[1] ?? found[3];
    return [
      { event, from: from === undefined ? null : Number(from), to: Number(found[2]), count: event.count },
    ];
  });
}

export function countOf(events: readonly { readonly count: number }[]): number {
  return events.reduce((sum, { count }) => sum + count, 0);
}
