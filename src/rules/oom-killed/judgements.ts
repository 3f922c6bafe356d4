import { describeDuration, describeTime, MINUTE } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Conclusion, Judgement } from '../sizing/conclusion.ts';
import { between, maximumOf, stepOf, valuesOf } from '../../witnesses/series.ts';
import type { Case } from './case.ts';
import { defaultLimit, vpaOpinion } from '../../witnesses/field-owner.ts';
import { GREATEST_HEAP_SHARE } from '../../witnesses/heap.ts';
import { systemOomAt } from '../../witnesses/kills.ts';
import { recovered, survived } from './outcomes.ts';
import { claimsLeak, fillsVolume, killedAtStart, namesMore, takesWithoutEnd } from './program.ts';

/** Kills within the window from which on a limit is raised. */
const THRESHOLD = 3;
/** A peak below this share of the limit says that the limit was not reached. */
const FAR_BELOW = 0.6;

/**
 * Reasons not to raise the limit, the strongest first: each says what it is about, or null when it does not apply. The
 * first that applies decides; when none does, the limit is too low.
 */
export const JUDGEMENTS: readonly Judgement<Case>[] = [
  survived,
  unnamedKill,
  recovered,
  olderTemplate,
  unknownOwner,
  withoutLimit,
  nodeOutOfMemory,
  takesWithoutEnd,
  usageFarBelowLimit,
  claimsLeak,
  leaking,
  seldom,
  setElsewhere,
  heapTooLarge,
  namesMore,
  fillsVolume,
  killedAtStart,
];

/** Exit code 137 with another reason, which an event explains: what was full, and which limit, is not on record. */
function unnamedKill({ killed, container }: Case): Conclusion | null {
  const unnamed = killed.find(({ witness }) => witness !== null);
  if (!unnamed?.witness || killed.some(({ witness }) => witness === null)) return null;
  const { pod, witness, kills } = unnamed;
  return {
    cause: 'unnamed-kill',
    verdict: 'decline',
    summary: prose`Container ${container} of ${describeRef(refOf(pod))} was killed with exit code 137, and an event names memory as the reason.`,
    explanation: prose`The container's status does not say OOMKilled; the event ${witness.reason} at ${describeTime(witness.lastSeen)} does. Whether the container's limit or the node's memory was exhausted cannot be told from it.`,
    reason: prose`Exit code 137 without the reason OOMKilled does not show that the limit was reached.`,
    advice: [
      prose`Look at the node's kernel log around ${describeTime(kills[0]!.at)}: it names the memory cgroup that was full.`,
    ],
    evidence: [quoted('event', pod, witness.lastSeen, `${witness.reason}: ${witness.message}`)],
  };
}

/**
 * What is killed was made from a template that the owner no longer has. Where the cluster does not record which template a
 * pod is made from, a higher limit in the template tells: unless something sets the limit of pods as they are made.
 */
function olderTemplate({
  killed,
  owner,
  placed,
  enforced,
  container,
  age,
  cluster,
  symptom,
}: Case): Conclusion | null {
  if (!owner) return null;
  const now = parseQuantity(placed?.container.resources?.limits?.['memory']);
  const raised = now !== null && enforced !== null && now > enforced;
  const told = age === 'unknown' && raised && vpaOpinion(cluster, symptom.object, container).kind !== 'owns';
  if (age !== 'outdated' && !told) return null;
  return {
    cause: 'older-template',
    verdict: 'monitor',
    summary: raised
      ? prose`Container ${container} was OOMKilled at ${describeBytes(enforced)}; ${describeRef(refOf(owner))} already has a limit of ${describeBytes(now)}.`
      : prose`Container ${container} was OOMKilled in pods of an earlier template of ${describeRef(refOf(owner))}.`,
    explanation: prose`The killed pod ${killed[0]!.pod.metadata.name} does not carry the current template, so it says nothing about the values that are in git now.`,
    reason: raised
      ? prose`The limit is already raised; the rollout has to finish.`
      : prose`No pod of the current template was killed.`,
  };
}

/** The pod's owner is an operator's resource, was not recorded, or has no such container. */
function unknownOwner({ owner, placed, symptom, container, killed, limitText }: Case): Conclusion | null {
  if (placed) return null;
  const ref = describeRef(symptom.object);
  const generated = owner !== undefined && podSpecOf(owner) === undefined;
  let explanation: Prose;
  if (!owner)
    explanation = prose`${ref} was not recorded, so its template cannot be compared with the pod's.`;
  else if (generated)
    explanation = prose`${ref} makes these pods through an operator; the field in it that sets the limit is not known here.`;
  else
    explanation = prose`${ref} has no container ${container}: something adds it to the pods when they are made (a sidecar injector, most often).`;
  return {
    cause: 'owned-elsewhere',
    verdict: 'escalate',
    summary: prose`Container ${container} of ${describeRef(refOf(killed[0]!.pod))} was OOMKilled at its memory limit of ${limitText}.`,
    explanation,
    reason: prose`The value is not in a template that git could hold.`,
    advice: [
      generated
        ? prose`Set the memory in the resource that the operator reads.`
        : prose`Find what sets the resources of this container.`,
    ],
  };
}

function withoutLimit({ enforced, container, symptom, template, killed }: Case): Conclusion | null {
  if (enforced !== null) return null;
  const ofPod = recordAt(template, 'resources', 'limits')['memory'];
  if (ofPod !== undefined) {
    return {
      cause: 'owned-elsewhere',
      verdict: 'escalate',
      summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled at the pod's memory limit of ${String(ofPod)}.`,
      explanation: prose`The container has no limit of its own; the limit of ${String(ofPod)} is that of the whole pod, which all containers share.`,
      reason: prose`Which of the pod's containers needs the memory is for a person to say.`,
    };
  }
  return {
    cause: 'node-memory',
    verdict: 'decline',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled without having a memory limit: its node ran out of memory.`,
    explanation: prose`Neither the container nor its pod ${killed[0]!.pod.metadata.name} has a memory limit, so no limit was reached; the kernel chose it when the node was full.`,
    reason: prose`There is no limit to raise.`,
    advice: [
      prose`Give the container a memory request that is what it needs, so that the scheduler reserves it.`,
      prose`Look for the workload that uses more than it requests on that node.`,
    ],
  };
}

/** A SystemOOM event at the time of at least half of the kills. */
function nodeOutOfMemory({ killed, cluster, container, symptom, limitText }: Case): Conclusion | null {
  const kills = killed.flatMap(({ pod, kills }) =>
    kills.map((kill) => ({ pod, kill, event: systemOomAt(kill, pod, cluster) })),
  );
  const explained = kills.filter(({ event }) => event !== null);
  if (explained.length === 0 || explained.length * 2 < kills.length) return null;
  const { pod, kill, event } = explained[0]!;
  const node = podSpecOf(pod)?.nodeName ?? 'unknown';
  return {
    cause: 'node-memory',
    verdict: 'decline',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled because node ${node} ran out of memory, not because of its limit of ${limitText}.`,
    explanation: prose`The kubelet of ${node} reported SystemOOM within two minutes of the kill at ${describeTime(kill.at)}: the whole node was out of memory, and the kernel chose this container.`,
    reason: prose`A higher limit would not help; the node needs memory, or its pods need honest requests.`,
    advice: [
      prose`Compare requests with use on node ${node}; raise the requests of what uses more than it asks for.`,
    ],
    culprit: { kind: 'Node', namespace: null, name: node },
    evidence: [quoted('event', `Node ${node}`, event!.lastSeen, `${event!.reason}: ${event!.message}`)],
  };
}

/**
 * The metrics of every killed instance stay below 60 % of the limit. Instances that lived less than three samples say
 * nothing: they may have died in between.
 */
function usageFarBelowLimit({
  killed,
  memory,
  enforced,
  container,
  symptom,
  limitText,
  cluster,
}: Case): Conclusion | null {
  if (enforced === null) return null;
  const peaks = killed.flatMap(({ pod, kills }) => {
    const samples = memory.byPod.get(pod.metadata.name) ?? [];
    const { at, startedAt } = kills[0]!;
    const lived = between(samples, startedAt ?? at - 60 * MINUTE, at);
    const measured = lived.length >= 3 && at - lived.at(-1)![0] <= 3 * stepOf(lived);
    return measured ? [{ at, peak: maximumOf(valuesOf(lived)) }] : [];
  });
  if (peaks.length === 0 || peaks.some(({ peak }) => peak >= FAR_BELOW * enforced)) return null;
  const peak = maximumOf(peaks.map((one) => one.peak));
  return {
    cause: 'usage-below-limit',
    verdict: 'decline',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled although it used ${describeBytes(peak)} of its limit of ${limitText}.`,
    explanation: prose`The working set before each kill stayed below ${Math.round(FAR_BELOW * 100)} % of the limit (${describeBytes(peak)} at most), so a limit that is a little too small is not the reason: the node was short of memory, or one allocation was larger than everything else together.`,
    reason: prose`The measured use is far below the limit.`,
    advice: [
      prose`Look for a single large request at ${describeTime(peaks[0]!.at)}, and at the memory of the node at that time.`,
    ],
    evidence: [
      quoted(
        'metric',
        'container_memory_working_set_bytes',
        cluster.now,
        `highest value before a kill: ${describeBytes(peak)}, limit ${limitText}`,
      ),
    ],
  };
}

function leaking({ memory, container, symptom, limitText }: Case): Conclusion | null {
  if (memory.shape !== 'leak') return null;
  return {
    cause: 'leak',
    verdict: 'escalate',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} leaks memory: after every restart it climbs steadily until it is OOMKilled at ${limitText}.`,
    explanation: prose`In most runs between two restarts the working set rises without a plateau, by more than a quarter of the limit after start-up, until the kill. A higher limit would only make the runs longer.`,
    reason: prose`A leak is fixed in the program; a limit that is raised for it is raised again soon.`,
    advice: [
      prose`Take a heap profile of a container that has run for a while.`,
      prose`Compare with the release before the first kill, and consider going back to it.`,
    ],
  };
}

function seldom({ count, container, symptom, limitText, killed }: Case): Conclusion | null {
  if (count.count >= THRESHOLD) return null;
  const last = describeTime(symptom.lastSeen);
  const when = [
    prose`, last at ${last}, but not in the last 6 hours`,
    prose` once, at ${last}`,
    prose` ${count.count} times in ${describeDuration(symptom.lastSeen - count.since)}`,
  ];
  return {
    cause: 'seldom',
    verdict: 'monitor',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled${when[Math.min(count.count, 2)]!}, at its memory limit of ${limitText}.`,
    explanation:
      count.basis === 'last state' && (killed[0]!.status.restartCount ?? 0) >= THRESHOLD
        ? prose`The container restarted ${killed[0]!.status.restartCount ?? 0} times, but a pod keeps the reason of its last termination only, and no metrics tell those of the others.`
        : prose`One kill can be one unusual request; the limit is called too low after ${THRESHOLD} kills in 6 hours.`,
    reason: prose`Fewer than ${THRESHOLD} kills in 6 hours.`,
  };
}

/** A VerticalPodAutoscaler owns the value, or the pod has another limit than its template, and not a namespace's default. */
function setElsewhere({
  cluster,
  placed,
  enforced,
  container,
  symptom,
  limitText,
  killed,
}: Case): Conclusion | null {
  const conclusion = (explanation: Prose, reason: Prose, evidence: readonly Evidence[]): Conclusion => ({
    cause: 'owned-elsewhere',
    verdict: 'escalate',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled at its memory limit of ${describeBytes(enforced ?? 0)}, which is not decided by its manifest.`,
    explanation,
    reason,
    evidence,
  });
  const vpa = vpaOpinion(cluster, symptom.object, container);
  if (vpa.kind === 'owns') {
    return conclusion(
      vpa.obstacle.reason,
      prose`A limit in the manifest would be overwritten; the owner of the value has to change it.`,
      [vpa.obstacle.evidence],
    );
  }
  const written = placed?.container.resources?.limits?.['memory'];
  if (written === undefined) {
    if (defaultLimit(cluster, symptom.object.namespace, enforced ?? 0)) return null;
    const ranger = killed[0]!.pod.metadata.annotations?.['kubernetes.io/limit-ranger'];
    const isDefault = ranger !== undefined && /memory limit/.test(ranger) && ranger.includes(container);
    return conclusion(
      isDefault
        ? prose`The template sets no memory limit: a LimitRange gave the pod the default of ${limitText} when it was made. No LimitRange on record has that default now.`
        : prose`The template sets no memory limit, and no LimitRange on record has a default of ${limitText}: what set it cannot be told.`,
      prose`What set the limit of ${limitText} is not on record, so a person has to find it first.`,
      isDefault ? [quoted('object', killed[0]!.pod, null, `kubernetes.io/limit-ranger: ${ranger}`)] : [],
    );
  }
  if (parseQuantity(written) !== enforced) {
    return conclusion(
      prose`The template says ${String(written)}, the pod has ${describeBytes(enforced ?? 0)}: something changed it when the pod was made, or later.`,
      prose`What gives the pod another limit than its template has to be found first.`,
      [],
    );
  }
  return null;
}

/** The heap is allowed to grow to more than three quarters of the limit. */
function heapTooLarge({ heap, enforced, container, symptom, limitText }: Case): Conclusion | null {
  if (!heap || enforced === null || heap.bytes <= GREATEST_HEAP_SHARE * enforced) return null;
  const share = Math.round((heap.bytes / enforced) * 100);
  const fits = describeBytes(GREATEST_HEAP_SHARE * enforced);
  return {
    cause: 'jvm-heap',
    verdict: 'escalate',
    summary: prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled because ${heap.option} lets the Java heap take ${share} % of the memory limit of ${limitText}.`,
    explanation: prose`${heap.option} (in ${heap.where}) allows a heap of ${describeBytes(heap.bytes)}. Metaspace, threads and buffers come on top, so a heap above 75 % of the limit (${fits} here) does not leave room for them.`,
    reason: prose`Whether the heap becomes smaller or the limit larger is a choice about the program.`,
    advice: heap.relative
      ? [prose`Set -XX:MaxRAMPercentage to 75 or less: a higher limit alone makes the heap grow with it.`]
      : [
          prose`Lower ${heap.option} to at most ${fits}, if the program lives with that.`,
          prose`Or raise the limit to at least ${describeBytes(heap.bytes / GREATEST_HEAP_SHARE)}, which this heap needs.`,
        ],
    blames: heap.blame ? [heap.blame] : [],
  };
}
