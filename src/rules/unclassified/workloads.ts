import type { ClusterState } from '../../model/cluster-state.ts';
import { DAY, HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { isReady, parseTime } from '../../kubernetes/workloads.ts';
import { inBrackets, saying, prose } from '../../untrusted/prose.ts';
import { claimsOf } from './pods.ts';
import { ageOf, conditionsIn, quote, quoteEvent, warningsOf } from '../../facts/observations.ts';
import { signal, type Signal } from './signal.ts';

/** What controllers say of the objects that they cannot bring about. */
export function workloadSignals(cluster: ClusterState): readonly Signal[] {
  return [
    ...cluster.list('Deployment').flatMap((object) => rolloutStalled(cluster, object)),
    ...cluster.list('Job').flatMap((object) => jobFailed(cluster, object)),
    ...cluster.list('PersistentVolumeClaim').flatMap((object) => claimPending(cluster, object)),
  ];
}

function rolloutStalled(cluster: ClusterState, object: KubernetesObject): readonly Signal[] {
  const condition = conditionsIn(object).find(
    ({ type, status }) => type === 'Progressing' && status === 'False',
  );
  if (condition?.reason !== 'ProgressDeadlineExceeded' || recordAt(object, 'spec')['replicas'] === 0)
    return [];
  return [
    signal(cluster, {
      cause: 'rollout-stalled',
      owner: cluster.ownerOf(object).ref,
      on: object,
      says: prose`its rollout made no progress within the deadline${saying(condition.message ?? condition.reason)}`,
      evidence: [
        quote(
          'object',
          object,
          parseTime(condition.lastTransitionTime),
          `Progressing=False ${condition.reason}: ${condition.message ?? ''}`,
        ),
      ],
      firstSeen: parseTime(condition.lastTransitionTime) ?? cluster.now,
    }),
  ];
}

/** A Job that gave up within the last day, unless a later run of its CronJob succeeded. */
function jobFailed(cluster: ClusterState, job: KubernetesObject): readonly Signal[] {
  const condition = conditionsIn(job).find(({ type, status }) => type === 'Failed' && status === 'True');
  if (
    condition === undefined ||
    ageOf(cluster, condition.lastTransitionTime) > DAY ||
    isBeingDeleted(cluster, job)
  )
    return [];
  const failedAt = parseTime(condition.lastTransitionTime) ?? cluster.now;
  const { ref, object: owner } = cluster.ownerOf(job);
  const lastSuccess = parseTime(recordAt(owner, 'status')['lastSuccessfulTime']);
  if (lastSuccess !== null && lastSuccess > failedAt) return [];
  const pods = cluster
    .podsOf(ref)
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === job.metadata.name));
  return [
    signal(cluster, {
      cause: 'job-failed',
      owner: ref,
      on: pods.at(-1) ?? job,
      says: prose`Job ${job.metadata.name} failed${inBrackets(condition.reason)}${saying(condition.message)}`,
      evidence: [
        quote('object', job, failedAt, `Failed=True ${condition.reason ?? ''}: ${condition.message ?? ''}`),
        ...warningsOf(cluster, job, HOUR)
          .slice(0, 2)
          .map((event) => quoteEvent(job, event)),
      ],
      firstSeen: failedAt,
      lastSeen: failedAt,
    }),
  ];
}

/** A claim that gets no volume, told with the workload whose pods wait for it. One that waits for its first pod is no failure. */
function claimPending(cluster: ClusterState, claim: KubernetesObject): readonly Signal[] {
  if (recordAt(claim, 'status')['phase'] !== 'Pending' || isBeingDeleted(cluster, claim)) return [];
  const events = warningsOf(cluster, claim, HOUR);
  const waits = cluster
    .eventsOf(claim)
    .some(({ reason }) => reason === 'WaitForFirstConsumer' || reason === 'WaitForPodScheduled');
  const users = cluster
    .list('Pod', claim.metadata.namespace ?? null)
    .filter((pod) => !isReady(pod) && claimsOf(pod).includes(claim.metadata.name));
  if (
    events.length === 0 &&
    (waits || users.length === 0 || ageOf(cluster, claim.metadata.creationTimestamp) < 5 * MINUTE)
  )
    return [];
  const wanted = recordAt(claim, 'spec')['storageClassName'];
  const classes = cluster.list('StorageClass').map(({ metadata }) => metadata.name);
  return [
    signal(cluster, {
      cause: 'volume',
      owner: users[0] ? cluster.ownerOf(users[0]).ref : refOf(claim),
      on: users[0] ?? claim,
      says: prose`PersistentVolumeClaim ${claim.metadata.name} is Pending${saying(events[0]?.message)}`,
      evidence: [
        ...events.slice(0, 2).map((event) => quoteEvent(claim, event)),
        quote(
          'object',
          claim,
          null,
          `storageClassName: ${typeof wanted === 'string' ? wanted : '(default)'}; storage classes in the cluster: ${classes.join(', ') || 'none recorded'}`,
        ),
      ],
      occurrences: Math.max(1, ...events.map(({ count }) => count)),
    }),
  ];
}

function isBeingDeleted(cluster: ClusterState, object: KubernetesObject): boolean {
  return (
    object.metadata.deletionTimestamp !== undefined ||
    cluster.ownerOf(object).object?.metadata.deletionTimestamp !== undefined
  );
}
