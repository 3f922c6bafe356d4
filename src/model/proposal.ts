import type { Commit } from './commit.ts';
import type { Decision } from './decision.ts';
import type { Incident } from './incident.ts';
import type { Lessons } from './lessons.ts';
import type { Located } from './located.ts';
import type { Remote } from './remote.ts';

/** Everything a pull request is written from: the sections are pure functions of this. */
export interface Proposal {
  /** The incidents that this one change is for, the first leading. Never empty. */
  readonly incidents: readonly Incident[];
  readonly located: Located;
  readonly decision: Decision;
  readonly remote: Remote | null;
  /** The branch that is deployed. */
  readonly base: string;
  /** The commit that the proof was made on. */
  readonly commit: string;
  /** The commit that set the value that is replaced; null where that is not known, and for additions. */
  readonly introducedBy: Commit | null;
  /** The number of the pull request that this commit came with; null where it is not known. */
  readonly introducedIn: number | null;
  readonly key: string;
  /** What it adds to the expectations of the repository; left out, or null: nothing. */
  readonly lessons?: Lessons | null;
}

/** The files of its commit, as they are afterwards: those of the fix, and of what it teaches. */
export function writtenFiles({ located, lessons }: Pick<Proposal, 'located' | 'lessons'>): Located['files'] {
  if (!lessons?.content) return located.files;
  return new Map([...located.files, [lessons.file, lessons.content]]);
}

/** What goes to GitHub (contract §5.3 `pullRequest`), and the message of its one commit. */
export interface PullRequestText {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly commitMessage: string;
}
