import { changesBetween } from '../git/changes.ts';
import { commitsBetween, isAncestor, mergeBase } from '../git/graph.ts';
import { resolveCommit } from '../git/refs.ts';
import { fetchCommit } from '../git/repositories.ts';
import type { GitHub } from '../github.ts';
import { branchHead } from '../events/branches.ts';
import { closeIssue, editIssue, reopenIssue } from '../events/issues.ts';
import { mergePull } from '../events/merging.ts';
import { commitsOf, forkPoint } from '../events/mergeability.ts';
import { isCollaborator } from '../events/people.ts';
import { isOpen, issueOf, openPull, tellPull, type PullSides } from '../events/pulls.ts';
import { page } from '../http/paging.ts';
import {
  created,
  invalid,
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
} from '../http/route.ts';
import type { MergeMethod } from '../interface.ts';
import { commitJson, fileChangeJson } from '../shapes/commits.ts';
import { fullPullJson, pullJson, teamJson } from '../shapes/pulls.ts';
import { userJson } from '../shapes/users.ts';
import type { Pull, Repository } from '../state.ts';
import { bodyFits, isIncluded, sorted } from './issues.ts';

interface WantedPull {
  readonly title?: string;
  readonly head: string;
  readonly base: string;
  readonly body?: string;
  readonly draft?: boolean;
}

export const pullRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/pulls': repositoryRoute('pull_requests:read', (call) => {
    const { github, repository, query } = call;
    const { state = 'open', head, base } = query;
    const found = [...repository.pulls.values()].filter(
      (pull) =>
        isIncluded(issueOf(repository, pull).state, state) &&
        (base === undefined || pull.base === base) &&
        (head === undefined || isHead(github, pull, head)),
    );
    return page(
      call,
      sorted(found, query, (pull) => issueOf(repository, pull)),
      (pull) => pullJson(github, repository, pull),
    );
  }),

  'POST /repos/{owner}/{repo}/pulls': repositoryRoute(
    'pull_requests:write',
    ({ github, repository, doer, body }) => {
      const { title, head, base, body: text, draft = false } = body as WantedPull;
      if (!repository.settings.hasPullRequests)
        throw new Refusal(403, 'Pull requests are disabled for this repository.');
      if (title === undefined || title.trim() === '')
        throw invalid({ resource: 'PullRequest', code: 'missing_field', field: 'title' });
      bodyFits('PullRequest', text);
      const sides = sidesOf(github, repository, head, base);
      if (draft && !repository.settings.drafts) {
        throw new Refusal(422, 'Draft pull requests are not supported in this repository.');
      }
      const pull = openPull(github, repository, doer, { title, body: text ?? null }, { ...sides, draft });
      return created(fullPullJson(github, repository, pull));
    },
    'read',
  ),

  'GET /repos/{owner}/{repo}/pulls/{pull_number}': repositoryRoute('pull_requests:read', (call) =>
    ok(fullPullJson(call.github, call.repository, pullOf(call))),
  ),

  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': repositoryRoute('pull_requests:write', (call) => {
    const { github, repository, doer } = call;
    const pull = pullOf(call);
    const issue = issueOf(repository, pull);
    const { title, body, state, base } = call.body as {
      readonly title?: string;
      readonly body?: string;
      readonly state?: string;
      readonly base?: string;
    };
    bodyFits('PullRequest', body);
    if (base !== undefined && base !== pull.base) {
      const to = branchHead(repository, base);
      if (to === null) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
      Object.assign(pull, { base, baseSha: to, autoMerge: null });
      tellPull(github, repository, doer, pull, 'edited', { changes: {} });
    }
    editIssue(github, repository, doer, issue, { title, body });
    if (state === 'closed') closeIssue(github, repository, doer, issue, 'completed');
    if (state === 'open' && !isOpen(repository, pull)) {
      mayReopen(repository, pull);
      reopenIssue(github, repository, doer, issue);
    }
    return ok(fullPullJson(github, repository, pull));
  }),

  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': repositoryRoute('pull_requests:read', (call) => {
    const { github, repository } = call;
    const pull = pullOf(call);
    const files = changesBetween(repository.folder, forkPoint(repository, pull), pull.headSha);
    return page(call, files, (file) => fileChangeJson(github, repository, pull.headSha, file));
  }),

  'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits': repositoryRoute('pull_requests:read', (call) =>
    page(call, commitsOf(call.repository, pullOf(call)), (sha) =>
      commitJson(call.github, call.repository, sha),
    ),
  ),

  'GET /repos/{owner}/{repo}/pulls/{pull_number}/merge': repositoryRoute('pull_requests:read', (call) => {
    if (pullOf(call).merged === null) throw notFound();
    return { status: 204 };
  }),

  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge': repositoryRoute('contents:write', (call) => {
    const {
      commit_title,
      commit_message,
      sha,
      merge_method = 'merge',
    } = (call.body ?? {}) as {
      readonly commit_title?: string;
      readonly commit_message?: string;
      readonly sha?: string;
      readonly merge_method?: MergeMethod;
    };
    const wishes = { method: merge_method, title: commit_title, message: commit_message, sha };
    const result = mergePull(call.github, call.repository, call.doer, pullOf(call), wishes);
    if (!('commit' in result)) throw new Refusal(result.status, result.message);
    return ok({ sha: result.commit, merged: true, message: 'Pull Request successfully merged' });
  }),

  'GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': repositoryRoute(
    'pull_requests:read',
    (call) => {
      const { github, repository } = call;
      const pull = pullJson(github, repository, pullOf(call));
      return ok({ users: pull['requested_reviewers'], teams: pull['requested_teams'] });
    },
  ),

  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': repositoryRoute(
    'pull_requests:write',
    (call) => {
      const { github, repository, doer } = call;
      const pull = pullOf(call);
      const { reviewers = [], team_reviewers: teams = [] } = call.body as {
        readonly reviewers?: readonly string[];
        readonly team_reviewers?: readonly string[];
      };
      const author = issueOf(repository, pull).author.toLowerCase();
      if (reviewers.some((login) => login.toLowerCase() === author)) {
        throw new Refusal(422, 'Review cannot be requested from pull request author.');
      }
      // All or nothing: one stranger among them, and nobody is asked.
      if (
        !reviewers.every((login) => isCollaborator(repository, login)) ||
        !teams.every((slug) => repository.teams.has(slug))
      ) {
        throw new Refusal(
          422,
          `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${repository.owner}/${repository.name} repository.`,
        );
      }
      for (const login of reviewers) {
        if (pull.requestedReviewers.includes(login)) continue;
        pull.requestedReviewers.push(login);
        tellPull(github, repository, doer, pull, 'review_requested', {
          requested_reviewer: userJson(github, login),
        });
      }
      for (const slug of teams) {
        const team = repository.teams.get(slug);
        if (team === undefined || pull.requestedTeams.includes(slug)) continue;
        pull.requestedTeams.push(slug);
        tellPull(github, repository, doer, pull, 'review_requested', {
          requested_team: teamJson(github, repository, team),
          requested_reviewer: undefined,
        });
      }
      return created(pullJson(github, repository, pull));
    },
  ),
};

export function pullOf({ repository, params }: RepositoryCall): Pull {
  const pull = repository.pulls.get(Number(params['pull_number']));
  if (pull === undefined) throw notFound();
  return pull;
}

/** `owner:branch`. GitHub finds nothing for a branch without its owner, and does not say so. */
function isHead(github: GitHub, pull: Pull, head: string): boolean {
  const colon = head.indexOf(':');
  const owner =
    [...github.state.repositories.values()].find(({ id }) => id === pull.headRepository)?.owner ?? '';
  // Without an owner the filter is ignored.
  return (
    colon === -1 ||
    (owner.toLowerCase() === head.slice(0, colon).toLowerCase() && pull.head === head.slice(colon + 1))
  );
}

/** Throws what GitHub says about a head or base that does not do. */
export function sidesOf(
  github: GitHub,
  repository: Repository,
  head: string,
  base: string,
): Omit<PullSides, 'draft'> {
  const colon = head.indexOf(':');
  const owner = colon === -1 ? repository.owner : head.slice(0, colon);
  const branch = head.slice(colon + 1);
  const headRepository =
    owner.toLowerCase() === repository.owner.toLowerCase() ? repository : forkOf(github, repository, owner);
  const headSha = headRepository === null ? null : branchHead(headRepository, branch);
  if (headRepository === null || headSha === null)
    throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  const baseSha = branchHead(repository, base);
  if (baseSha === null) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  const open = [...repository.pulls.values()].some(
    (pull) =>
      pull.headRepository === headRepository.id &&
      pull.head === branch &&
      pull.base === base &&
      isOpen(repository, pull),
  );
  const custom = (message: string): Refusal => invalid({ resource: 'PullRequest', code: 'custom', message });
  if (open) throw custom(`A pull request already exists for ${headRepository.owner}:${branch}.`);
  if (headRepository !== repository)
    fetchCommit(repository.folder, headRepository.folder, headSha, `refs/forks/${owner}/${branch}`);
  if (commitsBetween(repository.folder, baseSha, headSha).length === 0)
    throw custom(`No commits between ${base} and ${branch}`);
  if (mergeBase(repository.folder, baseSha, headSha) === null) {
    throw custom(`The ${branch} branch has no history in common with ${base}`);
  }
  return { headRepository, head: branch, headSha, base, baseSha };
}

function forkOf(github: GitHub, repository: Repository, owner: string): Repository | null {
  const forks = [...github.state.repositories.values()].filter(({ parent }) => parent === repository.id);
  return forks.find((fork) => fork.owner.toLowerCase() === owner.toLowerCase()) ?? null;
}

function mayReopen(repository: Repository, pull: Pull): void {
  const refuse = (why: string): Refusal =>
    invalid({
      resource: 'PullRequest',
      code: 'invalid',
      field: 'state',
      message: `state cannot be changed. ${why}`,
    });
  if (pull.merged !== null) throw refuse('The pull request is merged.');
  const head = resolveCommit(repository.folder, `refs/heads/${pull.head}`);
  if (head === null) throw refuse(`The ${pull.head} branch has been deleted.`);
  if (!isAncestor(repository.folder, pull.headSha, head))
    throw refuse(`The ${pull.head} branch was force-pushed or recreated.`);
  const other = [...repository.pulls.values()].find(
    (one) => one !== pull && one.head === pull.head && one.base === pull.base && isOpen(repository, one),
  );
  if (other !== undefined)
    throw refuse(
      `There is already an open pull request from ${repository.owner}:${pull.head} to ${repository.owner}:${pull.base}.`,
    );
}
