import type { Commit } from './commit.ts';
import type { GuardFinding } from './guard-report.ts';
import type { Prose } from '../untrusted/prose.ts';

/** What would have been said of a change before it was merged, and what became of its line. */
export interface Foreseen {
  readonly finding: GuardFinding;
  /** The next change on the branch after which the line does not stand in the file any more; null where it still does, or nothing names a line. */
  readonly later: {
    readonly commit: Commit;
    readonly pullRequest: number | null;
    /** Milliseconds between the two. */
    readonly after: number;
  } | null;
}

/** One change of the branch: a merge, or a commit on it. */
export interface ReplayedChange {
  readonly commit: Commit;
  readonly pullRequest: number | null;
  readonly foreseen: readonly Foreseen[];
  /** Roots that the change touches, and those of them that could not be rendered on both sides. */
  readonly roots: number;
  readonly unknownRoots: number;
  /** Why it was not checked; null where it was. */
  readonly failed: Prose | null;
}

/** The changes of a branch, as the guard would have met them. */
export interface GuardHistory {
  /** Full commit ids: the first is the last commit before the changes. */
  readonly from: string;
  readonly to: string;
  /** Oldest first. */
  readonly changes: readonly ReplayedChange[];
  /** Older changes of the range that were not replayed. */
  readonly left: number;
}
