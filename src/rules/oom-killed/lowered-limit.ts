import { isWithin } from '../../facts/observations.ts';
import { DAY } from '../../kubernetes/durations.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { FieldVersion } from '../../model/need.ts';
import { prose } from '../../untrusted/prose.ts';
import { isAutomatic } from '../../witnesses/chosen-value.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { ownerOfLimit } from '../../witnesses/field-owner.ts';
import { againstMemory } from '../../witnesses/memory-room.ts';
import type { Outcome } from '../weigh.ts';
import type { Known } from './known.ts';

/** A limit that was lowered longer ago has held since. */
const LATELY = 7 * DAY;
/** A P99 above this share of the old limit says that it would not be enough either. */
const ENOUGH = 0.9;

/** Causes that say only how the container dies: what git did to the limit just before says why. */
const OUTRANKED = new Set(['limit-below-runtime', 'killed-at-start', 'seldom']);

/** Git's last change lowered the limit, and the kills came after it: the values before it come back. Null where history shows no such change. */
export function* loweredLimit(known: Known, outcome: Outcome | null, ask: Ask): Asking<Outcome | null> {
  const { container, limit, hasOwnLimit, killed, subject } = known;
  const { path, workload } = container;
  if (path === null || !hasOwnLimit || (outcome !== null && !OUTRANKED.has(outcome.cause))) return null;
  if (outcome?.cause === 'seldom' && !isDown(known)) return null;
  if (ownerOfLimit(container, killed[0]!, limit)) return null;
  const [field, requestField] = ['limits', 'requests'].map((list) => `${path}.resources.${list}.memory`);
  const { limits, requests } = yield* ask.all({
    limits: ask.history(workload.ref, field!),
    requests: ask.history(workload.ref, requestField!),
  });
  const lowering = loweringIn(known, limits ?? []);
  if (!lowering) return null;
  const { from, to, commit } = lowering;
  const request = requestBefore(requests ?? [], commit.sha);
  const size = { limit: parseQuantity(from)!, request: parseQuantity(request?.from ?? null) };
  if (againstMemory(container, size)) return null;
  const changes: readonly Change[] = [
    changeOf<Scalar>(workload.ref, field!, to, from),
    ...(request ? [changeOf<Scalar>(workload.ref, requestField!, request.to, request.from)] : []),
  ];
  return {
    cause: 'limit-lowered',
    verdict: 'fix',
    summary: prose`${outcome?.summary ?? prose`${known.atLimit}.`} Commit ${commit.sha.slice(0, 8)} lowered it from ${String(from)}.`,
    rootCause: prose`${describeCommit(commit)} lowered the memory limit of ${subject} from ${String(from)} to ${String(to)}; every kill on record came after it.${request ? prose` It also lowered the request from ${String(request.from)} to ${String(request.to)}.` : prose``}`,
    reason: prose`The limit before the last commit is known; nothing else on record explains the kills.`,
    changes,
    evidence: [commitEvidence(commit, `limits.memory ${String(from)} → ${String(to)}`)],
    introducedBy: commit,
    advice: [prose`Watch whether the working set stays below ${String(from)} after the rollout.`],
  };
}

function isDown({ killed }: Known): boolean {
  return killed.some(({ status: { state } }) => state?.running === undefined);
}

interface Lowering {
  readonly from: Scalar;
  readonly to: Scalar;
  readonly commit: FieldVersion['commit'];
}

function loweringIn(
  { limit, use, killed, container: { cluster } }: Known,
  versions: readonly FieldVersion[],
): Lowering | null {
  const [now, before] = versions;
  const [from, to] = [parseQuantity(before?.value), parseQuantity(now?.value)];
  if (!now || from === null || to === null || to !== limit || from <= to || isAutomatic(now.commit))
    return null;
  const firstKill = Math.min(...killed.flatMap(({ kills }) => kills.map(({ at }) => at)));
  const isRecent = now.commit.at <= firstKill && isWithin(cluster, now.commit.at, LATELY);
  const isEnough = use.p99 === null || use.p99 < ENOUGH * from;
  return isRecent && isEnough ? { from: before!.value!, to: now.value!, commit: now.commit } : null;
}

/** The request before the commit, where that lowered it too. */
function requestBefore(versions: readonly FieldVersion[], sha: string): Omit<Lowering, 'commit'> | null {
  const [now, before] = versions;
  const [from, to] = [parseQuantity(before?.value), parseQuantity(now?.value)];
  if (now?.commit.sha !== sha || from === null || to === null || from <= to) return null;
  return { from: before!.value!, to: now.value! };
}
