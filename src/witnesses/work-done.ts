import type { ContainerInstance } from '../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { conditionsOf, isReady } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
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
