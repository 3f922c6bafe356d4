import type { PullRequest } from '../github/host.ts';
import { title } from '../untrusted/markdown.ts';
import { shortened } from '../untrusted/shorten.ts';
import { prose } from '../untrusted/prose.ts';
import type { Inverse } from './run.ts';

/** GitHub cuts longer titles of commits. */
const LIMIT = 72;

/** `revert: fix(cart): restore image tag 2.14.3` */
export function revertTitle({ title: reverted }: Pick<PullRequest, 'title'>): string {
  return shortened(`revert: ${title(prose`${reverted}`)}`, LIMIT);
}

/** What is taken back and on what it was proven; trailers as the last paragraph. */
export function revertMessage(
  merged: Pick<PullRequest, 'title' | 'number' | 'mergeCommit'>,
  { commit }: Pick<Inverse, 'commit'>,
  askedBy: string | null,
): string {
  const what = merged.mergeCommit === null ? '' : ` (commit ${merged.mergeCommit.slice(0, 8)})`;
  const why =
    askedBy === null
      ? ':\nsince it was applied, something has failed that was healthy before'
      : `,\nas ${title(prose`${askedBy}`)} asked for`;
  return `${[
    revertTitle(merged),
    `Takes back pull request ${merged.number}${what}${why}.`,
    `Faultline-Reverts: ${merged.number}\nFaultline-Proved-On: ${commit}`,
  ].join('\n\n')}\n`;
}
