import type { UnboundClaim } from '../../facts/claims.ts';
import { quote } from '../../facts/observations.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { ClaimSource } from '../../witnesses/claim-source.ts';
import { valueIn } from '../../witnesses/claim-source.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import type { ClaimCause } from './causes.ts';

/** A claim that exists and has no volume, with what people write to get it. */
export interface Waiting {
  readonly workload: WorkloadFacts;
  readonly unbound: UnboundClaim;
  readonly claim: ClusterObject;
  /** Null where something else than a manifest makes the claim. */
  readonly source: ClaimSource | null;
}

/** Why a claim has no volume. */
export interface Why {
  readonly cause: ClaimCause;
  /** A clause after `waits for PersistentVolumeClaim cargo`. */
  readonly clause: Prose;
  readonly because?: readonly Prose[];
  readonly blames?: readonly Blame[];
  readonly advice: readonly Prose[];
  readonly culprit?: Culprit;
  readonly evidence?: readonly Evidence[];
  /** What a person may agree to. */
  readonly draft?: Draft;
  readonly certainty?: number;
}

/** A new value with what vouches for it. */
export interface Draft {
  readonly changes: readonly Change[];
  /** What vouches for it, as a sentence. */
  readonly because: Prose;
  /** What it rests on, after `What speaks for the value is`. */
  readonly restsOn: Prose;
  /** How sure the value is. */
  readonly factor: number;
  /** What a person has to do beside merging. */
  readonly advice: readonly Prose[];
  readonly evidence?: readonly Evidence[];
  readonly introducedBy?: Commit;
}

/** The place of a field of the claim's spec in what people write. */
export function fieldIn({ source }: Waiting, field: string): readonly Blame[] {
  return source ? [{ object: source.object, field: `${source.spec}.${field}` }] : [];
}

/** The change of a field of the claim's spec; none where no manifest has it. */
export function changeIn(waiting: Waiting, field: string, after: Scalar): readonly Change[] {
  const before = (valueIn(waiting.claim, field) ?? null) as Scalar;
  return fieldIn(waiting, field).map((at) => changeOf<Scalar>(at.object, at.field, before, after));
}

/** A draft that takes a field back to what it was before a commit. `remake`: what has to be done beside it. */
export function takenBack(changes: readonly Change[], commit: Commit, remake: Prose): Draft {
  const [{ object, field, before, after }] = changes as readonly [Change];
  return {
    changes,
    because: prose`${field.text} of ${object.kind} ${object.name} ${after === null ? ownText('was not set') : prose`was ${shown(after)}`} until ${describeCommit(commit)} made it ${shown(before)}; the value before fits.`,
    restsOn: prose`git's history`,
    factor: 0.9,
    advice: [remake],
    evidence: [commitEvidence(commit, `${field.text}: ${shown(after)} → ${shown(before)}`)],
    introducedBy: commit,
  };
}

function shown(value: Scalar): string {
  return value === null ? 'none' : value === '' ? '""' : String(value);
}

/** `the class "dock"`; an empty class is one of its own. */
export function classText(name: unknown): string {
  return typeof name === 'string' ? `"${name}"` : 'none';
}

export function specEvidence(object: ClusterObject): Evidence {
  return quote('object', object, null, `spec: ${JSON.stringify(object['spec'])}`);
}
