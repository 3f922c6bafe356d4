import { describeDuration, describeTime } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import { quoted } from '../../model/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import { ownerBeyondTemplate, ownerOfLimit } from '../../witnesses/field-owner.ts';
import { vpaOpinion } from '../../witnesses/vpa.ts';
import { heapBeyond } from '../../witnesses/heap.ts';
import { growthInLog } from '../../witnesses/leak-log.ts';
import { LEAKS } from '../../witnesses/leak.ts';
import { endlessDemand, optionAgainst, optionBeyond } from '../../witnesses/memory-demand.ts';
import { NEAR, peakBeforeKills } from '../../witnesses/memory-use.ts';
import { largeVolume, volumeAgainst } from '../../witnesses/memory-volumes.ts';
import { nodeOutOfMemory } from '../../witnesses/node-memory.ts';
import { childKilled, doneAfterFailure } from '../../witnesses/work-done.ts';
import { onTheWordOf, type Outcome, type Weighed, type Weighing } from '../weigh.ts';
import { killedAtStart, neverStarted } from './at-start.ts';
import type { Known } from './known.ts';

/** The first that applies decides; when none does, the limit is too low. */
export const WEIGHED: readonly Weighing<Known>[] = [
  survived,
  unnamedKill,
  recovered,
  olderTemplate,
  beyondTemplate,
  withoutLimit,
  neverStarted,
  fullNode,
  takesWithoutEnd,
  farBelowLimit,
  saysItLeaks,
  leaking,
  seldom,
  setElsewhere,
  heapTooLarge,
  namesMore,
  fillsVolume,
  killedAtStart,
];

/** Exit code 0: the container's own process was not killed. */
function survived({ killed, container, written, subject }: Known): Outcome | null {
  if (killed.some(({ kills }) => kills.length > 0)) return null;
  const [end] = killed[0]!.survived;
  const found = childKilled(killed, container.placed?.role, written);
  return {
    cause: 'child-killed',
    summary: prose`${subject} is reported as OOMKilled but exited with code 0 at ${describeTime(end!.at)}.`,
    ...onTheWordOf(found),
    ...(found.reason && { verdict: 'escalate' }),
  };
}

/** Exit code 137 with another reason, which an event explains: what was full, and which limit, is not on record. */
function unnamedKill({ killed, container }: Known): Outcome | null {
  const { pod, event, kills } = killed[0]!;
  if (event === null || killed.some((one) => one.event === null)) return null;
  return {
    cause: 'unnamed-kill',
    summary: prose`Container ${container.name} of ${describeRef(refOf(pod))} was killed with exit code 137, and an event names memory as the reason.`,
    rootCause: prose`The container's status does not say OOMKilled; the event ${event.reason} at ${describeTime(event.lastSeen)} does. It does not say whether the container's limit or the node's memory was exhausted.`,
    advice: [
      prose`Look at the node's kernel log around ${describeTime(kills[0]!.at)}: it names the memory cgroup that was full.`,
    ],
    evidence: [quoted('event', pod, event.lastSeen, `${event.reason}: ${event.message}`)],
  };
}

/** The workload has done its work since. */
function recovered({ killed, container, atLimit }: Known): Outcome | null {
  const done = killed.map((one) => doneAfterFailure(one, container.placed?.role, container.cluster));
  if (!done[0] || done.includes(null)) return null;
  return {
    cause: 'completed',
    summary: prose`${atLimit}, and a later attempt succeeded.`,
    ...onTheWordOf(done[0]),
  };
}

/**
 * What is killed was made from a template that the owner no longer has. Where the cluster does not record which template a
 * pod is made from, a higher limit in the template tells: unless something sets the limit of pods as they are made.
 */
function olderTemplate({ killed, container, limit, age, subject }: Known): Weighed {
  const { cluster, workload, placed, name } = container;
  if (!workload.object) return null;
  const now = parseQuantity(placed?.container.resources?.limits?.['memory']) ?? 0;
  const isRaised = now > limit;
  const isOld =
    age === 'outdated' ||
    (age === 'unknown' && isRaised && vpaOpinion(cluster, workload.ref, name).kind !== 'owns');
  if (!isOld) return null;
  return {
    cause: 'older-template',
    summary: isRaised
      ? prose`${subject} was OOMKilled at ${describeBytes(limit)}; the template already has a limit of ${describeBytes(now)}.`
      : prose`Container ${name} was OOMKilled in pods of an earlier template of ${describeRef(workload.ref)}.`,
    rootCause: prose`The killed pod ${killed[0]!.pod.metadata.name} does not carry the current template, so it says nothing about the values that are in git now.`,
    ...(isRaised && { reason: prose`The limit is already raised; the rollout has to finish.` }),
  };
}

/** The pod's owner is an operator's resource, was not recorded, or has no such container. */
function beyondTemplate({ container, killed, written, limit }: Known): Outcome | null {
  const owner = ownerBeyondTemplate(container, limit);
  return (
    owner && {
      cause: 'owned-elsewhere',
      summary: prose`Container ${container.name} of ${describeRef(refOf(killed[0]!.pod))} was OOMKilled at its memory limit of ${written}.`,
      ...onTheWordOf(owner),
    }
  );
}

function withoutLimit({ limit, container, killed, subject }: Known): Outcome | null {
  if (Number.isFinite(limit)) return null;
  const { object } = container.workload;
  const ofPod = recordAt(object && podSpecOf(object), 'resources', 'limits')['memory'];
  if (ofPod !== undefined)
    return {
      cause: 'owned-elsewhere',
      summary: prose`${subject} was OOMKilled at the pod's memory limit of ${String(ofPod)}.`,
      rootCause: prose`The container has no limit of its own; the limit of ${String(ofPod)} is that of the whole pod, which all containers share.`,
      reason: prose`A person has to say which of the pod's containers needs the memory.`,
    };
  return {
    cause: 'node-memory',
    summary: prose`${subject} was OOMKilled without having a memory limit: its node ran out of memory.`,
    rootCause: prose`Neither the container nor its pod ${killed[0]!.pod.metadata.name} has a memory limit, so no limit was reached; the kernel picked it when the node ran out of memory.`,
    reason: prose`There is no limit to raise.`,
    advice: [
      prose`Give the container a memory request that is what it needs, so that the scheduler reserves it.`,
      prose`Look for the workload that uses more than it requests on that node.`,
    ],
  };
}

function fullNode({ killed, container, subject, written }: Known): Outcome | null {
  const found = nodeOutOfMemory(killed, container.cluster);
  return (
    found && {
      cause: 'node-memory',
      summary: prose`${subject} was OOMKilled because node ${found.node} ran out of memory, not because of its limit of ${written}.`,
      culprit: { kind: 'Node', namespace: null, name: found.node },
      ...onTheWordOf(found),
    }
  );
}

/** The command, a variable or a script takes memory without end, or is a tool that takes it for a test. */
function takesWithoutEnd({ told, container, atLimit, written }: Known): Outcome | null {
  const demand = endlessDemand(told, container.workload.ref, written);
  if (!demand) return null;
  const { words, where, kind } = demand.told;
  return {
    cause: kind === 'cache' ? 'leak' : 'unbounded',
    summary: prose`${atLimit}: ${words} (${where}) ${demand.does}.`,
    ...onTheWordOf(demand),
  };
}

/** The metrics of every killed instance stay far below the limit. */
function farBelowLimit({ use, killed, limit, written, subject, container }: Known): Weighed {
  const found = peakBeforeKills(use, killed, { limit, written, now: container.cluster.now });
  if (!found) return null;
  const { peak, isNear, farBelow } = found;
  if (isNear)
    return {
      what: prose`a single large allocation`,
      because: prose`the working set had passed ${100 * NEAR} % of ${written} before a kill`,
    };
  if (!farBelow) return null;
  return {
    cause: 'usage-below-limit',
    summary: prose`${subject} was OOMKilled although it used ${peak} of its limit of ${written}.`,
    ...onTheWordOf(farBelow),
  };
}

/** The log says that memory leaks or grows without bound. */
function saysItLeaks({ claim, killed, container, atLimit }: Known): Outcome | null {
  if (!claim) return null;
  const found = growthInLog(claim, killed[0]!.pod, container.name);
  return { cause: 'leak', summary: prose`${atLimit}, and ${found.clause}.`, ...onTheWordOf(found) };
}

function leaking({ use: { shape }, subject, written }: Known): Weighed {
  if (shape === 'plateau')
    return { what: prose`a memory leak`, because: prose`memory stays at one level between the restarts` };
  if (shape !== 'leak') return null;
  return {
    cause: 'leak',
    summary: prose`${subject} leaks memory: after every restart it climbs steadily until it is OOMKilled at ${written}.`,
    ...onTheWordOf(LEAKS),
  };
}

/** Kills within the window from which on a limit is raised. */
const THRESHOLD = 3;

function seldom({
  count: { count, since, basis },
  lastKill,
  subject,
  written,
  killed,
}: Known): Outcome | null {
  if (count >= THRESHOLD) return null;
  const last = describeTime(lastKill);
  const restarts = killed[0]!.status.restartCount ?? 0;
  const when = [
    prose`, last at ${last}, but not in the last 6 hours`,
    prose` once, at ${last}`,
    prose` ${count} times in ${describeDuration(lastKill - since)}`,
  ];
  return {
    cause: 'seldom',
    summary: prose`${subject} was OOMKilled${when[Math.min(count, 2)]!}, at its memory limit of ${written}.`,
    rootCause:
      basis === 'last state' && restarts >= THRESHOLD
        ? prose`The container restarted ${restarts} times, but a pod keeps the reason of its last termination only, and no metrics tell those of the others.`
        : prose`One kill can be one unusual request. Faultline calls a limit too low after ${THRESHOLD} kills in 6 hours.`,
  };
}

/** A VerticalPodAutoscaler owns the value, or the pod has another limit than its template, and not a namespace's default. */
function setElsewhere({ container, killed, limit, subject }: Known): Outcome | null {
  const owner = ownerOfLimit(container, killed[0]!, limit);
  return (
    owner && {
      cause: 'owned-elsewhere',
      summary: prose`${subject} was OOMKilled at a memory limit of ${describeBytes(limit)} that its manifest does not set.`,
      ...onTheWordOf(owner),
    }
  );
}

/** The heap is allowed to grow to more than three quarters of the limit. */
function heapTooLarge({ heap, limit, subject, written }: Known): Weighed {
  if (!heap) return null;
  const found = heapBeyond(heap, limit);
  const share = Math.round((heap.bytes / limit) * 100);
  if (!found)
    return {
      what: prose`the Java heap`,
      because: prose`${heap.option} in ${heap.where} lets it take ${share} % of the memory limit`,
    };
  return {
    cause: 'jvm-heap',
    summary: prose`${subject} was OOMKilled because ${heap.option} lets the Java heap take ${share} % of the memory limit of ${written}.`,
    ...onTheWordOf(found),
  };
}

/** An option or variable names more memory than the limit allows. */
function namesMore({ told, limit, container, atLimit, written }: Known): Outcome | null {
  const option = optionBeyond(told, limit);
  return option
    ? {
        cause: 'named-need',
        summary: prose`${atLimit}: ${option.words} (${option.where}) lets the program use ${describeBytes(option.bytes ?? 0)}.`,
        ...onTheWordOf(optionAgainst(option, container.workload.ref, limit, written)),
      }
    : null;
}

/** A memory-backed emptyDir whose files count towards the limit, and that may hold much of it. */
function fillsVolume({ volumes, limit, container, atLimit, written }: Known): Outcome | null {
  const volume = largeVolume(volumes, limit);
  const { object } = container.workload;
  if (!volume || !object) return null;
  const { name, mountPath, sizeLimit } = volume;
  const bound = sizeLimit === null ? prose`without a sizeLimit` : prose`with a sizeLimit of ${sizeLimit}`;
  return {
    cause: 'memory-volume',
    summary: prose`${atLimit}; volume ${name} at ${mountPath} is a memory-backed emptyDir (medium: Memory) ${bound}, and its files count towards that limit.`,
    ...onTheWordOf(volumeAgainst(volume, object, written)),
  };
}
