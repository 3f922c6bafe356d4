import type { Octokit } from '@octokit/rest';
import { firstPages, isSameLogin, PAGE, type Context, type Pages } from './context.ts';
import { isRefused, orNull } from './errors.ts';
import { HostError } from './host-error.ts';
import { MOST_LISTED, RECENT, type Host, type NewPullRequest, type PullRequest } from './host.ts';
import { keptList } from './kept-list.ts';
import type { Clock } from './limits.ts';
import { requestReviewers } from './reviewers.ts';
import { keepNumbers, keptNumbers, searchOwn } from './search-own.ts';

type PullRequests = Pick<
  Host,
  | 'ownPullRequests'
  | 'pullRequestsFrom'
  | 'pullRequest'
  | 'openPullRequest'
  | 'updatePullRequest'
  | 'requestReviewers'
  | 'files'
  | 'openAt'
  | 'openSince'
>;

type Rest = Octokit['rest'];
type ListedPull = Awaited<ReturnType<Rest['pulls']['list']>>['data'][number];
type WholePull = Awaited<ReturnType<Rest['pulls']['get']>>['data'];

/** Stands for a draft where GitHub has none. */
export const DRAFT_LABEL = 'faultline: draft';

/** Name of the numbers of our open pull requests in the host's memory. */
const KEPT = 'pull requests';
/** GitHub lists no more files of a pull request. */
const MOST_FILES = 3000;
/** So many pull requests are read one by one to find those that are ours. */
const SEARCHED = 60;

export function pullRequestsOf(context: Context, clock: Pick<Clock, 'now'>): PullRequests {
  const { rest, calls, at } = context;
  const everything = keptList<ListedPull | WholePull>({
    page: (page) =>
      calls.read(() =>
        rest.pulls.list({ ...at, state: 'all', sort: 'updated', direction: 'desc', per_page: PAGE, page }),
      ),
    search: (known) => searchPulls(context, known),
    isWanted: (pull) => isOurs(context, pull),
    clock,
  });

  async function pullRequestsFrom(branch: string): Promise<readonly PullRequest[]> {
    const ours = await pullsFrom(context, branch);
    for (const pull of ours) everything.add(pull);
    return newestFirst(ours.map(pullRequestOf));
  }

  return {
    pullRequestsFrom,
    ownPullRequests: async () => {
      const pulls = newestFirst((await everything.all()).items.map(pullRequestOf));
      const open = pulls.filter(({ state }) => state === 'open').map(({ number }) => number);
      await keepNumbers(context, KEPT, open);
      return pulls;
    },
    pullRequest: async (number) => {
      const found = await pullAt(context, number);
      return found && pullRequestOf(found);
    },
    openPullRequest: (text) => calls.locked(() => openPullRequest(context, text, pullRequestsFrom)),
    updatePullRequest: (number, change) =>
      calls.locked(async () => {
        await calls.write(() => rest.pulls.update({ ...at, pull_number: number, ...change }));
      }),
    requestReviewers: (number, logins, teams) =>
      calls.locked(() => requestReviewers(context, number, { logins, teams })),
    openSince: (time) => openSince(context, time),
    openAt: (sha) => openAt(context, sha),
    files: (number) => files(context, number),
  };
}

function pullAt({ rest, calls, at }: Context, number: number): Promise<WholePull | null> {
  return orNull(calls.read(() => rest.pulls.get({ ...at, pull_number: number })));
}

/** There is no filter by author for pull requests, but they are listed among the issues. */
async function searchPulls(context: Context, known: ReadonlySet<number>): Promise<Pages<WholePull>> {
  const since = new Date(context.calls.serverTime() - RECENT).toISOString();
  const open = await searchOwn(context, { state: 'open' });
  const closed = await searchOwn(context, { state: 'closed', since });
  const listed = [...open.items, ...closed.items].filter((issue) => issue.pull_request !== undefined);
  const numbers = new Set([
    ...listed.map(({ number }) => number),
    ...(await keptNumbers(context, KEPT)),
    ...[...known].sort((one, other) => other - one).slice(0, SEARCHED),
  ]);
  const items: WholePull[] = [];
  for (const number of [...numbers].slice(0, SEARCHED)) {
    const pull = await pullAt(context, number);
    if (pull) items.push(pull);
  }
  return { items, isWhole: open.isWhole && closed.isWhole && numbers.size <= SEARCHED };
}

/** A fork may have a branch of the same name. */
function isOurs({ login }: Context, { head, base, user }: ListedPull | WholePull): boolean {
  return (
    head.ref.startsWith('faultline/') && head.repo?.id === base.repo.id && isSameLogin(user?.login, login)
  );
}

async function pullsFrom(context: Context, branch: string): Promise<readonly ListedPull[]> {
  const { rest, calls, at } = context;
  const head = `${at.owner}:${branch}`;
  const found = await calls.read(() => rest.pulls.list({ ...at, state: 'all', head, per_page: PAGE }));
  // Without such a branch some versions of GitHub forget the filter.
  return found.filter((pull) => pull.head.ref === branch && isOurs(context, pull));
}

/** From a branch. */
type From = (branch: string) => Promise<readonly PullRequest[]>;

async function openPullRequest(
  context: Context,
  text: NewPullRequest,
  from: From,
): Promise<PullRequest | 'exists'> {
  const { rest, calls, at } = context;
  try {
    return await open(context, text, from);
  } catch (error) {
    if (!text.draft || !isRefused(error, 422, /draft pull requests are not supported/i)) throw error;
  }
  const opened = await open(context, { ...text, draft: false }, from);
  if (opened === 'exists') return opened;
  const labels = [DRAFT_LABEL];
  await calls.write(() => rest.issues.addLabels({ ...at, issue_number: opened.number, labels }));
  return { ...opened, labels: [...opened.labels, DRAFT_LABEL] };
}

async function open(
  { rest, calls, at }: Context,
  { title, body, branch, base, draft }: NewPullRequest,
  from: From,
): Promise<PullRequest | 'exists'> {
  try {
    return await calls.create(
      () => rest.pulls.create({ ...at, title, body, head: branch, base, draft }),
      pullRequestOf,
      async () => (await from(branch)).find((pull) => pull.state === 'open' && pull.base === base) ?? null,
    );
  } catch (error) {
    if (isRefused(error, 422, /pull request already exists/i)) return 'exists';
    throw error;
  }
}

async function openSince({ rest, calls, at }: Context, time: number): ReturnType<Host['openSince']> {
  const changed: ListedPull[] = [];
  for (let page = 1; page <= MOST_LISTED / PAGE; page += 1) {
    const listed = await calls.read(() =>
      rest.pulls.list({ ...at, state: 'open', sort: 'updated', direction: 'desc', per_page: PAGE, page }),
    );
    const newer = listed.filter(({ updated_at }) => Date.parse(updated_at) >= time);
    changed.push(...newer);
    if (newer.length < PAGE) break;
  }
  return changed.map(({ number, head, base }) => ({
    number,
    head: head.sha,
    isFork: head.repo?.full_name !== base.repo.full_name,
  }));
}

async function openAt({ rest, calls, at }: Context, sha: string): ReturnType<Host['openAt']> {
  const found = await calls.read(() =>
    rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: sha, per_page: PAGE }),
  );
  return found
    .filter(({ state, head }) => state === 'open' && head.sha === sha)
    .map(({ number, head, base }) => ({ number, isFork: head.repo?.id !== base.repo.id }));
}

async function files({ rest, calls, at }: Context, number: number): Promise<readonly string[]> {
  const { items, isWhole } = await firstPages(
    (page) => calls.read(() => rest.pulls.listFiles({ ...at, pull_number: number, per_page: PAGE, page })),
    MOST_FILES / PAGE,
  );
  if (!isWhole)
    throw new HostError(`#${number} changes more files than GitHub lists (${MOST_FILES})`, {
      status: null,
      transient: false,
    });
  // What a file was called before is touched as well.
  return [
    ...new Set(
      items.flatMap(({ filename, previous_filename: before }) => (before ? [filename, before] : [filename])),
    ),
  ];
}

function newestFirst(pulls: readonly PullRequest[]): readonly PullRequest[] {
  return [...pulls].sort((one, other) => other.number - one.number);
}

function pullRequestOf(pull: ListedPull | WholePull): PullRequest {
  const mergedAt = pull.merged_at;
  return {
    number: pull.number,
    id: pull.node_id,
    url: pull.html_url,
    title: pull.title,
    body: pull.body ?? '',
    branch: pull.head.ref,
    base: pull.base.ref,
    head: pull.head.sha,
    state: mergedAt ? 'merged' : pull.state === 'closed' ? 'closed' : 'open',
    draft: pull.draft ?? false,
    labels: pull.labels.map(({ name }) => name),
    autoMerge: pull.auto_merge !== null,
    createdAt: Date.parse(pull.created_at),
    closedAt: pull.closed_at ? Date.parse(pull.closed_at) : null,
    mergedAt: mergedAt ? Date.parse(mergedAt) : null,
    // Before a merge this is a commit that GitHub tries the merge with.
    mergeCommit: mergedAt ? pull.merge_commit_sha : null,
    mergedBy: 'merged_by' in pull ? (pull.merged_by?.login ?? null) : null,
  };
}
