import type { RuledOut } from '../model/finding.ts';
import type { Statement } from '../witnesses/statement.ts';
import type { Conclusion } from './define-rule.ts';

/** A conclusion without what its rule adds to each of them. */
export type Outcome = Omit<Conclusion, 'evidence' | 'confidence'> & Partial<Pick<Conclusion, 'evidence'>>;

/** Whether something is the cause: the conclusion that it is, what speaks against it, or null where nothing tells. */
export type Weighed = Outcome | RuledOut | null;

export type Weighing<Known> = (known: Known) => Weighed;

/** Weighs one thing after the other: the first that is the cause decides. */
export function weigh<Known>(
  weighings: readonly Weighing<Known>[],
  known: Known,
): { readonly outcome: Outcome | null; readonly ruledOut: readonly RuledOut[] } {
  const ruledOut: RuledOut[] = [];
  for (const weighing of weighings) {
    const found = weighing(known);
    if (found === null) continue;
    if ('cause' in found) return { outcome: found, ruledOut };
    ruledOut.push(found);
  }
  return { outcome: null, ruledOut };
}

/** What a conclusion takes over from a witness. */
export function onTheWordOf({ says, evidence, reason, blames, advice }: Statement) {
  return {
    rootCause: says,
    evidence,
    ...(reason && { reason }),
    ...(blames && { blames }),
    ...(advice && { advice }),
  };
}
