import { setTimeout } from 'node:timers/promises';
import { branchesOf } from './branches.ts';
import { checksOf } from './checks.ts';
import { cloneUrl, isNoreplyOf, tokenOf } from './tokens.ts';
import { commentsOf } from './comments.ts';
import { commitsOf } from './commits.ts';
import { NO_MEMORY, type Client, type Context, type Memory } from './context.ts';
import type { Host } from './host.ts';
import { issuesOf } from './issues.ts';
import { limitsOf, type Clock } from './limits.ts';
import { mergingOf } from './merging.ts';
import { descriptionsOf } from './descriptions.ts';
import { peopleOf } from './people.ts';
import { pullRequestsOf } from './pull-requests.ts';
import { reviewsOf } from './review-comments.ts';

export interface HostOptions {
  readonly owner: string;
  readonly repo: string;
  /** The login that the client's token writes with: `faultline[bot]`. */
  readonly login: string;
  readonly defaultBranch: string;
  /** For tests. The first host of a client decides, since what GitHub allows is counted for the client. */
  /** All names that it has had, the first one first, where it was renamed or transferred: GitHub still answers to them. */
  readonly formerly?: readonly string[];
  readonly clock?: Clock;
  /** Default: none. */
  readonly memory?: Memory;
}

const SYSTEM_CLOCK: Clock = { now: Date.now, sleep: setTimeout };

/** One repository on GitHub, through Octokit. Hosts of the same client share what GitHub allows it. */
export function hostOf(octokit: Client, options: HostOptions): Host {
  const { owner, repo, login, defaultBranch, clock = SYSTEM_CLOCK, memory = NO_MEMORY } = options;
  const repository = `${owner}/${repo}`;
  const calls = limitsOf(octokit, clock).calls(repository);
  const { baseUrl } = octokit.request.endpoint.DEFAULTS;
  const context: Context = { rest: octokit.rest, calls, at: { owner, repo }, login, defaultBranch, memory };
  return {
    repository,
    login,
    defaultBranch,
    formerly: options.formerly ?? [],
    ...branchesOf(context),
    ...commitsOf(context),
    ...pullRequestsOf(context, clock),
    ...mergingOf(context),
    ...checksOf(context),
    ...commentsOf(context),
    ...reviewsOf(context),
    ...descriptionsOf(context),
    ...issuesOf(context, clock),
    ...peopleOf(context),
    isOwnEmail: (email) => isNoreplyOf(baseUrl, login, email),
    timeUntilWrites: (count) => calls.timeUntilWrites(count),
    cloneAccess: async (refused) => ({
      url: cloneUrl(baseUrl, repository),
      token: await tokenOf(octokit, refused),
    }),
  };
}
