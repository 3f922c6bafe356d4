import type { Evidence } from '../model/evidence.ts';
import type { Blame } from '../model/finding.ts';
import type { Prose } from '../untrusted/prose.ts';

/** What a witness says of a value, and what shows it. */
export interface Statement {
  /** A sentence. Of what stands against a value it also ends one: `it would need 2Gi, but` and this. */
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
  /** Why nothing is edited for it, where that is not the same for each rule. */
  readonly reason?: Prose;
  /** Fields whose lines a reader has to see, the guiltiest first. */
  readonly blames?: readonly Blame[];
  readonly advice?: readonly Prose[];
}
