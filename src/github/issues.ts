import type { Octokit } from '@octokit/rest';
import { LEEWAY, isSameText } from './comments.ts';
import { isSameLogin, PAGE, type Context, type Pages } from './context.ts';
import { isRefused, orNull } from './errors.ts';
import { HostError } from './host-error.ts';
import type { Host, HostIssue } from './host.ts';
import { keptList } from './kept-list.ts';
import type { Clock } from './limits.ts';
import { keepNumbers, keptNumbers, searchOwn } from './search-own.ts';

type Issues = Pick<Host, 'ownIssues' | 'issue' | 'openIssue' | 'updateIssue' | 'addLabels'>;

type NewIssue = Parameters<Host['openIssue']>[0];

type Issue = Awaited<ReturnType<Octokit['rest']['issues']['get']>>['data'];

/** Name of the numbers of our issues in the host's memory. */
const KEPT = 'issues';

const LAST_CHANGE_FIRST = { state: 'all', sort: 'updated', direction: 'desc', per_page: PAGE } as const;

export function issuesOf(context: Context, clock: Pick<Clock, 'now'>): Issues {
  const { rest, calls, at } = context;
  const everything = keptList<Issue>({
    page: (page) => calls.read(() => rest.issues.listForRepo({ ...at, ...LAST_CHANGE_FIRST, page })),
    search: (known) => searchIssues(context, known),
    isWanted: (issue) => isOurs(context, issue),
    clock,
  });
  let areAllKnown = true;

  return {
    ownIssues: async () => {
      const { items, isWhole } = await everything.all();
      areAllKnown = isWhole;
      await keepNumbers(
        context,
        KEPT,
        items.map(({ number }) => number),
      );
      return items.map(hostIssue).sort((one, other) => other.number - one.number);
    },

    issue: async (number) => {
      const found = await issueAt(context, number);
      return found && hostIssue(found);
    },

    openIssue: (text) =>
      calls.locked(async () => {
        if (!areAllKnown)
          throw new HostError(
            'GitHub does not list all issues of ours, so whether this one is there is not known: none is opened',
            { status: null, transient: false },
          );
        const issue = await openIssue(context, text);
        everything.add(issue);
        return hostIssue(issue);
      }),

    updateIssue: (number, change) =>
      calls.locked(async () => {
        try {
          await calls.write(() => rest.issues.update({ ...at, issue_number: number, ...change }));
        } catch (error) {
          if (isRefused(error, [404, 410])) everything.forget(number);
          throw error;
        }
      }),

    addLabels: (number, labels) =>
      calls.locked(async () => {
        if (labels.length === 0) return;
        await calls.write(() => rest.issues.addLabels({ ...at, issue_number: number, labels: [...labels] }));
      }),
  };
}

/** GitHub lists pull requests among the issues. */
function isOurs({ login }: Context, issue: Issue): boolean {
  return isSameLogin(issue.user?.login, login) && issue.pull_request === undefined;
}

async function issueAt({ rest, calls, at }: Context, number: number): Promise<Issue | null> {
  try {
    return await orNull(calls.read(() => rest.issues.get({ ...at, issue_number: number })));
  } catch (error) {
    // It was deleted.
    if (isRefused(error, 410)) return null;
    throw error;
  }
}

async function searchIssues(context: Context, known: ReadonlySet<number>): Promise<Pages<Issue>> {
  const { items, isWhole } = await searchOwn(context, { state: 'all' });
  const found = new Map<number, Issue>(items.map((item) => [item.number, item]));
  for (const number of new Set([...known, ...(await keptNumbers(context, KEPT))])) {
    if (found.has(number)) continue;
    const issue = await issueAt(context, number);
    if (issue) found.set(number, issue);
  }
  return { items: [...found.values()], isWhole };
}

function openIssue(context: Context, { title, body, labels }: NewIssue): Promise<Issue> {
  const { rest, calls, at } = context;
  const since = new Date(calls.serverTime() - LEEWAY).toISOString();
  const isMade = (one: Issue): boolean =>
    isOurs(context, one) &&
    isSameText(one.title, title) &&
    isSameText(one.body, body) &&
    one.created_at >= since;
  return calls.create<Issue, Issue>(
    () => rest.issues.create({ ...at, title, body, labels: [...labels] }),
    (made) => made,
    async () => {
      const recent = await calls.read(() =>
        rest.issues.listForRepo({ ...at, state: 'all', since, per_page: PAGE }),
      );
      return recent.find(isMade) ?? null;
    },
  );
}

function hostIssue(issue: Issue): HostIssue {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    state: issue.state === 'closed' ? 'closed' : 'open',
    author: issue.user?.login ?? 'ghost',
    isPullRequest: issue.pull_request !== undefined,
    url: issue.html_url,
    closedBy: issue.closed_by?.login ?? null,
    closedAt: issue.closed_at ? Date.parse(issue.closed_at) : null,
    labels: issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
  };
}
