import type { ObjectRef } from '../kubernetes/objects.ts';
import { containerStatuses, parseTime, type ContainerState } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import type { BackOff, ContainerEnd } from '../model/container-end.ts';
import { ownText, prose, untrusted, type Prose } from '../untrusted/prose.ts';

/** The last end of a container on the first of these pods that has one, with what its exit code says; null where none is on record. */
export function lastEnd(
  cluster: ClusterState,
  pods: readonly ObjectRef[],
  container: string,
): ContainerEnd | null {
  for (const { pod, status } of statusesOf(cluster, pods, container)) {
    const terminated = status.state?.terminated ?? status.lastState?.terminated;
    if (!terminated) continue;
    const { exitCode = null, signal = null, reason = null } = terminated;
    const killing = killingOf(cluster.eventsOf(pod), container, terminated);
    return {
      exitCode,
      reason: reason === null ? null : untrusted(reason),
      signal: signal === 0 ? null : signal,
      at: parseTime(terminated.finishedAt),
      means: meaningOf(terminated, killing),
    };
  }
  return null;
}

/** How the kubelet waits before it starts the container or pulls its image again; null where it does not. */
export function backOffOf(
  cluster: ClusterState,
  pods: readonly ObjectRef[],
  container: string,
): BackOff | null {
  for (const { pod, status } of statusesOf(cluster, pods, container)) {
    const { reason, message } = status.state?.waiting ?? {};
    if (reason !== 'CrashLoopBackOff' && reason !== 'ImagePullBackOff') continue;
    const events = cluster
      .eventsOf(pod)
      .filter((event) => event.reason === 'BackOff' && isAbout(event, container));
    const since = events.map(({ firstSeen }) => firstSeen);
    return {
      reason,
      delay: delayIn(message ?? ''),
      restarts: status.restartCount ?? 0,
      since: since.length > 0 ? Math.min(...since) : null,
    };
  }
  return null;
}

function statusesOf(cluster: ClusterState, pods: readonly ObjectRef[], container: string) {
  return pods.flatMap(({ kind, namespace, name }) => {
    const pod = kind === 'Pod' ? cluster.get('Pod', namespace, name) : undefined;
    const status = pod && containerStatuses(pod).find((one) => one.name === container);
    return pod && status ? [{ pod, status }] : [];
  });
}

/** `back-off 2m40s restarting failed container=…`, in milliseconds. */
function delayIn(message: string): number | null {
  const match = /\bback-off (?:(\d+)m)?(?:(\d+)s)? /i.exec(message);
  if (!match || (match[1] === undefined && match[2] === undefined)) return null;
  return (Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0)) * 1000;
}

type Terminated = NonNullable<ContainerState['terminated']>;

/** After the kubelet has said so, it may take as long as a usual grace period until the container has ended. */
const AFTER_KILLING = 60_000;

/** The kubelet's word that it stopped this run of the container. */
function killingOf(
  events: readonly ClusterEvent[],
  container: string,
  { startedAt, finishedAt }: Terminated,
): ClusterEvent | null {
  const [start, end] = [parseTime(startedAt), parseTime(finishedAt)];
  if (end === null) return null;
  const earliest = Math.max(start ?? 0, end - AFTER_KILLING);
  const killings = events.filter((event) => {
    if (event.reason !== 'Killing' || !isAbout(event, container)) return false;
    // One event stands for all kills: the first and the last of them have a time.
    const isWithin = event.count > 1 && event.firstSeen <= end && event.lastSeen >= end;
    return isWithin || (event.lastSeen <= end + 1000 && event.lastSeen >= earliest);
  });
  return killings.at(-1) ?? null;
}

function isAbout(event: ClusterEvent, container: string): boolean {
  return event.container === null || event.container === container;
}

/** Signals that end programs. https://man7.org/linux/man-pages/man7/signal.7.html */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/**
 * What an exit code says, together with the reason that the kubelet gives, and no more than that: a code above 128 is 128 and a signal
 * (https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html), and the sender is named only where an event records it.
 */
function meaningOf({ exitCode, reason, signal }: Terminated, killing: ClusterEvent | null): Prose {
  const byKubelet = killing === null ? null : stoppedFor(killing);
  if (reason === 'OOMKilled')
    return exitCode === 137 || exitCode === undefined
      ? ownText('killed by SIGKILL because the memory of the container was full')
      : prose`a process in the container was killed because its memory was full; the main process ended with ${exitCode}`;
  if (reason === 'ContainerStatusUnknown' || (reason === 'Unknown' && exitCode === 255))
    return ownText('how the container ended is not known: the kubelet or the runtime lost track of it');
  const number = signal || (exitCode !== undefined && exitCode > 128 && exitCode < 160 ? exitCode - 128 : 0);
  if (number > 0 && exitCode !== 255) return endedBy(number, byKubelet);
  const own =
    MEANINGS[exitCode ?? -1] ??
    ownText('the program reported an error; what the number means is its own matter');
  return byKubelet === null ? own : prose`${own}, after the kubelet stopped the container ${byKubelet}`;
}

function endedBy(signal: number, byKubelet: Prose | null): Prose {
  const name = ownText(SIGNALS[signal] ?? `signal ${signal}`);
  const what = OF_ITSELF[signal];
  if (what !== undefined) return prose`ended by ${name}: ${ownText(what)}`;
  const verb = ownText(signal === 9 ? 'killed' : 'ended');
  return byKubelet === null
    ? prose`${verb} by ${name}; by whom is not recorded`
    : prose`${verb} by ${name}: the kubelet stopped the container ${byKubelet}`;
}

/** Signals that a program gets for what it did itself. */
const OF_ITSELF: Readonly<Record<number, string>> = {
  4: 'it ran an instruction that the processor does not have',
  6: 'it aborted, as a failed assertion or a runtime does',
  7: 'it accessed memory that is not there',
  8: 'an arithmetic error',
  11: 'it accessed memory that is not its own',
};

/** https://tldp.org/LDP/abs/html/exitcodes.html, and what container runtimes and shells do. */
const MEANINGS: Readonly<Record<number, Prose>> = {
  0: ownText('the program ended without an error'),
  1: ownText('the program reported an error; the code says no more'),
  2: ownText('the program reported an error, by convention wrong usage; Go programs that panic end so too'),
  126: ownText('the command was found and could not be executed'),
  127: ownText('the command, or a library that it loads, was not found'),
  128: ownText('the container could not be started'),
  255: ownText('the program ended with a number that is out of range, such as -1'),
};

/** Why the kubelet stopped it: `because its liveness probe failed`. */
function stoppedFor({ message }: ClusterEvent): Prose {
  const probe = /failed (liveness|startup) probe/.exec(message)?.[1];
  if (probe !== undefined) return prose`because its ${ownText(probe)} probe failed`;
  if (message.includes('definition changed')) return ownText('because its definition changed');
  if (message.startsWith('Stopping container')) return ownText('with its pod');
  return prose`(${message})`;
}
