import { runOf, runsOf, type JobRun } from '../../facts/job-runs.ts';
import { conditionsIn, isOlder } from '../../facts/observations.ts';
import { terminationsOf, type Termination } from '../../facts/terminations.ts';
import { DAY, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { containerStatuses, parseTime, podSpecOf, type Condition } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { JobCause } from './causes.ts';
import { jobCauseOf } from './causes.ts';

/** A container of a Job's pod and how it ended. */
export interface Ended {
  readonly name: string;
  readonly termination: Termination;
}

/** A Job that gave up, or that does not end although its work has. */
export interface FailedRun {
  readonly cause: JobCause;
  readonly run: JobRun;
  /** Of a Job that gave up. */
  readonly condition: Condition | null;
  /** The CronJob that made it. */
  readonly cron: ClusterObject | null;
  /** Its last pod, where that is still there. */
  readonly pod: ClusterObject | null;
  /** The container that failed, or whose work has ended. */
  readonly ended: Ended | null;
  /** The containers that go on. */
  readonly running: readonly string[];
  /** Runs of the CronJob that failed one after the other, this one included. */
  readonly inARow: number;
  readonly at: number;
}

export function failedRunOf(cluster: ClusterState, job: ClusterObject): FailedRun | null {
  const run = runOf(job);
  const { object: owner } = cluster.ownerOf(job);
  const isGoing =
    job.metadata.deletionTimestamp !== undefined || owner?.metadata.deletionTimestamp !== undefined;
  if (run === null || isGoing) return null;
  const cron = owner?.kind === 'CronJob' ? owner : null;
  const pod = lastPodOf(cluster, job);
  const condition = conditionsIn(job).find(({ type, status }) => type === 'Failed' && status === 'True');
  if (!condition) return neverEnding(cluster, { run, cron, pod });
  const at = parseTime(condition.lastTransitionTime) ?? cluster.now;
  if (isOlder(cluster, condition.lastTransitionTime, DAY + 1)) return null;
  const siblings = cron ? runsOf(cluster, cron) : [run];
  const later = siblings.filter(({ started }) => started > run.started);
  const lastSuccess = parseTime(recordAt(cron, 'status')['lastSuccessfulTime']);
  // The newest of those that failed tells of all, and one that succeeded since of none.
  if (later.some(({ outcome }) => outcome !== 'running') || (lastSuccess !== null && lastSuccess > at))
    return null;
  return {
    cause: jobCauseOf(condition.reason ?? ''),
    run,
    condition,
    cron,
    pod,
    ended: pod && failedContainer(pod),
    running: [],
    inARow: failedInARow(siblings, run),
    at,
  };
}

function failedInARow(siblings: readonly JobRun[], run: JobRun): number {
  const before = siblings.filter(({ started }) => started <= run.started).toReversed();
  const end = before.findIndex(({ outcome }) => outcome !== 'failed');
  return Math.max(1, end < 0 ? before.length : end);
}

function lastPodOf(cluster: ClusterState, job: ClusterObject): ClusterObject | null {
  const { ref } = cluster.ownerOf(job);
  const own = cluster
    .podsOf(ref)
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === job.metadata.name));
  return (
    own.toSorted(
      (a, b) =>
        (parseTime(b.metadata.creationTimestamp) ?? 0) - (parseTime(a.metadata.creationTimestamp) ?? 0),
    )[0] ?? null
  );
}

/** The first that ended with an error, init containers first: the others never ran, or were stopped because of it. */
function failedContainer(pod: ClusterObject): Ended | null {
  const ended = containerStatuses(pod).flatMap((status) =>
    terminationsOf(status).map((termination) => ({ name: status.name, termination })),
  );
  return ended.find(({ termination: { exitCode } }) => exitCode !== null && exitCode !== 0) ?? null;
}

/** The other containers of a pod may need a moment to end. */
const GRACE = 5 * MINUTE;

/** A pod whose own container ended well, while another one, such as an injected proxy, goes on. */
function neverEnding(
  cluster: ClusterState,
  { run, cron, pod }: Pick<FailedRun, 'run' | 'cron' | 'pod'>,
): FailedRun | null {
  if (run.outcome !== 'running' || pod === null || recordAt(run.job, 'spec')['suspend'] === true) return null;
  const own = new Set((podSpecOf(pod)?.containers ?? []).map(({ name }) => name));
  const statuses = containerStatuses(pod).filter(({ name }) => own.has(name));
  const ended = statuses.flatMap(({ name, state }) => {
    const [termination] = terminationsOf({ name, ...(state ? { state } : {}) });
    return termination?.exitCode === 0 ? [{ name, termination }] : [];
  });
  const running = statuses.filter(({ state }) => state?.running !== undefined).map(({ name }) => name);
  const last = ended.toSorted((a, b) => (b.termination.finishedAt ?? 0) - (a.termination.finishedAt ?? 0))[0];
  const at = last?.termination.finishedAt;
  if (!last || !at || running.length === 0 || running.length + ended.length < statuses.length) return null;
  if (!cluster.reached(at + GRACE)) return null;
  return { cause: 'never-ends', run, condition: null, cron, pod, ended: last, running, inARow: 1, at };
}
