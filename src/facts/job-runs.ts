import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { conditionsIn } from './observations.ts';

/** One Job of a CronJob, or a Job of its own. Times are milliseconds since the epoch. */
export interface JobRun {
  readonly job: ClusterObject;
  readonly started: number;
  /** Null while it runs. */
  readonly ended: number | null;
  readonly outcome: 'succeeded' | 'failed' | 'running';
}

export function runOf(job: ClusterObject): JobRun | null {
  const { startTime, completionTime } = recordAt(job, 'status');
  const started = parseTime(startTime) ?? parseTime(job.metadata.creationTimestamp);
  if (started === null) return null;
  const done = conditionsIn(job).find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  if (!done) return { job, started, ended: null, outcome: 'running' };
  const ended = parseTime(completionTime) ?? parseTime(done.lastTransitionTime);
  return { job, started, ended, outcome: done.type === 'Complete' ? 'succeeded' : 'failed' };
}

/** The Jobs of a CronJob that are on record, oldest first. */
export function runsOf(cluster: ClusterState, cron: ClusterObject): readonly JobRun[] {
  const { name, namespace } = cron.metadata;
  return cluster
    .list('Job', namespace ?? null)
    .filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.kind === 'CronJob' && owner.name === name),
    )
    .flatMap((job) => runOf(job) ?? [])
    .toSorted((a, b) => a.started - b.started);
}

/** How long the runs that succeeded took, in milliseconds. */
export function durationsOf(runs: readonly JobRun[]): readonly number[] {
  return runs.flatMap(({ outcome, started, ended }) =>
    outcome === 'succeeded' && ended !== null ? [ended - started] : [],
  );
}

/** The names of the Jobs that a CronJob itself calls active. */
export function activeJobsOf(cron: ClusterObject): readonly string[] {
  return recordsOf(recordAt(cron, 'status')['active']).flatMap(({ name }) =>
    typeof name === 'string' ? [name] : [],
  );
}
