import type { Evidence } from '../model/evidence.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
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

/** A conclusion, which edits nothing unless it says so. */
export function diagnosis(given: Diagnosis): Conclusion {
  return {
    verdict: 'decline',
    reason: prose`No change in git is known to fix this, so none is proposed.`,
    ...ofCause(given),
  };
}

/** A conclusion that has the verdict and the reason which its cause states, unless it brings its own. */
export function ofCause({ because = [], certainty, ...given }: Diagnosis): Conclusion {
  const [factor, reason] = certainty;
  const summary = stopAfter(given.summary);
  return {
    rootCause: joinProse([summary, ...because], ' '),
    ...given,
    summary,
    confidence: [{ factor, reason }],
  };
}

/** A sentence with its full stop, unless the text that it ends with brings its own. */
export function stopAfter(text: Prose): Prose {
  return /[.!?…]\s*$/.test(plainText(text)) ? text : prose`${text}${ownText('.')}`;
}
