import type { Config } from '../config/schema.ts';
import { confidenceOf, type ConfidencePart } from '../model/finding.ts';
import type { FixVerdict } from '../model/verdict.ts';
import { ownText, type Prose } from '../untrusted/prose.ts';

/** The rule's own confidence counts like so many earlier cases. */
const PRIOR_CASES = 5;
/** Older judgements than these say little of how the workload is now. */
const MOST_JUDGEMENTS = 20;

/**
 * A confidence after what became of earlier fixes, from 0 to 1, unrounded: the mean of a Beta distribution. The rule's confidence c is its prior,
 * Beta(5c, 5(1 − c)); a fix that held is a success, one that was rejected, reverted or did not help a failure. So the mean is
 * (5c + held) / (5 + held + others): https://en.wikipedia.org/wiki/Beta_distribution#Bayesian_inference
 *
 * It is never raised above `max` nor lowered below `min`; a confidence that is beyond a bound already is not moved further beyond it.
 *
 * @param verdicts the newest in front
 */
export function trustedConfidence(
  confidence: number,
  verdicts: readonly FixVerdict[],
  { min, max }: Pick<Config['trust'], 'min' | 'max'>,
): number {
  const some = verdicts.slice(0, MOST_JUDGEMENTS);
  const held = some.filter((verdict) => verdict === 'held').length;
  const mean = (PRIOR_CASES * confidence + held) / (PRIOR_CASES + some.length);
  return mean > confidence
    ? Math.max(confidence, Math.min(mean, max))
    : Math.min(confidence, Math.max(mean, min));
}

/** The same as one more factor of the confidence, with the reason for it; null where earlier fixes change nothing. */
export function trustPart(
  parts: readonly ConfidencePart[],
  verdicts: readonly FixVerdict[],
  trust: Config['trust'],
): ConfidencePart | null {
  if (trust.mode === 'off' || verdicts.length === 0) return null;
  const before = parts.reduce((product, { factor }) => product * factor, 1);
  const after = trustedConfidence(before, verdicts, trust);
  if (before === 0 || after === before) return null;
  const factor = after / before;
  const reason = reasonFor(
    verdicts,
    confidenceOf(parts),
    confidenceOf([...parts, { factor, reason: NOTHING }]),
  );
  return { factor, reason };
}

const NOTHING = ownText('');

function reasonFor(verdicts: readonly FixVerdict[], before: number, after: number): Prose {
  const some = verdicts.slice(0, MOST_JUDGEMENTS);
  const held = some.filter((verdict) => verdict === 'held').length;
  const fixes = some.length === 1 ? 'earlier fix' : 'earlier fixes';
  return ownText(
    `${held} of ${some.length} ${fixes} of this kind held here: confidence ${before.toFixed(2)} → ${after.toFixed(2)}`,
  );
}
