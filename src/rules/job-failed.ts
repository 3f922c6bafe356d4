/**
 * Rule `job-failed`: a Job gave up, or a CronJob cannot start one.
 *
 * A Job fails when more pods failed than `backoffLimit`, when it takes longer than `activeDeadlineSeconds`, or when its pod failure policy says
 * so. Of a CronJob only what happened since its last success counts. Reasons: pkg/controller/{job,cronjob} of k8s.io/kubernetes.
 */
import { DAY, HOUR } from '../kubernetes/durations.ts';
import { errorLineOf, excerptOf } from '../facts/log.ts';
import { ageOf, conditionsIn, quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { containerStatuses, parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import type { Blame } from '../model/finding.ts';
import { inBrackets, prose, saying } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const jobFailed = defineRule({
  id: 'job-failed',
  title: 'A Job gave up, or a CronJob cannot start one',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup',
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/',
  ],
  reads: ['Job', 'CronJob', 'Pod', 'Event'],
  on: ['Job', 'CronJob'],
  causes: {
    'backoff-limit-exceeded': { means: 'more of its pods failed than `backoffLimit` allows', ...PLAIN },
    'deadline-exceeded': { means: 'it took longer than `activeDeadlineSeconds`', ...PLAIN },
    'pod-failure-policy': {
      means: 'a pod failed in a way that its pod failure policy does not forgive',
      ...PLAIN,
    },
    'invalid-schedule': { means: 'schedule or time zone of the CronJob cannot be read', ...PLAIN },
    'missed-starts': {
      means: 'the CronJob missed its times: `startingDeadlineSeconds`, or more than 100 of them',
      ...PLAIN,
    },
    failed: { means: 'any other reason', ...PLAIN },
  },

  detect({ cluster, object }) {
    if (
      object.metadata.deletionTimestamp !== undefined ||
      cluster.ownerOf(object).object?.metadata.deletionTimestamp !== undefined
    )
      return null;
    return object.kind === 'Job' ? seenOfJob(cluster, object) : seenOfCronJob(cluster, object);
  },

  *investigate({ cluster, object }, ask, { said, pod, evidence }) {
    const container =
      pod === null
        ? undefined
        : containerStatuses(pod).find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)?.name;
    const of = {
      namespace: object.metadata.namespace ?? '',
      pod: pod?.metadata.name ?? '',
      container: container ?? '',
    };
    const log = container === undefined ? '' : ((yield* ask.log({ ...of, previous: false })) ?? '');
    const line = errorLineOf(log);
    const cause = CAUSES.find(([pattern]) => pattern.test(said.reason))?.[1] ?? 'failed';
    const what = prose`${describeRef(refOf(object))} ${object.kind === 'Job' ? prose`failed` : prose`starts no Job`}${inBrackets(said.reason)}${saying(said.message)}`;
    const owner = cluster.ownerOf(object).object ?? object;
    return diagnosis({
      cause,
      summary: what,
      because: line === null ? [] : [prose`The log says: ${line}`],
      evidence: [
        ...evidence,
        ...(log.trim() === ''
          ? []
          : [
              quoted(
                'log',
                `Pod ${of.namespace}/${of.pod}, container ${of.container}`,
                null,
                excerptOf(log, 20),
              ),
            ]),
      ],
      certainty: [0.8, prose`the controller says why it gave up`],
      reason: prose`Whether its work may be done again is for a person to decide.`,
      blames: fieldOf(owner, cause),
      advice: [adviceFor(cause, object)],
    });
  },
});

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/BackoffLimitExceeded|MaxFailedIndexesExceeded|FailedIndexes/, 'backoff-limit-exceeded'],
  [/DeadlineExceeded/, 'deadline-exceeded'],
  [/PodFailurePolicy/, 'pod-failure-policy'],
  [/InvalidSchedule|UnparseableCronJobSchedule|UnknownTimeZone|UnParseable/i, 'invalid-schedule'],
  [/MissSchedule|TooManyMissedTimes|MissedSchedule/, 'missed-starts'],
];

function seenOfJob(cluster: ClusterState, job: ClusterObject) {
  const condition = conditionsIn(job).find(({ type, status }) => type === 'Failed' && status === 'True');
  if (condition === undefined || ageOf(cluster, condition.lastTransitionTime) > DAY) return null;
  const failedAt = parseTime(condition.lastTransitionTime) ?? cluster.now;
  const { ref, object: owner } = cluster.ownerOf(job);
  const lastSuccess = parseTime(recordAt(owner, 'status')['lastSuccessfulTime']);
  if (lastSuccess !== null && lastSuccess > failedAt) return null;
  const isOwn = ({ metadata }: ClusterObject) =>
    metadata.ownerReferences?.some(({ name }) => name === job.metadata.name);
  const pod = cluster.podsOf(ref).findLast(isOwn) ?? null;
  return {
    said: { reason: condition.reason ?? '', message: condition.message ?? '' },
    pod,
    evidence: [
      quoteCondition(job, condition),
      ...warningsOf(cluster, job, HOUR)
        .slice(0, 2)
        .map((event) => quoteEvent(job, event)),
    ],
    seenOn: [refOf(pod ?? job)],
    firstSeen: failedAt,
    lastSeen: failedAt,
    occurrences: 1,
  };
}

function seenOfCronJob(cluster: ClusterState, cron: ClusterObject) {
  if (recordAt(cron, 'spec')['suspend'] === true) return null;
  const event = warningsOf(cluster, cron, HOUR).find(({ reason }) =>
    /schedule|timezone|missed/i.test(reason),
  );
  if (!event) return null;
  return {
    said: { reason: event.reason, message: event.message as string },
    pod: null,
    evidence: [quoteEvent(cron, event)],
    seenOn: [refOf(cron)],
    firstSeen: event.firstSeen,
    lastSeen: event.lastSeen,
    occurrences: event.count,
  };
}

const FIELDS: Readonly<Record<string, string>> = {
  'backoff-limit-exceeded': 'backoffLimit',
  'deadline-exceeded': 'activeDeadlineSeconds',
};

/** Where the number stands that was exceeded, or the schedule. */
function fieldOf(owner: ClusterObject, cause: string): readonly Blame[] {
  const object = refOf(owner);
  if (cause === 'invalid-schedule' || cause === 'missed-starts') return [{ object, field: 'spec.schedule' }];
  const field = FIELDS[cause];
  const path = owner.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec'] : ['spec'];
  return field !== undefined && recordAt(owner, ...path)[field] !== undefined
    ? [{ object, field: `${path.join('.')}.${field}` }]
    : [];
}

function adviceFor(cause: string, { kind, metadata }: ClusterObject) {
  switch (cause) {
    case 'deadline-exceeded':
      return prose`Find out what takes it longer than before, or raise activeDeadlineSeconds.`;
    case 'invalid-schedule':
      return prose`Correct spec.schedule or spec.timeZone.`;
    case 'missed-starts':
      return prose`Set startingDeadlineSeconds, so that times of long ago are not counted.`;
    default:
      return prose`Read the log of its last pod: kubectl logs ${kind.toLowerCase()}/${metadata.name} -n ${metadata.namespace ?? ''}`;
  }
}
