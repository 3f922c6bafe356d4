import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type {
  Blame,
  Chart,
  Culprit,
  ConfidencePart,
  Finding,
  Guard,
  Verdict,
  WantedChange,
} from '../../model/finding.ts';
import type { Evidence } from '../../model/evidence.ts';
import { outlineOf, type Samples } from '../../witnesses/series.ts';

/** What is concluded about a value that may be too small; the rest of the finding is the same for all conclusions of a rule. */
export interface Conclusion {
  readonly cause: string;
  readonly verdict: Verdict;
  readonly summary: Prose;
  readonly explanation: Prose;
  readonly reason: Prose;
  readonly wanted?: readonly WantedChange[];
  readonly advice?: readonly Prose[];
  readonly evidence?: readonly Evidence[];
  /** Only the size is in doubt: a draft that a person has to agree to. */
  readonly draft?: boolean;
  readonly guards?: readonly Guard[];
  readonly blames?: readonly Blame[];
  readonly culprit?: Culprit;
}

/** A reason not to raise the value; null when it does not apply. */
export type Judgement<Case> = (known: Case) => Conclusion | null;

/** The first judgement that applies. */
export function judge<Case>(judgements: readonly Judgement<Case>[], known: Case): Conclusion | null {
  for (const judgement of judgements) {
    const conclusion = judgement(known);
    if (conclusion) return conclusion;
  }
  return null;
}

/** The parts of a finding that a conclusion decides; `evidence` is what every conclusion of the case rests on. */
export function concluded(
  conclusion: Conclusion,
  evidence: readonly Evidence[],
): Pick<
  Finding,
  | 'cause'
  | 'summary'
  | 'rootCause'
  | 'evidence'
  | 'verdict'
  | 'reason'
  | 'wanted'
  | 'guards'
  | 'blames'
  | 'advice'
> & { readonly culprit?: Culprit } {
  const { cause, verdict, summary, explanation, reason, draft } = conclusion;
  return {
    cause,
    summary,
    rootCause: explanation,
    evidence: [...evidence, ...(conclusion.evidence ?? [])],
    verdict,
    reason,
    wanted: conclusion.wanted ?? [],
    guards: [...(draft ? [{ kind: 'draft', reason } as const] : []), ...(conclusion.guards ?? [])],
    blames: conclusion.blames ?? [],
    ...(conclusion.culprit ? { culprit: conclusion.culprit } : {}),
    advice: conclusion.advice ?? [],
  };
}

/** What knowing the history of a value is worth. */
export function confidenceInHistory(value: 'limit' | 'maximum', isKnown: boolean): ConfidencePart {
  return isKnown
    ? { factor: 1, reason: prose`the history of the ${ownText(value)} is known` }
    : { factor: 0.97, reason: prose`the history of the ${ownText(value)} is not known` };
}

const MOST_POINTS = 60;

/** The outline of some samples, each value as `shown`; null where they are too few for a line. */
export function chartOf(
  samples: Samples,
  legend: Omit<Chart, 'points'>,
  shown: (value: number) => number = (value) => value,
): Chart | null {
  if (samples.length < 2) return null;
  const points = outlineOf(samples, MOST_POINTS).map(([at, value]) => [at, shown(value)] as const);
  return { ...legend, points };
}
