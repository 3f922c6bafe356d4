import { type Broken } from '../../facts/broken-references.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { ConfidencePart, Culprit, Guard, RuledOut, Verdict } from '../../model/finding.ts';
import { type Change, changeOf } from '../../model/change.ts';
import type { ObjectRef } from '../../kubernetes/objects.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { SPECS, type Cause } from './causes.ts';

/** What became of one broken reference. */
export interface Resolution {
  readonly cause: Cause;
  readonly verdict: Verdict;
  /** What happened, in whole sentences: the second part of the root cause. */
  readonly explanation: Prose;
  readonly reason: Prose;
  readonly changes: readonly Change[];
  readonly evidence: readonly Evidence[];
  readonly confidence: readonly ConfidencePart[];
  readonly guards: readonly Guard[];
  readonly advice: readonly Prose[];
  readonly ruledOut: readonly RuledOut[];
  /** What is at fault where it is not the workload's reference. */
  readonly culprit?: Culprit;
  readonly explainedBy?: readonly Culprit[];
  /** The commit that broke the reference, where history tells. */
  readonly introducedBy?: Commit;
}

/** A resolution with what its cause says of itself; what is given adds to confidence and guards, and replaces the rest. */
export function resolution(
  cause: Cause,
  given: Partial<Resolution> & Pick<Resolution, 'explanation' | 'reason'>,
): Resolution {
  const { verdict, confidence = [], guards = [] } = SPECS[cause];
  return {
    cause,
    verdict,
    changes: [],
    evidence: [],
    advice: [],
    ruledOut: [],
    ...given,
    confidence: [...confidence, ...(given.confidence ?? [])],
    guards: [...guards, ...(given.guards ?? [])],
  };
}

export function culpritOf({ kind, namespace, name }: ObjectRef): Culprit {
  return { kind, namespace, name };
}

/** `ConfigMap templates`, with the kind as our own word. */
export function nameOf({ missing: { kind, name } }: Broken): Prose {
  return prose`${ownText(kind)} ${name}`;
}

/** Where the missing name is written. */
export function fieldsOf({ references }: Broken): Prose {
  return listed([...new Set(references.map(({ field }) => field))]);
}

/** Every place that writes the object's name gets the new one. */
export function renameTo({ references, owner, missing }: Broken, name: string): readonly Change[] {
  return references.map(({ field }) => changeOf(owner.ref, field, missing.name, name));
}
