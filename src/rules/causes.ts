import type { GivesWayTo } from '../model/finding.ts';
import type { Phase } from '../model/phase.ts';

/** What a rule may conclude: a row of its page's table. */
export interface CauseSpec {
  /** When it is this cause, as Markdown: a clause. */
  readonly means: string;
  /** The most that may be done: a pull request, a draft that a person must think about, or no edit. */
  readonly fix: 'propose' | 'draft' | 'none';
  /** What happens, as Markdown: a clause. */
  readonly outcome: string;
  /** Where it is not that of the rule. */
  readonly phase?: Phase;
  /** Where it is not what the rule gives way to. */
  readonly givesWayTo?: GivesWayTo;
}

/** A closed set, in the order in which the rule weighs them. */
export type Causes = Readonly<Record<string, CauseSpec>>;
