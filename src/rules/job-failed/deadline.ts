import { describeDuration } from '../../kubernetes/durations.ts';
import { recordAt, refOf } from '../../kubernetes/objects.ts';
import { runsOf } from '../../facts/job-runs.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { deadlineFor, observedRuns } from '../../witnesses/job-deadline.ts';
import type { Conclusion } from '../define-rule.ts';
import type { FailedRun } from './failed-run.ts';

type Repair = Partial<Conclusion> & {
  readonly because: readonly Prose[];
  readonly evidence: Conclusion['evidence'];
};

const FIELD = 'spec.jobTemplate.spec.activeDeadlineSeconds';
/** Runs that take so much of the deadline are runs that grow into it. */
const CLOSE = 0.8;

/** A deadline that runs which succeeded would not have kept, or hardly: only a CronJob's counts for the next run. */
export function* deadlineRepair(cluster: ClusterState, { cron }: FailedRun, ask: Ask): Asking<Repair | null> {
  const deadline = recordAt(cron, 'spec', 'jobTemplate', 'spec')['activeDeadlineSeconds'];
  if (cron === null || typeof deadline !== 'number') return null;
  const observed = observedRuns(cron, runsOf(cluster, cron));
  const [now, before] = (yield* ask.history(refOf(cron), FIELD)) ?? [];
  const was = now?.value === deadline && typeof before?.value === 'number' ? before.value : null;
  if (observed === null) return null;
  const advice = [prose`The next run gets the new deadline; the one that failed is not started again.`];
  const shared = { verdict: 'fix', evidence: [observed.evidence], advice } as const;
  if (now && was !== null && was > deadline && observed.longest > deadline * 1000)
    return {
      ...shared,
      changes: [changeOf(refOf(cron), FIELD, deadline, was)],
      because: [observed.says, prose`The deadline was ${was} seconds until ${describeCommit(now.commit)}.`],
      reason: prose`Runs that succeeded took longer than the deadline of now.`,
      guards: [
        {
          kind: 'no-auto-merge',
          reason: prose`a commit lowered the deadline: a person has to confirm going back`,
        },
      ],
      evidence: [observed.evidence, commitEvidence(now.commit, `${FIELD}: ${was} became ${deadline}`)],
      introducedBy: now.commit,
    };
  if (observed.longest < deadline * 1000 * CLOSE)
    return {
      because: [observed.says, prose`The deadline leaves them room, so this run hung or had more to do.`],
      evidence: [observed.evidence],
      reason: prose`Runs before took ${describeDuration(observed.longest)} at most: a longer deadline is not known to help.`,
    };
  const after = deadlineFor(Math.max(observed.longest, deadline * 1000));
  return {
    ...shared,
    changes: [changeOf(refOf(cron), FIELD, deadline, after)],
    because: [observed.says],
    reason: prose`Runs have grown close to the deadline.`,
    guards: [{ kind: 'draft', reason: prose`only a person knows whether a run may take longer` }],
  };
}
