/**
 * Rule `job-failed`: a Job gave up, or does not end although its work has.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A Job fails when more pods failed than `backoffLimit`, when it takes longer than `activeDeadlineSeconds` (its pods are deleted then), when its pod
 *   failure policy says so, or when too many indexes failed. https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
 * - A pod is Succeeded when all its containers have ended, so that a sidecar which goes on keeps its Job from completing, unless it is an init
 *   container with `restartPolicy: Always`. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#sidecar-containers-and-jobs
 * - A Job's template cannot be changed, and a Job that failed is not started again.
 */
import { excerptOf, errorLineOf, readLog } from '../facts/log.ts';
import { quote, quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { describeDuration, describeTime, HOUR } from '../kubernetes/durations.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import type { Blame } from '../model/finding.ts';
import { counted, inBrackets, listed, ownText, prose, saying, type Prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis, stopAfter } from './diagnosis.ts';
import { JOB_CAUSES, type JobCause } from './job-failed/causes.ts';
import { deadlineRepair } from './job-failed/deadline.ts';
import { failedRunOf, type FailedRun } from './job-failed/failed-run.ts';

export const jobFailed = defineRule({
  id: 'job-failed',
  title: 'A Job gave up, or does not end',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy',
    'https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#sidecar-containers-and-jobs',
  ],
  reads: ['Job', 'CronJob', 'Pod', 'Event'],
  on: 'Job',
  causes: JOB_CAUSES,

  detect({ cluster, object }) {
    const failed = failedRunOf(cluster, object);
    if (!failed) return null;
    return {
      failed,
      seenOn: [refOf(failed.pod ?? object)],
      firstSeen: failed.at,
      lastSeen: failed.condition ? failed.at : cluster.now,
      occurrences: failed.inARow,
    };
  },

  *investigate({ cluster, object }, ask, { failed }) {
    const { cause, condition, cron, inARow } = failed;
    const log = yield* logOf(failed, ask);
    const line = readLog(log)?.line ?? errorLineOf(log);
    const repair = cause === 'deadline-exceeded' ? yield* deadlineRepair(cluster, failed, ask) : null;
    return diagnosis({
      cause,
      summary: prose`${describeRef(refOf(object))} ${sentenceFor(failed)}`,
      certainty: [0.8, prose`the controller says why it gave up`],
      reason: prose`Whether its work may be done again is for a person to decide.`,
      advice: [adviceFor(failed, object)],
      ...repair,
      because: [
        ...(repair?.because ?? []),
        ...(inARow > 1 ? [prose`The last ${inARow} runs of CronJob ${cron!.metadata.name} failed.`] : []),
        ...(line === null ? [] : [stopAfter(prose`The log says: ${line}`)]),
      ],
      evidence: [
        ...(condition
          ? [quoteCondition(object, condition)]
          : [
              quote(
                'pod-status',
                failed.pod!,
                failed.at,
                `container ${failed.ended!.name} ended with exit code 0; still running: ${failed.running.join(', ')}`,
              ),
            ]),
        ...(repair?.evidence ?? []),
        ...warningsOf(cluster, object, HOUR)
          .filter(({ reason }) => reason !== condition?.reason)
          .slice(0, 2)
          .map((event) => quoteEvent(object, event)),
        ...(log.trim() === ''
          ? []
          : [
              quoted(
                'log',
                `Pod ${object.metadata.namespace ?? ''}/${failed.pod!.metadata.name}, container ${failed.ended!.name}`,
                null,
                excerptOf(log, 20),
              ),
            ]),
      ],
      blames: blamesOf(cron ?? object, cause, failed),
    });
  },
});

function* logOf({ cause, pod, ended }: FailedRun, ask: Ask): Asking<string> {
  if (pod === null || ended === null || cause === 'never-ends') return '';
  const { namespace = '', name } = pod.metadata;
  const of = { namespace, pod: name, container: ended.name };
  // A container that was started again has its failure in the log of the instance before.
  return (yield* ask.log({ ...of, previous: ended.termination.field === 'lastState' })) ?? '';
}

function sentenceFor({ cause, run, condition, ended, running, at }: FailedRun): Prose {
  const { backoffLimit = 6, activeDeadlineSeconds } = recordAt(run.job, 'spec');
  const { failed } = recordAt(run.job, 'status');
  const end =
    ended &&
    prose`container ${ended.name} ended with exit code ${String(ended.termination.exitCode)}${inBrackets(ended.termination.reason)}`;
  switch (cause) {
    case 'backoff-limit-exceeded': {
      const pods =
        typeof failed === 'number' ? prose`${counted(failed, 'pod')} of it failed, and ` : ownText('');
      return prose`gave up: ${pods}backoffLimit is ${String(backoffLimit)}${end ? prose`; ${end}` : ownText('')}.`;
    }
    case 'deadline-exceeded': {
      const took = describeDuration(at - run.started);
      return prose`was ended after ${took}, before its work was done: activeDeadlineSeconds is ${String(activeDeadlineSeconds)}.`;
    }
    case 'pod-failure-policy':
    case 'indexes-failed':
    case 'failed':
      return prose`failed${inBrackets(condition?.reason)}${saying(condition?.message)}`;
    case 'never-ends':
      return prose`does not end: container ${ended!.name} finished its work at ${describeTime(at)}, and ${listed(running)} in the same pod ${ownText(running.length === 1 ? 'goes' : 'go')} on.`;
  }
}

const FIELDS: Readonly<Partial<Record<JobCause, string>>> = {
  'backoff-limit-exceeded': 'backoffLimit',
  'deadline-exceeded': 'activeDeadlineSeconds',
  'indexes-failed': 'maxFailedIndexes',
};

/** Where the number stands that was exceeded, or the rule that ended it. */
function blamesOf(
  owner: ClusterObject,
  cause: JobCause,
  { condition, running }: FailedRun,
): readonly Blame[] {
  const object = refOf(owner);
  const path = owner.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec'] : ['spec'];
  const at = path.join('.');
  if (cause === 'pod-failure-policy') {
    const [, index] = /rule at index (\d+)/.exec(condition?.message ?? '') ?? [];
    return index === undefined ? [] : [{ object, field: `${at}.podFailurePolicy.rules[${index}].action` }];
  }
  if (cause === 'never-ends')
    return running.map((name) => ({ object, field: `${at}.template.spec.containers[name=${name}].name` }));
  const field = FIELDS[cause];
  return field !== undefined && recordAt(owner, ...path)[field] !== undefined
    ? [{ object, field: `${at}.${field}` }]
    : [];
}

function adviceFor({ cause, cron, pod, running }: FailedRun, { metadata }: ClusterObject): Prose {
  const { namespace = '', name } = metadata;
  switch (cause) {
    case 'deadline-exceeded':
      return prose`See how far it came (kubectl logs job/${name} -n ${namespace}, or where logs are kept: its pods are deleted), then raise activeDeadlineSeconds or give it less to do.`;
    case 'never-ends':
      return prose`Make ${listed(running)} an init container with restartPolicy: Always, which ends with the others, or have the program end it when its work is done.`;
    case 'pod-failure-policy':
      return prose`The policy ended it on purpose for this exit code: repair what made the program end so.`;
    case 'indexes-failed':
      return prose`kubectl get pods -n ${namespace} -l batch.kubernetes.io/job-name=${name} shows the indexes that failed.`;
    default:
      return pod === null
        ? prose`No pod of it is on record: look for the log of ${name} where logs are kept.`
        : cron !== null
          ? prose`Repair what its container reports: the next run starts by the schedule.`
          : prose`Repair what its container reports; a Job that failed is not started again: recreate it if its work may be done again.`;
  }
}
