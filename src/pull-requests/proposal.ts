import { createHash } from 'node:crypto';
import type { Decision } from '../decisions/decision.ts';
import type { Remote } from '../git/repository.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Located } from '../locate/located.ts';
import type { Commit } from '../rules/rule.ts';
import type { ValueSet } from './marker.ts';

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
  /** Values that somebody asked for, in place of those that the finding wants. */
  readonly set?: readonly ValueSet[];
}

/** Repository, file, YAML path and value before, hashed: 16 hexadecimal digits. An open pull request with it is *the* pull request. */
export function proposalKey(repository: string, located: Pick<Located, 'changes'>): string {
  const sites = located.changes.map(({ site, before }) => [site.file, site.document, site.path, before]);
  return createHash('sha256')
    .update(JSON.stringify([repository, sites]))
    .digest('hex')
    .slice(0, 16);
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
