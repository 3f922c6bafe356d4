import { describeTime } from '../../kubernetes/durations.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { describeBytes } from '../../kubernetes/quantities.ts';
import { podSpecPath } from '../../kubernetes/workloads.ts';
import { joinProse, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { Conclusion } from '../sizing/conclusion.ts';
import type { Case } from './case.ts';
import type { InMemoryVolume } from '../../witnesses/memory-volumes.ts';
import { defaultLimit } from '../../witnesses/field-owner.ts';
import { lifetimeOf } from '../../witnesses/kills.ts';
import type { Told } from '../../witnesses/memory-settings.ts';

/*
 * What the program itself says about its memory: in its command and environment, in its log, in the volumes that it
 * mounts, and by how soon it dies. None of these is repaired by a raise that only the metrics suggest.
 */

/** The command, a variable or a script takes memory without end, or is a tool that takes it for a test. */
export function takesWithoutEnd(known: Case): Conclusion | null {
  const told = known.told.find(({ kind }) => kind === 'unbounded' || kind === 'load' || kind === 'cache');
  if (!told) return null;
  const { explanation, reason, advice, cause } = WITHOUT_END[told.kind as keyof typeof WITHOUT_END](
    told,
    known,
  );
  return {
    cause,
    verdict: 'escalate',
    summary: prose`${killedAtLimit(known)}: ${told.words} (${told.where}) ${ownText(told.kind === 'cache' ? 'keeps a cache without eviction' : 'takes memory up to any limit')}.`,
    explanation,
    reason,
    advice,
    evidence: [quoted('object', known.symptom.object, null, `${told.where}: ${told.words}`)],
    blames: told.blame ? [told.blame] : [],
  };
}

const WITHOUT_END: Readonly<
  Record<
    'unbounded' | 'load' | 'cache',
    (
      told: Told,
      known: Case,
    ) => Pick<Conclusion, 'cause' | 'explanation' | 'reason'> & { advice: readonly Prose[] }
  >
> = {
  unbounded: ({ words, where }) => ({
    cause: 'unbounded',
    explanation: prose`${words} in ${where} collects data without an end, so the container reaches any memory limit.`,
    reason: prose`A higher limit is reached as well; the command has to change.`,
    advice: [prose`Bound what ${words} reads or keeps, or remove it.`],
  }),
  load: ({ words, where, bytes }, { limitText }) => ({
    cause: 'unbounded',
    explanation:
      bytes === null
        ? prose`${words} in ${where} is a load generator: its purpose is to take memory.`
        : prose`${words} in ${where} is a load generator that asks for ${describeBytes(bytes)}; the memory limit is ${limitText}.`,
    reason: prose`A load generator takes what it is told to take; a person has to choose the load or the limit.`,
    advice: [
      prose`Remove ${words} if no load test is meant, or let it ask for less than the limit of ${limitText}.`,
    ],
  }),
  cache: ({ words, where }) => ({
    cause: 'leak',
    explanation: prose`${words} in ${where} turns eviction off, so the cache grows until the memory limit is reached.`,
    reason: prose`A cache without eviction fills any limit; it needs a bound.`,
    advice: [prose`Set a bound below the memory limit in place of ${words}.`],
  }),
};

/** The log says that memory leaks or grows without bound. */
export function claimsLeak(known: Case): Conclusion | null {
  const { claim, killed, container } = known;
  if (!claim) return null;
  const says: Readonly<Record<typeof claim.kind, Prose>> = {
    leak: prose`its log reports a memory leak`,
    unbounded: prose`its log says that it keeps data without bound`,
    growth: prose`its log shows a count of kept data that only rises`,
  };
  return {
    cause: 'leak',
    verdict: 'escalate',
    summary: prose`${killedAtLimit(known)}, and ${says[claim.kind]}.`,
    explanation: prose`Before the kill the log of ${describeRef(refOf(killed[0]!.pod))} says: ${claim.line.slice(0, 300)} A higher limit only makes the time between two kills longer.`,
    reason: prose`A leak is fixed in the program; a limit that is raised for it is raised again soon.`,
    advice: [
      prose`Follow the quoted log line in the program.`,
      prose`Compare with the release before the first kill, and consider going back to it.`,
    ],
    evidence: [
      quoted('log', `${describeRef(refOf(killed[0]!.pod))} ${container}`, null, claim.line.slice(0, 300)),
    ],
  };
}

/** Share of the limit from which on a volume can be what fills it. */
const LARGE_VOLUME = 0.25;

/** A memory-backed emptyDir whose files count towards the limit, and that may hold much of it. */
export function fillsVolume(known: Case): Conclusion | null {
  const { inMemory, enforced, owner, symptom, limitText } = known;
  if (enforced === null || !owner) return null;
  const volume = inMemory.find(({ size }) => size === null || size >= LARGE_VOLUME * enforced);
  if (!volume) return null;
  const path = `${podSpecPath(owner.kind)}.volumes[name=${volume.name}].emptyDir`;
  const blamed = [
    ...(volume.sizeLimit === null ? [] : [{ object: symptom.object, field: `${path}.sizeLimit` }]),
    { object: symptom.object, field: `${path}.medium` },
  ];
  return {
    cause: 'memory-volume',
    verdict: 'escalate',
    summary: prose`${killedAtLimit(known)}; volume ${volume.name} at ${volume.mountPath} is a memory-backed emptyDir (medium: Memory) ${boundOf(volume)}, and its files count towards that limit.`,
    explanation: prose`What is written to ${volume.mountPath} stays in memory, counts towards the limit of ${limitText}, and survives a restart of the container, because the volume belongs to the pod. The metrics do not tell files in the volume from memory of the program.`,
    reason: prose`Whether the volume, its size or the limit has to change is for a person to decide: a higher limit alone is filled by the volume as well.`,
    advice: [
      volume.sizeLimit === null
        ? prose`Set sizeLimit on volume ${volume.name} well below the memory limit of ${limitText}, or use an emptyDir on disk (without medium: Memory).`
        : prose`Make the memory limit at least the sizeLimit of ${volume.sizeLimit} plus what the program needs, or lower sizeLimit.`,
    ],
    evidence: [
      quoted(
        'object',
        owner,
        null,
        `volumes[name=${volume.name}].emptyDir: medium: Memory, sizeLimit: ${volume.sizeLimit ?? 'none'}`,
      ),
    ],
    blames: blamed,
  };
}

function boundOf({ sizeLimit }: InMemoryVolume): Prose {
  return sizeLimit === null ? prose`without a sizeLimit` : prose`with a sizeLimit of ${sizeLimit}`;
}

/** An option or variable names more memory than the limit allows. */
export function namesMore(known: Case): Conclusion | null {
  const { enforced, told, limitText } = known;
  if (enforced === null) return null;
  const more = told.find(({ kind, bytes }) => kind === 'option' && bytes !== null && bytes > enforced * 0.95);
  if (!more) return null;
  const bytes = describeBytes(more.bytes!);
  return {
    cause: 'named-need',
    verdict: 'escalate',
    summary: prose`${killedAtLimit(known)}: ${more.words} (${more.where}) lets the program use ${bytes}.`,
    explanation: prose`${more.words} in ${more.where} allows ${bytes} for a part of the program's memory, and the memory limit is ${limitText}. The rest of the program needs memory on top of that.`,
    reason: prose`Whether the option becomes smaller or the limit larger is a choice about the program.`,
    advice: [
      prose`Lower ${more.words} to at most three quarters of the limit (${describeBytes(0.75 * enforced)}).`,
      prose`Or raise the limit to at least ${describeBytes(more.bytes! / 0.75)}, which ${more.words} needs.`,
    ],
    evidence: [quoted('object', known.symptom.object, null, `${more.where}: ${more.words}`)],
    blames: more.blame ? [more.blame] : [],
  };
}

/** Times have a resolution of a second. */
const AT_ONCE = 2_000;

/** Every kill whose start is on record came within two seconds of it: how much the program wants cannot be told from that. */
export function killedAtStart(known: Case): Conclusion | null {
  const { killed, told, limitText, cluster, symptom, placed, enforced } = known;
  const lives = killed.flatMap(({ kills }) => kills.map(lifetimeOf)).filter((one) => one !== null);
  if (lives.length === 0 || lives.some((life) => life > AT_ONCE)) return null;
  // A size that the code names is one to go by.
  if (told.some(({ kind, bytes }) => kind === 'allocation' && bytes !== null)) return null;
  // A limit that nobody chose for this program is looked at by a person anyway.
  const isOwn = placed?.container.resources?.limits?.['memory'] !== undefined;
  if (!isOwn && defaultLimit(cluster, symptom.object.namespace, enforced ?? 0)) return null;
  const seconds = Math.max(...lives) / 1000;
  return {
    cause: 'killed-at-start',
    verdict: 'escalate',
    summary: prose`${killedAtLimit(known)} within ${Math.max(1, seconds)} s of its start.`,
    explanation: prose`The container starts and is killed within ${Math.max(1, seconds)} s, each time on record, last at ${describeTime(known.symptom.lastSeen)}. It takes more than ${limitText} at once; nothing on record shows how much more.`,
    reason: prose`A program that is killed as soon as it starts does not show how much memory it needs, so no size can be worked out.`,
    advice: [
      prose`Run the program without a memory limit where that is safe, and measure what it takes at its start.`,
    ],
  };
}

/** `Container web of Deployment shop/cart was OOMKilled at its memory limit of 512Mi`, without a full stop. */
function killedAtLimit({ container, symptom, limitText }: Case): Prose {
  return joinProse(
    [
      prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled`,
      prose`at its memory limit of ${limitText}`,
    ],
    ' ',
  );
}
