import { isWithin } from '../../facts/observations.ts';
import { activeJobsOf, runsOf, type JobRun } from '../../facts/job-runs.ts';
import { isNeverDue, parseSchedule } from '../../kubernetes/cron.ts';
import { describeDuration, HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { counted, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { isTimeZone } from '../../witnesses/schedule-reading.ts';
import type { ScheduleCause } from './causes.ts';

/** Why a CronJob does not run as its schedule says. */
export interface Trouble {
  readonly cause: ScheduleCause;
  /** A clause: what is wrong. */
  readonly says: Prose;
  readonly events: readonly ClusterEvent[];
  readonly since: number;
  /** The Job that stands in the way, or all that run. */
  readonly runs: readonly JobRun[];
  readonly advice: Prose;
}

/** What a person applied a moment ago may be put right with the next commit of the same push. */
const SETTLED = MINUTE;

/** Of several the one that keeps the others from showing. Suspended ones run nothing on purpose. */
export function troubleOf(cluster: ClusterState, cron: ClusterObject): Trouble | null {
  if (cron.metadata.deletionTimestamp !== undefined || recordAt(cron, 'spec')['suspend'] === true)
    return null;
  const created = parseTime(cron.metadata.creationTimestamp) ?? 0;
  if (!cluster.reached(created + SETTLED)) return null;
  const events = cluster.eventsOf(cron).filter(({ lastSeen }) => isWithin(cluster, lastSeen, HOUR));
  const of = (reasons: RegExp): readonly ClusterEvent[] =>
    events.filter(({ reason }) => reasons.test(reason)).toReversed();
  return (
    unknownZone(cron, of(/^UnknownTimeZone$/), created) ??
    unreadable(cron, of(/^(?:UnparseableSchedule|InvalidSchedule|UnparseableCronJobSchedule)$/), created) ??
    blocked(cluster, cron, of(/^JobAlreadyActive$/)) ??
    piledUp(cluster, cron) ??
    cutShort(cron, of(/^SuccessfulDelete$/)) ??
    missed(cron, of(/^(?:TooManyMissedTimes|MissSchedule|FailedNeedsStart|MissedSchedule)$/))
  );
}

function unknownZone(cron: ClusterObject, events: readonly ClusterEvent[], created: number): Trouble | null {
  const zone = recordAt(cron, 'spec')['timeZone'];
  const [event] = events;
  if (typeof zone !== 'string' || !event || !event.message.includes(zone)) return null;
  const isKnown = zone.includes('/') && isTimeZone(zone);
  return {
    cause: 'unknown-time-zone',
    says: prose`the controller does not know its time zone ${zone}`,
    events,
    since: Math.max(created, event.firstSeen),
    runs: [],
    advice: isKnown
      ? prose`${zone} is in the IANA database: the machine of the kube-controller-manager lacks it (package tzdata).`
      : prose`Write spec.timeZone as the IANA database does: Europe/Berlin.`,
  };
}

function unreadable(cron: ClusterObject, events: readonly ClusterEvent[], created: number): Trouble | null {
  const schedule = recordAt(cron, 'spec')['schedule'];
  if (typeof schedule !== 'string') return null;
  const parsed = parseSchedule(schedule);
  const event = events.find(({ message }) => message.includes(schedule));
  if (parsed.kind === 'schedule' && isNeverDue(parsed.schedule))
    return {
      cause: 'never-due',
      says: prose`its schedule ${schedule} is never due: no month that it names has that day`,
      events,
      since: created,
      runs: [],
      advice: prose`Correct the day of the month or the month in spec.schedule.`,
    };
  const invalid = parsed.kind === 'invalid' ? parsed : null;
  if (!event && !invalid) return null;
  return {
    cause: 'unreadable-schedule',
    says: invalid
      ? prose`the controller cannot read its schedule ${schedule}: ${invalid.why}`
      : prose`the controller cannot read its schedule: ${event!.message}`,
    events: event ? [event] : [],
    since: Math.max(created, event?.firstSeen ?? 0),
    runs: [],
    advice: prose`Write five fields, minute, hour, day of the month, month and day of the week (0 is Sunday), in spec.schedule.`,
  };
}

/** With Forbid, one run that goes on keeps all others from starting. */
function blocked(
  cluster: ClusterState,
  cron: ClusterObject,
  events: readonly ClusterEvent[],
): Trouble | null {
  const { concurrencyPolicy } = recordAt(cron, 'spec');
  const [event] = events;
  if (concurrencyPolicy !== 'Forbid' || !event) return null;
  const active = new Set(activeJobsOf(cron));
  const runs = runsOf(cluster, cron);
  const run = runs.find(({ job, outcome }) => outcome === 'running' && active.has(job.metadata.name));
  const usual = Math.max(
    0,
    ...runs.flatMap(({ started, ended, outcome }) => (outcome === 'succeeded' ? [ended! - started] : [])),
  );
  const missedStarts = event.count;
  if (!run || missedStarts < 2 || !cluster.reached(run.started + 2 * usual)) return null;
  return {
    cause: 'run-never-ends',
    says: prose`it starts no Job: ${run.job.metadata.name} has been running for ${describeDuration(cluster.now - run.started)}, and concurrencyPolicy is Forbid`,
    events: [event],
    since: event.firstSeen,
    runs: [run],
    advice: prose`See what the run waits for: kubectl logs job/${run.job.metadata.name} -n ${cron.metadata.namespace ?? ''} --tail=50. Only a person can say whether its work may be cut off and done again.`,
  };
}

/** So many runs at a time are no overlap of two. */
const MANY_RUNS = 3;

function piledUp(cluster: ClusterState, cron: ClusterObject): Trouble | null {
  const { concurrencyPolicy = 'Allow' } = recordAt(cron, 'spec');
  const active = new Set(activeJobsOf(cron));
  if (concurrencyPolicy !== 'Allow' || active.size < MANY_RUNS) return null;
  const running = runsOf(cluster, cron).filter(
    ({ job, outcome }) => outcome === 'running' && active.has(job.metadata.name),
  );
  const [oldest] = running;
  if (!oldest || running.length < MANY_RUNS) return null;
  return {
    cause: 'runs-pile-up',
    says: prose`${counted(running.length, 'Job')} of it run at once, the oldest for ${describeDuration(cluster.now - oldest.started)}: runs take longer than the time between them`,
    events: [],
    since: running[1]!.started,
    runs: running,
    advice: prose`Set concurrencyPolicy to Forbid if runs must not overlap, and see what the oldest waits for: kubectl logs job/${oldest.job.metadata.name} -n ${cron.metadata.namespace ?? ''} --tail=50`,
  };
}

/** So many runs that were replaced are no accident. */
const MANY_REPLACED = 3;

function cutShort(cron: ClusterObject, events: readonly ClusterEvent[]): Trouble | null {
  const { concurrencyPolicy } = recordAt(cron, 'spec');
  const { lastSuccessfulTime } = recordAt(cron, 'status');
  const first = Math.min(...events.map(({ firstSeen }) => firstSeen));
  const times = events.reduce((sum, { count }) => sum + count, 0);
  const lastSuccess = parseTime(lastSuccessfulTime);
  if (concurrencyPolicy !== 'Replace' || times < MANY_REPLACED || (lastSuccess ?? 0) > first) return null;
  return {
    cause: 'runs-cut-short',
    says: prose`none of its runs ends: ${ownText(String(times))} of them were deleted in the last hour when the next one was due, and concurrencyPolicy is Replace`,
    events: events.slice(0, 2),
    since: first,
    runs: [],
    advice: prose`Start it less often than a run takes, or set concurrencyPolicy to Forbid.`,
  };
}

/** The controller looks at a CronJob every ten seconds. */
const SHORTEST_STARTING_DEADLINE = 10;

function missed(cron: ClusterObject, events: readonly ClusterEvent[]): Trouble | null {
  const { startingDeadlineSeconds } = recordAt(cron, 'spec');
  const [event] = events;
  if (!event) return null;
  const { lastScheduleTime } = recordAt(cron, 'status');
  if ((parseTime(lastScheduleTime) ?? 0) > event.lastSeen) return null;
  const shared = { events: [event], since: event.firstSeen, runs: [] };
  if (typeof startingDeadlineSeconds === 'number' && startingDeadlineSeconds < SHORTEST_STARTING_DEADLINE)
    return {
      ...shared,
      cause: 'starting-deadline-too-short',
      says: prose`it misses its times: startingDeadlineSeconds is ${startingDeadlineSeconds}, and the controller looks every 10 seconds`,
      advice: prose`Set startingDeadlineSeconds to 10 at least; 200 is common.`,
    };
  return {
    ...shared,
    cause: 'missed-starts',
    says: prose`it starts no Job: ${event.message}`,
    advice:
      event.reason === 'MissSchedule' || event.reason === 'MissedSchedule'
        ? prose`See what kept the kube-controller-manager from starting it in time, or raise startingDeadlineSeconds.`
        : prose`Set startingDeadlineSeconds, so that times of long ago are not counted.`,
  };
}
