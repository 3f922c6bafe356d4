import { describeTime } from '../kubernetes/durations.ts';
import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ConfidencePart } from '../model/finding.ts';
import type { Difference } from '../model/need.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { authorshipOf, historyEvidence, type Authorship } from '../witnesses/chosen-value.ts';
import type { RaisedBefore } from '../witnesses/raised-before.ts';
import type { Statement } from '../witnesses/statement.ts';
import type { Outcome } from './weigh.ts';

/** A value that is too small, with the larger one: what is particular to a rule. */
export interface Raise {
  /** What people call the value. */
  readonly noun: 'limit' | 'maximum';
  readonly object: ObjectRef;
  readonly field: string;
  /** What the cluster has: bytes, replicas; and as it is written. */
  readonly amount: number;
  readonly written: Scalar;
  /** The larger value as it would be written. */
  readonly next: Scalar;
  /** An amount in words: `512 MiB`. */
  shown(amount: number): string;
  readonly summary: Prose;
  /** Why the value is too small. */
  readonly rootCause: Prose;
  /** The causes where git already has a larger value that no drift explains, and where nothing stands against the raise. */
  readonly causes: Readonly<Record<'waiting' | 'tooSmall', string>>;
  /** An earlier raise that has not helped. */
  raisedBefore(authorship: Authorship): RaisedBefore | null;
  /** What forbids the larger value, or cannot hold it. */
  against(): (Statement & { readonly cause: string }) | null;
  /** What a person has to agree to; `chosen` is the last amount that a person chose. */
  doubt(chosen: number): Prose | null;
  /** The larger value, or another way to it. */
  readonly fix: Partial<Outcome> & Required<Pick<Outcome, 'changes' | 'reason'>>;
}

/** Raises the value, unless something stands against it: git has it already, it was raised before, or there is no room. */
export function* concludeRaise(
  raise: Raise,
  ask: Ask,
): Asking<{ readonly outcome: Outcome; readonly confidence: ConfidencePart }> {
  const { noun, object, field, summary } = raise;
  const versions = (yield* ask.history(object, field)) ?? [];
  const authorship = authorshipOf(versions);
  const isLargerInGit = (parseQuantity(authorship.latest?.to) ?? 0) > raise.amount;
  const outcome = isLargerInGit
    ? largerInGit(raise, authorship, yield* ask.difference(object, field))
    : (raisedAgain(raise, authorship) ?? forbidden(raise) ?? raised(raise, authorship));
  const evidence = [...historyEvidence(noun, authorship), ...(outcome.evidence ?? [])];
  const isKnown = versions.some(({ value }) => value !== undefined);
  return {
    outcome: { summary, ...outcome, evidence },
    confidence: isKnown
      ? { factor: 1, reason: prose`the history of the ${ownText(noun)} is known` }
      : { factor: 0.97, reason: prose`the history of the ${ownText(noun)} is not known` },
  };
}

type Part = Omit<Outcome, 'summary'>;

function largerInGit(
  { noun: word, causes, written, shown }: Raise,
  { latest }: Authorship,
  difference: Difference | null,
): Part {
  const noun = ownText(word);
  const { sha, at } = latest!.commit;
  const inGit = prose`Git has a ${noun} of ${shown(parseQuantity(latest!.to)!)} since ${sha.slice(0, 8)} of ${describeTime(at)}; the cluster has ${String(written)}.`;
  const because =
    difference?.because ??
    prose`Whether that waits for a sync or was changed in the cluster is not on record.`;
  const found = { rootCause: prose`${inGit} ${because}`, evidence: difference?.evidence ?? [] };
  if (difference?.kind === 'drift') return { cause: 'drift', ...found };
  return {
    cause: causes.waiting,
    ...found,
    reason:
      difference?.kind === 'lag'
        ? prose`The ${noun} is already raised in git; it waits for the next sync.`
        : prose`The ${noun} is already larger in git: either a sync is due, or the cluster drifted from git.`,
  };
}

function raisedAgain({ noun, rootCause, raisedBefore }: Raise, authorship: Authorship): Part | null {
  const before = raisedBefore(authorship);
  return (
    before && {
      cause: 'raised-before',
      rootCause: prose`${rootCause} ${before.says}`,
      reason: prose`The ${ownText(noun)} was reached again ${before.when}: another raise would hide what is wrong.`,
      evidence: before.evidence,
    }
  );
}

function forbidden({ noun, rootCause, next, against }: Raise): Part | null {
  const found = against();
  return (
    found && {
      cause: found.cause,
      rootCause: prose`${rootCause} It would need ${String(next)}, but ${found.says}`,
      reason: prose`A ${ownText(noun)} of ${String(next)} is not possible here: ${found.says}`,
      evidence: found.evidence,
    }
  );
}

function raised({ causes, rootCause, amount, doubt, fix }: Raise, { lastChoice }: Authorship): Part {
  const conclusion = { cause: causes.tooSmall, rootCause, ...fix };
  const reason = doubt(parseQuantity(lastChoice?.value) ?? amount);
  return reason ? asDraft(conclusion, reason) : { verdict: 'fix', ...conclusion };
}

/** The edit is known, and a person has to agree to it. */
export function asDraft<P extends Part>(conclusion: P, reason: Prose): P {
  const guards = [{ kind: 'draft', reason } as const, ...(conclusion.guards ?? [])];
  return { ...conclusion, verdict: 'escalate', reason, guards };
}
