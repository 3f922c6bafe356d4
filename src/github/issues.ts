import type { Octokit } from '@octokit/rest';
import { LEEWAY, isSameText } from './comments.ts';
import { isSameLogin, PAGE, type Context } from './context.ts';
import { isRefused, orNull } from './errors.ts';
import type { Host, HostIssue } from './host.ts';
import { keptList } from './kept-list.ts';
import type { Clock } from './limits.ts';

type Issues = Pick<Host, 'ownIssues' | 'issue' | 'openIssue' | 'updateIssue' | 'addLabels'>;

type Issue = Awaited<ReturnType<Octokit['rest']['issues']['get']>>['data'];

export function issuesOf({ rest, calls, at, login }: Context, clock: Pick<Clock, 'now'>): Issues {
  /** GitHub lists pull requests among the issues. */
  function isOurs(issue: Issue): boolean {
    return isSameLogin(issue.user?.login, login) && issue.pull_request === undefined;
  }

  const everything = keptList<Issue>(
    (page) =>
      calls.read(() =>
        rest.issues.listForRepo({
          ...at,
          state: 'all',
          sort: 'updated',
          direction: 'desc',
          per_page: PAGE,
          page,
        }),
      ),
    isOurs,
    clock,
  );

  return {
    ownIssues: async () =>
      (await everything.all()).map(hostIssue).sort((one, other) => other.number - one.number),

    issue: async (number) => {
      try {
        const found = await orNull(calls.read(() => rest.issues.get({ ...at, issue_number: number })));
        return found && hostIssue(found);
      } catch (error) {
        // It was deleted.
        if (isRefused(error, 410)) return null;
        throw error;
      }
    },

    openIssue: ({ title, body, labels }) =>
      calls.inTurn(async () => {
        const since = new Date(calls.serverTime() - LEEWAY).toISOString();
        const issue = await calls.create<Issue, Issue>(
          () => rest.issues.create({ ...at, title, body, labels: [...labels] }),
          (made) => made,
          async () => {
            const recent = await calls.read(() =>
              rest.issues.listForRepo({ ...at, state: 'all', since, per_page: PAGE }),
            );
            const made = recent.find(
              (one) =>
                isOurs(one) &&
                isSameText(one.title, title) &&
                isSameText(one.body, body) &&
                one.created_at >= since,
            );
            return made ?? null;
          },
        );
        everything.add(issue);
        return hostIssue(issue);
      }),

    updateIssue: (number, change) =>
      calls.inTurn(async () => {
        try {
          await calls.write(() => rest.issues.update({ ...at, issue_number: number, ...change }));
        } catch (error) {
          if (isRefused(error, [404, 410])) everything.forget(number);
          throw error;
        }
      }),

    addLabels: (number, labels) =>
      calls.inTurn(async () => {
        if (labels.length === 0) return;
        await calls.write(() => rest.issues.addLabels({ ...at, issue_number: number, labels: [...labels] }));
      }),
  };
}

function hostIssue(issue: Issue): HostIssue {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    state: issue.state === 'closed' ? 'closed' : 'open',
    author: issue.user?.login ?? 'ghost',
    isPullRequest: issue.pull_request !== undefined,
    labels: issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
  };
}
