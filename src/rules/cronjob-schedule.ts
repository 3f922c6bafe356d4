/**
 * Rule `cronjob-schedule`: a CronJob does not run as its schedule says.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A schedule that cannot be read, or a time zone that is not known, starts nothing until the spec changes; the event is written once, so the
 *   schedule itself is read too. pkg/controller/cronjob/cronjob_controllerv2.go
 * - `concurrencyPolicy: Forbid` starts nothing while a run goes on (JobAlreadyActive, a Normal event), `Replace` deletes the run, `Allow` runs both.
 *   https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy
 * - More than 100 missed times start nothing, unless `startingDeadlineSeconds` bounds what is counted; below 10 a time may always be missed.
 *   https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline
 */
import { quote, quoteEvent } from '../facts/observations.ts';
import { runsOf } from '../facts/job-runs.ts';
import { describeTime } from '../kubernetes/durations.ts';
import { parseSchedule } from '../kubernetes/cron.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf } from '../model/change.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../witnesses/commits.ts';
import { deadlineFor, observedRuns } from '../witnesses/job-deadline.ts';
import { isTimeZone, nearestTimeZone, readingOf } from '../witnesses/schedule-reading.ts';
import { SCHEDULE_CAUSES, type ScheduleCause } from './cronjob-schedule/causes.ts';
import { troubleOf } from './cronjob-schedule/trouble.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

export const cronjobSchedule = defineRule({
  id: 'cronjob-schedule',
  title: 'A CronJob does not run as its schedule says',
  phase: 'scheduling',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax',
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy',
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline',
  ],
  reads: ['CronJob', 'Job', 'Event'],
  on: 'CronJob',
  causes: SCHEDULE_CAUSES,

  detect({ cluster, object }) {
    const trouble = troubleOf(cluster, object);
    if (!trouble) return null;
    const occurrences = trouble.events.reduce((most, { count }) => Math.max(most, count), 1);
    return { trouble, seenOn: [refOf(object)], firstSeen: trouble.since, occurrences };
  },

  *investigate({ cluster, object }, ask, { trouble }) {
    const { cause, says, events, runs, advice } = trouble;
    const repair = yield* repairOf(cause, cluster, object, ask);
    const field = FIELDS[cause];
    return diagnosis({
      cause,
      summary: prose`${describeRef(refOf(object))}: ${says}.`,
      certainty: [0.9, prose`the controller says why it starts nothing, or the schedule shows it`],
      reason: REASONS[cause],
      advice: [advice],
      ...repair,
      because: [...(repair?.because ?? []), ...lastRun(object)],
      evidence: [
        ...events.slice(0, 2).map((event) => quoteEvent(object, event)),
        ...(events.length > 0 ? [] : [quote('object', object, null, fieldText(object, field))]),
        ...runs.slice(0, 3).map(({ job, started }) => quote('object', job, started, 'still running')),
        ...(repair?.evidence ?? []),
      ],
      blames: [{ object: refOf(object), field: `spec.${field}` }],
    });
  },
});

const WHEN = prose`When it should run is not proven, so a person has to decide.`;
const OVERLAP = prose`Whether runs may overlap or be cut off is for a person to decide.`;
const LATE = prose`How late a run may start is for a person to decide.`;

const REASONS: Readonly<Record<ScheduleCause, Prose>> = {
  'unreadable-schedule': WHEN,
  'unknown-time-zone': WHEN,
  'never-due': WHEN,
  'run-never-ends': OVERLAP,
  'runs-pile-up': OVERLAP,
  'runs-cut-short': OVERLAP,
  'starting-deadline-too-short': LATE,
  'missed-starts': LATE,
};

const FIELDS: Readonly<Record<ScheduleCause, string>> = {
  'unreadable-schedule': 'schedule',
  'unknown-time-zone': 'timeZone',
  'never-due': 'schedule',
  'run-never-ends': 'concurrencyPolicy',
  'runs-pile-up': 'schedule',
  'runs-cut-short': 'concurrencyPolicy',
  'starting-deadline-too-short': 'startingDeadlineSeconds',
  'missed-starts': 'schedule',
};

function fieldText(cron: ClusterObject, field: string): string {
  return `spec.${field}: ${String(recordAt(cron, 'spec')[field] ?? '(not set)')}`;
}

function lastRun(cron: ClusterObject): readonly Prose[] {
  const last = parseTime(recordAt(cron, 'status')['lastSuccessfulTime']);
  return last === null ? [] : [prose`Its last run that succeeded ended at ${describeTime(last)}.`];
}

type Repair = Partial<Conclusion> & {
  readonly because: readonly Prose[];
  readonly evidence: Conclusion['evidence'];
};

function* repairOf(
  cause: ScheduleCause,
  cluster: ClusterState,
  cron: ClusterObject,
  ask: Ask,
): Asking<Repair | null> {
  if (cause === 'unreadable-schedule')
    return yield* restored(
      cron,
      'schedule',
      readingOf,
      (value) => parseSchedule(value).kind !== 'invalid',
      ask,
    );
  if (cause === 'unknown-time-zone')
    return yield* restored(cron, 'timeZone', nearestTimeZone, isTimeZone, ask);
  return cause === 'run-never-ends' ? withDeadline(cluster, cron) : null;
}

/** What the field was before the last commit that changed it, else the one thing that its text can mean. */
function* restored(
  cron: ClusterObject,
  field: 'schedule' | 'timeZone',
  reading: (text: string) => string | null,
  isValid: (text: string) => boolean,
  ask: Ask,
): Asking<Repair | null> {
  const object = refOf(cron);
  const path = `spec.${field}`;
  const written = recordAt(cron, 'spec')[field];
  if (typeof written !== 'string' || isValid(written)) return null;
  const [now, before] = (yield* ask.history(object, path)) ?? [];
  const meant = reading(written);
  const was =
    now?.value === written && typeof before?.value === 'string' && isValid(before.value)
      ? before.value
      : null;
  const after = was ?? meant;
  if (after === null) return null;
  const wasCommit = was === null ? null : now!.commit;
  return {
    verdict: 'fix',
    changes: [changeOf(object, path, written, after)],
    because: wasCommit
      ? [prose`It was ${after} until ${describeCommit(wasCommit)}.`]
      : [prose`The one thing that it can mean is ${after}.`],
    reason: wasCommit
      ? prose`The value before the last commit is one that the controller reads.`
      : prose`Only its author knows whether ${after} is meant.`,
    guards: [
      wasCommit
        ? { kind: 'no-auto-merge', reason: prose`the commit may have meant another time` }
        : { kind: 'draft', reason: prose`only its author knows whether ${after} is meant` },
    ],
    evidence: wasCommit ? [commitEvidence(wasCommit, `${path}: ${after} became ${written}`)] : [],
    advice:
      wasCommit && meant !== null && meant !== after
        ? [prose`The commit may have meant ${meant}: if so, write that instead.`]
        : [],
    ...(wasCommit ? { introducedBy: wasCommit } : {}),
  };
}

/** A deadline ends a run that hangs, where the runs before say how long one takes and nobody set one. */
function withDeadline(cluster: ClusterState, cron: ClusterObject): Repair | null {
  const field = 'spec.jobTemplate.spec.activeDeadlineSeconds';
  const observed = observedRuns(cron, runsOf(cluster, cron));
  if (!observed || recordAt(cron, 'spec', 'jobTemplate', 'spec')['activeDeadlineSeconds'] !== undefined)
    return null;
  const after = deadlineFor(observed.longest * 2);
  return {
    verdict: 'fix',
    changes: [changeOf(refOf(cron), field, null, after)],
    because: [observed.says, prose`Nothing ends a run that hangs: activeDeadlineSeconds is not set.`],
    reason: prose`Only a person knows whether a run may be cut off.`,
    guards: [
      {
        kind: 'draft',
        reason: prose`only a person knows whether a run may be cut off after ${after} seconds`,
      },
    ],
    evidence: [observed.evidence],
  };
}
