import { HOUR } from '../kubernetes/durations.ts';
import { parseTime, type ContainerState, type ContainerStatus } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { quote, quoteEvent, warningsOf, isOlder } from './observations.ts';
import { isKilledByProbe } from './probes.ts';
import type { ContainerFacts, ContainerInstance } from './subjects.ts';

/**
 * How a container of one pod fails: `image`, it is not pulled; `user`, it must not run as the user it would; `refused`, kubelet or runtime
 * do not create it for another reason; `start`, its process cannot be started; `probe`, the kubelet kills it for a probe; `hook`, for its postStart hook; `memory`, the kernel does for its memory; `crash`, its process ends of
 * its own. Exactly one, so that no two rules tell of the same.
 */
export type FailureKind = 'image' | 'user' | 'refused' | 'start' | 'probe' | 'hook' | 'memory' | 'crash';

export interface ContainerFailure {
  readonly kind: FailureKind;
  readonly pod: ClusterObject;
  readonly status: ContainerStatus;
  /** Why it waits: `CrashLoopBackOff`; null while it runs. */
  readonly waiting: string | null;
  /** How it ended last. */
  readonly ended: NonNullable<ContainerState['terminated']> | null;
  /** What kubelet and runtime say: the message of the state, else of the last end, else of the last warning; empty where none says anything. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

/** So many restarts, the last within the hour, are a loop even while the container runs. */
const MANY_RESTARTS = 3;
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);
const IMAGE =
  /^(ErrImage|ImagePull|InvalidImageName|ImageInspectError|RegistryUnavailable|SignatureValidation)/;
const START = /^(StartError|ContainerCannotRun|RunContainerError)$/;
/** What runc, crun and the CRI runtimes say of a process that they could not start. */
const START_MESSAGE =
  /(unable to start container process|error during container init|starting container process caused|container create failed|OCI runtime (?:create|error)|exec format error|executable file .{0,200} not found|no command specified)/i;

/** The failing instances of a container among the pods that should run, the most restarted first. */
export function failuresOf({ cluster, workload, instances }: ContainerFacts): readonly ContainerFailure[] {
  return instances
    .filter(({ pod }) => workload.activePods.includes(pod))
    .flatMap((instance) => failureOf(cluster, instance) ?? [])
    .toSorted((a, b) => (b.status.restartCount ?? 0) - (a.status.restartCount ?? 0));
}

function failureOf(cluster: ClusterState, instance: ContainerInstance): ContainerFailure | null {
  const { pod, status } = instance;
  if (!status) return null;
  const waiting = status.state?.waiting;
  const ended = status.state?.terminated ?? status.lastState?.terminated ?? null;
  const reason = waiting?.reason;
  const isWaiting = reason !== undefined && !STARTING.has(reason);
  if (!isWaiting && !(ended && isLoop(cluster, status))) return null;
  const events = warningsOf(cluster, pod, HOUR).filter(
    ({ container }) => container === null || container === status.name,
  );
  const kind = kindOf(cluster, instance, reason ?? '', ended, events);
  return {
    kind,
    pod,
    status,
    waiting: isWaiting ? reason : null,
    ended,
    message: messageOf(waiting, ended, events),
    evidence: [
      ...(isWaiting ? [quote('pod-status', pod, null, describeWaiting(status.name, waiting!))] : []),
      ...(ended
        ? [quote('pod-status', pod, parseTime(ended.finishedAt), describeEnd(status.name, ended))]
        : []),
      ...events.slice(0, 4).map((event) => quoteEvent(pod, event)),
    ],
  };
}

/** Restarted and failed again: while it is stopped, or at least three times and within the hour. */
function isLoop(cluster: ClusterState, { state, lastState, restartCount = 0 }: ContainerStatus): boolean {
  const stopped = state?.terminated;
  if (stopped) return stopped.exitCode !== 0 && restartCount > 0;
  const last = lastState?.terminated;
  return (
    restartCount >= MANY_RESTARTS &&
    last !== undefined &&
    last.exitCode !== 0 &&
    !isOlder(cluster, last.finishedAt, HOUR)
  );
}

function kindOf(
  cluster: ClusterState,
  instance: ContainerInstance,
  waiting: string,
  ended: ContainerFailure['ended'],
  events: readonly ClusterEvent[],
): FailureKind {
  if (IMAGE.test(waiting)) return 'image';
  if (waiting === 'PostStartHookError' || events.some(({ reason }) => reason === 'FailedPostStartHook'))
    return 'hook';
  if (START.test(waiting) || START.test(ended?.reason ?? '')) return 'start';
  if (waiting !== '' && waiting !== 'CrashLoopBackOff')
    return refusalKind(messageOf(instance.status?.state?.waiting, null, events));
  if (START_MESSAGE.test(ended?.message ?? '')) return 'start';
  if (isKilledByProbe(cluster, instance)) return 'probe';
  return ended?.reason === 'OOMKilled' ? 'memory' : 'crash';
}

function refusalKind(message: string): FailureKind {
  if (START_MESSAGE.test(message)) return 'start';
  return /runAsNonRoot and image|runAsUser breaks non-root policy/.test(message) ? 'user' : 'refused';
}

/** The kubelet repeats only that it backs off: what failed stands in the end before it, or in a warning. */
function messageOf(
  waiting: ContainerState['waiting'],
  ended: ContainerFailure['ended'],
  events: readonly ClusterEvent[],
): string {
  const said = waiting?.message ?? '';
  if (said !== '' && !/^back-off /i.test(said)) return said;
  const failed = events.find(({ reason }) => reason === 'Failed' || reason === 'FailedStart');
  return (ended?.message ?? failed?.message ?? '').replace(/^Error: /, '');
}

function describeWaiting(name: string, { reason, message }: NonNullable<ContainerState['waiting']>): string {
  return `container ${name} waiting: ${reason ?? ''}${message ? `: ${message}` : ''}`;
}

function describeEnd(
  name: string,
  { exitCode, reason, message, signal }: NonNullable<ContainerFailure['ended']>,
): string {
  const by = signal ? `, signal ${signal}` : '';
  return `container ${name} terminated with exit code ${exitCode ?? 'unknown'}${by}, reason ${reason ?? 'none'}${message ? `: ${message}` : ''}`;
}
