import type { Scalar } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Finding, Symptom } from './finding.ts';

/** All signals that share one root cause. */
export interface Incident {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly symptom: Symptom;
  readonly finding: Finding;
  /** What became of values that people asked for in place of those that the rule wants; left out where nobody did. */
  readonly values?: ValuesAsked;
}

export interface ValuesAsked {
  /** In place of `own`, which the rule wants. `finding.wanted` has the value already. */
  readonly set: readonly { readonly field: string; readonly own: Scalar; readonly value: string }[];
  readonly refused: readonly { readonly field: string; readonly value: string; readonly why: Prose }[];
}
