import { describeDuration, describeTime } from '../../kubernetes/durations.ts';
import { describeRef, refOf, type Scalar } from '../../kubernetes/objects.ts';
import { describeBytes, MEBIBYTE, parseQuantity } from '../../kubernetes/quantities.ts';
import type { Container } from '../../kubernetes/workloads.ts';
import { quoted } from '../../model/evidence.ts';
import type { Guard } from '../../model/finding.ts';
import { joinProse, prose, type Prose } from '../../untrusted/prose.ts';
import { defaultLimit, type DefaultLimit } from '../../witnesses/field-owner.ts';
import { sizedBy, vpaOpinion, withRecommendation, type Recommendation } from '../../witnesses/vpa.ts';
import { looksLikeJava } from '../../witnesses/heap.ts';
import { allocationBeyond } from '../../witnesses/memory-demand.ts';
import { againstMemory } from '../../witnesses/memory-room.ts';
import { printLike, type MemorySize } from '../../witnesses/memory-size.ts';
import { changedAutomatically, raisedInCluster, raisedInGit } from '../../witnesses/raised-before.ts';
import { asDraft, type Raise } from '../raise.ts';
import type { Known } from './known.ts';
import { changeOf } from '../../model/change.ts';

/** A smaller limit may be doubled: 128Mi more is little, whatever it is relative to the value before. */
const CAPPED_FROM = 256 * MEBIBYTE;

/** Nothing spoke against the limit: then the template has the container, and the pod a limit. */
interface Sized extends Known {
  readonly own: Container;
  /** `spec.template.spec.containers[name=server].resources` */
  readonly field: string;
  readonly size: MemorySize;
  /** The new limit as manifests write it. */
  readonly next: string;
  /** The recommendation of a VerticalPodAutoscaler that asks for more than everything else; null without one. */
  readonly vpa: Recommendation | null;
  /** What gave the limit, where the template has none. */
  readonly byDefault: DefaultLimit | null;
}

/** The higher limit, and what could stand against it. */
export function higherLimit(known: Known, memoryFactor: number): Raise {
  const sized = sizedFor(known);
  const { container, subject, field, limit, written, next, byDefault } = sized;
  const { cluster, workload } = container;
  return {
    noun: 'limit',
    object: workload.ref,
    field: `${field}.limits.memory`,
    amount: limit,
    written,
    next,
    shown: describeBytes,
    summary: prose`${subject} was OOMKilled ${timesOf(known)}: its memory limit of ${written} is too low.`,
    rootCause: whyTooLow(known),
    causes: { waiting: 'older-template', tooSmall: 'limit-too-low' },
    raisedBefore: (authorship) =>
      changedAutomatically(authorship, 'limit', cluster.now) ??
      raisedInGit(authorship, cluster.now) ??
      raisedInCluster(container, limit),
    against: () => againstMemory(container, sized.size),
    doubt: (chosen) => (byDefault ? null : doubtAbout(sized, chosen, memoryFactor)),
    fix: {
      ...(byDefault ? limitOfItsOwn(sized, byDefault) : limitAndRequest(sized)),
      advice: adviceOn(sized),
    },
  };
}

function sizedFor(known: Known): Sized {
  const { container, limit, written, use, hasOwnLimit } = known;
  const { cluster, workload, name, placed, path } = container;
  const own = placed!.container;
  const opinion = vpaOpinion(cluster, workload.ref, name);
  const need = {
    limit,
    request: parseQuantity(own.resources?.requests?.['memory']),
    p99: use.p99,
    recommendedRequest: null,
    named: allocationBeyond(known.told, limit)?.bytes ?? null,
  };
  const { size, vpa } = withRecommendation(need, opinion);
  return {
    ...known,
    own,
    field: `${path}.resources`,
    size,
    next: printLike(written, size.limit),
    vpa,
    byDefault: hasOwnLimit ? null : defaultLimit(cluster, workload.ref.namespace, limit),
  };
}

/** `11 times in 3 h 40 min`: until the last kill, so that it stays the same while nothing happens. */
function timesOf({ count, lastKill }: Known): Prose {
  return prose`${count.count} times in ${describeDuration(lastKill - count.since)}`;
}

function whyTooLow(known: Known): Prose {
  const { container, written, lastKill, killed, use, usedNow, told, limit } = known;
  const exitCode = killed[0]!.kills[0]!.exitCode ?? 137;
  const named = allocationBeyond(told, limit);
  return joinProse(
    [
      // First what the summary does not say: it is what people read on a phone.
      use.p99 === null
        ? usedNow
          ? prose`Its memory is known from one sample of metrics-server (${describeBytes(usedNow.memory)} at ${describeTime(usedNow.at)}); beyond that, only that the limit is too little.`
          : prose`Its memory was not measured: all that is known is that the limit is too little.`
        : prose`99 % of the samples of the last 7 days are below ${describeBytes(use.p99)}, and a container cannot use more than the limit it is killed at, so it needs at least the limit.`,
      prose`The kernel killed ${container.name} when its memory reached the limit of ${written} (reason OOMKilled, exit code ${exitCode}), last at ${describeTime(lastKill)}.`,
      ...(named
        ? [
            prose`${named.words} (${named.where}) takes ${describeBytes(named.bytes!)}, and the new limit has room for that.`,
          ]
        : []),
    ],
    ' ',
  );
}

function doubtAbout({ use, size, next }: Sized, chosen: number, memoryFactor: number): Prose | null {
  if (use.mayLeak)
    return prose`In the one run that was measured to its end memory climbed steadily, as it does with a leak; one run is too little to tell a leak from a limit that is too low: a person has to decide.`;
  return chosen >= CAPPED_FROM && size.limit >= memoryFactor * chosen
    ? prose`${next} is at least ${memoryFactor} times ${describeBytes(chosen)}, the last value that a person chose: a person has to agree to that much.`
    : null;
}

function limitAndRequest(sized: Sized): Raise['fix'] {
  const { container, own, field, limit, next, size, told, vpa } = sized;
  const object = container.workload.ref;
  const { limits, requests } = own.resources ?? {};
  const request = requests?.['memory'];
  const blame = allocationBeyond(told, limit)?.blame;
  return {
    reason: prose`It was killed ${timesOf(sized)}, and nothing else on record explains that. ${vpa ? sizedBy(vpa) : prose`The new limit is the larger of 1.3 times the larger of P99 and limit, and the limit plus 128Mi, rounded up to 128Mi.`}`,
    evidence: vpa ? [vpa.evidence] : [],
    changes: [
      changeOf<Scalar>(object, `${field}.limits.memory`, scalarOf(limits?.['memory']), next),
      // Equal values are no change: a request that is rounded to itself stays as it is written.
      ...(request !== undefined && size.request !== parseQuantity(request)
        ? [changeOf(object, `${field}.requests.memory`, scalarOf(request), printLike(request, size.request!))]
        : []),
    ],
    guards: recreation(object.kind),
    blames: blame ? [blame] : [],
  };
}

function scalarOf(value: unknown): Scalar {
  return typeof value === 'number' ? value : String(value);
}

/** The limit is a namespace's default: the container gets one of its own, which a person has to agree to. */
function limitOfItsOwn(sized: Sized, byDefault: DefaultLimit): Raise['fix'] {
  const { container, killed, own, field, written, next } = sized;
  const object = container.workload.ref;
  const range = describeRef(refOf(byDefault.range));
  const inPod = killed[0]!.placed.container.resources?.requests?.['memory'];
  const request = inPod === undefined ? null : String(inPod);
  // A limit without a request would raise the request to it.
  const keepsRequest =
    own.resources?.requests?.['memory'] === undefined && request !== null && request !== written;
  const reason = prose`A limit of its own changes container ${container.name} alone, a higher default in ${range} every container without a limit: a person has to choose.`;
  return asDraft(
    {
      cause: 'namespace-default',
      rootCause: prose`${whyTooLow(sized)} The template gives container ${container.name} no memory limit; ${written} is the default of ${range}, which applies to every container of the namespace that leaves its limit out.`,
      reason,
      changes: [
        changeOf(object, `${field}.limits.memory`, null, next),
        ...(keepsRequest ? [changeOf(object, `${field}.requests.memory`, null, request)] : []),
      ],
      evidence: [quoted('object', byDefault.range, null, `${byDefault.field}: ${byDefault.text}`)],
      guards: recreation(object.kind),
      blames: [
        { object: refOf(byDefault.range), field: byDefault.field },
        { object, field: field.replace(/resources$/, 'name') },
      ],
    },
    reason,
  );
}

/** The resources of these cannot be changed in place. */
function recreation(kind: string): readonly Guard[] {
  if (kind !== 'Job' && kind !== 'Pod') return [];
  const reason = prose`The resources of a ${kind} cannot be changed in place: it must be recreated.`;
  return [{ kind: 'no-auto-merge', reason }];
}

function adviceOn({ volumes, heap, own, container, size }: Sized): readonly Prose[] {
  const followsLimit = heap === null ? looksLikeJava(own) : heap.relative;
  return [
    ...volumes.map(
      ({ name, mountPath }) =>
        prose`Volume ${name} at ${mountPath} is a memory-backed emptyDir: what is written there counts towards the limit.`,
    ),
    ...(followsLimit
      ? [prose`The maximum heap of a Java process follows the limit: by default it is a quarter of it.`]
      : []),
    ...(container.placed?.role === 'init'
      ? [
          prose`This is an init container: its request counts for the pod only where it exceeds that of all regular containers together.`,
        ]
      : []),
    prose`Watch whether the working set settles below ${describeBytes(size.limit)} after the rollout.`,
  ];
}
