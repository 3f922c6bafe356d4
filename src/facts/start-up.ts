import { MINUTE } from '../kubernetes/durations.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { conditionsIn } from './observations.ts';
import type { ContainerFacts, ContainerInstance } from './subjects.ts';

/** How long a container of one pod took from its start until the pod's containers were ready. */
export interface StartUp {
  readonly pod: ClusterObject;
  readonly instance: ContainerInstance;
  readonly seconds: number;
}

/** Longer than this is no start-up: the pod lost its readiness later and came back. */
const LONGEST = 30 * MINUTE;

/** The start-ups of a container in the pods that are ready, the slowest first. */
export function startUpsOf({ instances }: ContainerFacts): readonly StartUp[] {
  return instances
    .flatMap((instance) => {
      const { pod, status } = instance;
      const started = parseTime(status?.state?.running?.startedAt);
      const ready = conditionsIn(pod).find(
        ({ type, status: is }) => type === 'ContainersReady' && is === 'True',
      );
      const at = parseTime(ready?.lastTransitionTime);
      if (started === null || at === null || status?.ready !== true) return [];
      return at < started || at - started > LONGEST
        ? []
        : [{ pod, instance, seconds: (at - started) / 1000 }];
    })
    .toSorted((a, b) => b.seconds - a.seconds);
}

/** Seconds from start to end of the last run of a container; null where that is not recorded. */
export function livedFor({ terminations }: ContainerInstance): number | null {
  const [last] = terminations;
  return last?.startedAt == null || last.finishedAt === null
    ? null
    : (last.finishedAt - last.startedAt) / 1000;
}
