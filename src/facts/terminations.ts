import { parseTime, type ContainerStatus } from '../kubernetes/workloads.ts';

/** The end of one run of a container, as its status keeps it. Times are milliseconds since the epoch; null for what is not recorded. */
export interface Termination {
  readonly field: 'state' | 'lastState';
  /** `OOMKilled`, `Error`, `Completed`. */
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/**
 * The ends on record, newest first: of the run that is over (`state`) and of the one before it (`lastState`). A status keeps no more than these.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
 */
export function terminationsOf(status: ContainerStatus | undefined): readonly Termination[] {
  return (['state', 'lastState'] as const).flatMap((field) => {
    const ended = status?.[field]?.terminated;
    if (ended === undefined) return [];
    const { reason = null, exitCode = null, startedAt, finishedAt } = ended;
    return [{ field, reason, exitCode, startedAt: parseTime(startedAt), finishedAt: parseTime(finishedAt) }];
  });
}
