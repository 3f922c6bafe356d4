import { describeTime } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { conditionsOf, isReady } from '../../kubernetes/workloads.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { Conclusion } from '../sizing/conclusion.ts';
import type { Case } from './case.ts';
import type { KilledContainer } from '../../witnesses/kills.ts';

/** Restarts from which on a container that ends well each time is still one that keeps ending. */
const KEEPS_ENDING = 3;

/**
 * The runtime says OOMKilled when any process of the container was killed for memory. With exit code 0 the container's own
 * process was not: it went on and ended well.
 */
export function survived({ killed, container, symptom, limitText, placed }: Case): Conclusion | null {
  if (killed.some(({ kills }) => kills.length > 0)) return null;
  const { pod, survived: ends, status } = killed[0]!;
  const last = ends[0]!;
  const restarts = status.restartCount ?? 0;
  const fails = placed?.role !== 'init' && restarts >= KEEPS_ENDING && !isReady(pod);
  const ready = killed.filter((one) => isReady(one.pod)).length;
  const state: Prose = fails
    ? prose`The container restarted ${restarts} times and its pod is not Ready.`
    : prose`${ready} of ${killed.length} ${ownText(killed.length === 1 ? 'pod is' : 'pods are')} Ready.`;
  return {
    cause: 'child-killed',
    verdict: fails ? 'escalate' : 'monitor',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} is reported as OOMKilled but exited with code 0 at ${describeTime(last.at)}.`,
    explanation: prose`Exit code 0 means that the container's main process was not killed: a child process was, when the container reached its memory limit of ${limitText}, and the main process went on and exited with code 0. ${state}`,
    reason: fails
      ? prose`The container keeps exiting after a child process is killed; whether it needs more memory or should stop on that failure is for a person to decide.`
      : prose`The container completed with exit code 0, so nothing failed that a higher limit would repair.`,
    advice: [
      prose`Check in the log of ${describeRef(refOf(pod))} whether the work that the killed child did was done.`,
    ],
  };
}

/** The workload has done its work since: a Job that completed, a pod that succeeded, an init container that passed. */
export function recovered({
  killed,
  container,
  symptom,
  limitText,
  cluster,
  placed,
}: Case): Conclusion | null {
  const ends = killed.map((one) => endOf(one, cluster, placed?.role));
  const first = ends[0];
  if (!first || ends.some((end) => end === null)) return null;
  return {
    cause: 'completed',
    verdict: 'monitor',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled at its memory limit of ${limitText}, and a later attempt succeeded.`,
    explanation: first.explanation,
    reason: prose`The work is done, so nothing fails now.`,
    evidence: [quoted('object', first.object, null, first.quote)],
  };
}

interface End {
  readonly object: KubernetesObject;
  readonly explanation: Prose;
  readonly quote: string;
}

function endOf(
  { pod, status }: KilledContainer,
  cluster: Case['cluster'],
  role: 'container' | 'init' | 'sidecar' | undefined,
): End | null {
  const job = cluster
    .ownerOf(pod)
    .chain.filter(({ kind }) => kind === 'Job')
    .map(({ kind, namespace, name }) => cluster.get(kind, namespace, name))
    .find((one) => one !== undefined);
  const complete =
    job && conditionsOf(job).find(({ type, status }) => type === 'Complete' && status === 'True');
  if (job && complete) {
    return {
      object: job,
      explanation: prose`${describeRef(refOf(job))} has the condition Complete: another attempt finished after the kill.`,
      quote: `Complete: True, succeeded: ${String(recordAt(job, 'status')['succeeded'] ?? 'not recorded')}`,
    };
  }
  if (recordAt(pod, 'status')['phase'] === 'Succeeded') {
    return {
      object: pod,
      explanation: prose`${describeRef(refOf(pod))} has the phase Succeeded: it finished after the kill.`,
      quote: 'phase: Succeeded',
    };
  }
  const now = status.state?.terminated;
  if (role === 'init' && now?.exitCode === 0 && isReady(pod)) {
    return {
      object: pod,
      explanation: prose`The init container ended with exit code 0 at a later attempt, and ${describeRef(refOf(pod))} is Ready.`,
      quote: `initContainer ${status.name}: state.terminated.exitCode: 0, reason: ${now.reason ?? 'none'}; Ready: True`,
    };
  }
  return null;
}
