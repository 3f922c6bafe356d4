import type { ChangeTerms, GivesWayTo, Verdict } from '../model/finding.ts';
import type { Phase } from '../model/phase.ts';
import type { Prose } from '../untrusted/prose.ts';

/** What a rule may conclude: a row of its page's table, with what is the same for each finding of this cause. */
export interface CauseSpec {
  /** When it is this cause, as Markdown: a clause. */
  readonly means: string;
  /** The most that may be done: a pull request, a draft that a person must think about, or no edit. */
  readonly fix: 'propose' | 'draft' | 'none';
  /** What holds for the changes that it wants. */
  readonly terms?: ChangeTerms;
  /** What happens, as Markdown: a clause. */
  readonly outcome: string;
  /** Where it is not that of the rule. */
  readonly phase?: Phase;
  /** Where it is not what the rule gives way to. */
  readonly givesWayTo?: GivesWayTo;
  /** Left out where the verdict depends on more than the cause. A conclusion that has one of its own wins. */
  readonly verdict?: Verdict;
  /** The reason for the verdict, where it is always the same. */
  readonly reason?: Prose;
  readonly advice?: readonly Prose[];
}

/** Shared by the causes that never lead to an edit. */
export const MONITORED = { fix: 'none', outcome: 'monitored', verdict: 'monitor' } as const;
export const DECLINED = { fix: 'none', outcome: 'declined', verdict: 'decline' } as const;
export const ESCALATED = { fix: 'none', outcome: 'escalated, no edit', verdict: 'escalate' } as const;

/** A closed set, in the order in which the rule weighs them. */
export type Causes = Readonly<Record<string, CauseSpec>>;

/** Whether any of the causes leads to an edit. */
export function mayEdit({ causes }: { readonly causes: Causes }): boolean {
  return Object.values(causes).some(({ fix }) => fix !== 'none');
}
