import type { Evidence } from '../model/evidence.ts';
import { joinProse, prose, type Prose } from '../untrusted/prose.ts';
import type { Conclusion } from './define-rule.ts';

type Diagnosis = Partial<Omit<Conclusion, 'cause' | 'summary' | 'evidence' | 'confidence'>> & {
  readonly cause: string;
  /** What fails and why, in one sentence. */
  readonly summary: Prose;
  /** The sentences that follow it in the root cause. */
  readonly because?: readonly Prose[];
  readonly evidence: readonly Evidence[];
  /** How sure the cause is, 0 to 1, and what vouches for it. */
  readonly certainty: readonly [number, Prose];
};

/** A conclusion that edits nothing. */
export function diagnosis({ because = [], certainty, ...given }: Diagnosis): Conclusion {
  const [factor, reason] = certainty;
  return {
    rootCause: joinProse([given.summary, ...because], ' '),
    verdict: 'decline',
    reason: prose`No change in git is known to fix this, so none is proposed.`,
    ...given,
    confidence: [{ factor, reason }],
  };
}
