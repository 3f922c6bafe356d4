import type { KilledContainer } from '../facts/kills.ts';
import type { ContainerInstance } from '../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { conditionsOf, isReady } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import type { Statement } from './statement.ts';

/**
 * What shows that a container's work was done after it failed: its Job is Complete, its pod Succeeded, or it is an init container (`role`
 * in the template) that passed at a later attempt. null where nothing does.
 */
export function doneAfterFailure(
  { pod, status, terminations }: ContainerInstance,
  role: string | undefined,
  cluster: ClusterState,
): Statement | null {
  const job = cluster
    .ownerOf(pod)
    .chain.filter(({ kind }) => kind === 'Job')
    .map(({ kind, namespace, name }) => cluster.get(kind, namespace, name))
    .find((one) => one !== undefined);
  if (job && conditionsOf(job).some((one) => one.type === 'Complete' && one.status === 'True')) {
    const succeeded = String(recordAt(job, 'status')['succeeded'] ?? 'not recorded');
    return {
      says: prose`${describeRef(refOf(job))} has the condition Complete: another attempt finished after the kill.`,
      evidence: [quoted('object', job, null, `Complete: True, succeeded: ${succeeded}`)],
    };
  }
  if (recordAt(pod, 'status')['phase'] === 'Succeeded')
    return {
      says: prose`${describeRef(refOf(pod))} has the phase Succeeded: it finished after the kill.`,
      evidence: [quoted('object', pod, null, 'phase: Succeeded')],
    };
  const [last] = terminations;
  if (role !== 'init' || last?.field !== 'state' || last.exitCode !== 0 || !isReady(pod)) return null;
  const text = `initContainer ${status?.name}: state.terminated.exitCode: 0, reason: ${last.reason ?? 'none'}; Ready: True`;
  return {
    says: prose`The init container ended with exit code 0 at a later attempt, and ${describeRef(refOf(pod))} is Ready.`,
    evidence: [quoted('object', pod, null, text)],
  };
}

/** Restarts from which on a container that ends well each time is still one that keeps ending. */
const KEEPS_ENDING = 3;

/**
 * The runtime says OOMKilled when any process of the container was killed for memory. With exit code 0 the container's own
 * process was not: it went on and ended well. The statement has a reason where it keeps ending all the same.
 *
 * @param killed the worst first, all survived
 * @param role in the template
 * @param limit as it is written
 */
export function childKilled(
  killed: readonly KilledContainer[],
  role: string | undefined,
  limit: string,
): Statement {
  const { pod, status } = killed[0]!;
  const restarts = status.restartCount ?? 0;
  const fails = role !== 'init' && restarts >= KEEPS_ENDING && !isReady(pod);
  const ready = killed.filter((one) => isReady(one.pod)).length;
  const state = fails
    ? prose`The container restarted ${restarts} times and its pod is not Ready.`
    : prose`${ready} of ${killed.length} ${ownText(killed.length === 1 ? 'pod is' : 'pods are')} Ready.`;
  return {
    says: prose`Exit code 0 means that the container's main process was not killed: a child process was, when the container reached its memory limit of ${limit}, and the main process went on and exited with code 0. ${state}`,
    evidence: [],
    ...(fails && {
      reason: prose`The container keeps exiting after a child process is killed; a person has to decide whether it needs more memory or should stop on that failure.`,
    }),
    advice: [
      prose`Check in the log of ${describeRef(refOf(pod))} whether the work that the killed child did was done.`,
    ],
  };
}
