import type { Change } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { ConfidencePart, Guard, Verdict } from '../../model/finding.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { Complaint } from '../../witnesses/named-edit.ts';

/** What would end a crash, and what proves it. */
export interface Remedy {
  readonly verdict: Verdict;
  readonly reason: Prose;
  readonly because: readonly Prose[];
  readonly evidence: readonly Evidence[];
  readonly changes: readonly Change[];
  readonly guards: readonly Guard[];
  readonly introducedBy?: Commit;
  readonly sure: ConfidencePart;
}

export interface Failing {
  readonly pod: ClusterObject;
  readonly complaint: Complaint;
  /** What the program printed; empty where it never ran. */
  readonly log: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}
