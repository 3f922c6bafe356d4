import { changesBetween } from '../git/changes.ts';
import { commitsBetween } from '../git/graph.ts';
import { pageUrl, repositoryById, repositoryUrl, timeText, type GitHub } from '../github.ts';
import { askedMergeability, forkPoint } from '../events/mergeability.ts';
import { associationOf } from '../events/people.ts';
import { issueOf } from '../events/pulls.ts';
import type { AutoMerge, Pull, Repository, Review, Team } from '../state.ts';
import { labelJson } from './labels.ts';
import { repositoryJson } from './repositories.ts';
import { nodeId, optionalUserJson, userJson, type Json } from './users.ts';

/** As lists of pull requests have it. */
export function pullJson(github: GitHub, repository: Repository, pull: Pull): Json {
  const issue = issueOf(repository, pull);
  const url = repositoryUrl(github, repository, `/pulls/${pull.number}`);
  const page = pageUrl(github, repository, `/pull/${pull.number}`);
  const issueUrl = repositoryUrl(github, repository, `/issues/${pull.number}`);
  const addresses = {
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: repositoryUrl(github, repository, '/pulls/comments{/number}'),
    comments_url: `${issueUrl}/comments`,
    statuses_url: repositoryUrl(github, repository, `/statuses/${pull.headSha}`),
  };
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    ...addresses,
    number: pull.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: userJson(github, issue.author),
    body: issue.body,
    labels: issue.labels.map((name) => labelJson(github, repository, name)),
    milestone: null,
    active_lock_reason: null,
    created_at: timeText(issue.createdAt),
    updated_at: timeText(issue.updatedAt),
    closed_at: optionalTime(issue.closedAt),
    merged_at: optionalTime(pull.merged?.at ?? null),
    merge_commit_sha: pull.merged?.commit ?? null,
    assignee: optionalUserJson(github, issue.assignees[0] ?? null),
    assignees: issue.assignees.map((login) => userJson(github, login)),
    requested_reviewers: pull.requestedReviewers.map((login) => userJson(github, login)),
    requested_teams: pull.requestedTeams.flatMap((slug) => {
      const team = repository.teams.get(slug);
      return team === undefined ? [] : [teamJson(github, repository, team)];
    }),
    head: sideJson(github, repositoryById(github, pull.headRepository), pull.head, pull.headSha),
    base: sideJson(github, repository, pull.base, pull.baseSha),
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issueUrl },
      comments: { href: addresses.comments_url },
      review_comments: { href: addresses.review_comments_url },
      review_comment: { href: addresses.review_comment_url },
      commits: { href: addresses.commits_url },
      statuses: { href: addresses.statuses_url },
    },
    author_association: associationOf(github, repository, issue.author),
    auto_merge: pull.autoMerge === null ? null : autoMergeJson(github, pull.autoMerge),
    draft: pull.draft,
  };
}

/** As `GET /pulls/{number}` answers: asking makes GitHub work out whether it can be merged. */
export function fullPullJson(github: GitHub, repository: Repository, pull: Pull): Json {
  const from = forkPoint(repository, pull);
  const files = changesBetween(repository.folder, from, pull.headSha);
  const { mergeable, state } = askedMergeability(github, repository, pull);
  const merged = pull.merged !== null;
  return {
    ...pullJson(github, repository, pull),
    merged,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: state,
    merged_by: optionalUserJson(github, pull.merged?.by ?? null),
    comments: [...repository.comments.values()].filter(({ issue }) => issue === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: commitsBetween(repository.folder, from, pull.headSha).length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

export function minimalPullJson(github: GitHub, repository: Repository, pull: Pull): Json {
  const head = repositoryById(github, pull.headRepository);
  const side = (of: Repository, ref: string, sha: string): Json => ({
    ref,
    sha,
    repo: { id: of.id, url: repositoryUrl(github, of), name: of.name },
  });
  return {
    id: pull.id,
    number: pull.number,
    url: repositoryUrl(github, repository, `/pulls/${pull.number}`),
    head: side(head, pull.head, pull.headSha),
    base: side(repository, pull.base, pull.baseSha),
  };
}

function sideJson(github: GitHub, repository: Repository, ref: string, sha: string): Json {
  return {
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: userJson(github, repository.owner),
    repo: repositoryJson(github, repository),
  };
}

export function autoMergeJson(github: GitHub, autoMerge: AutoMerge): Json {
  return {
    enabled_by: userJson(github, autoMerge.by),
    merge_method: autoMerge.method,
    commit_title: autoMerge.title ?? '',
    commit_message: autoMerge.message ?? '',
  };
}

export function teamJson(github: GitHub, repository: Repository, team: Team): Json {
  const url = `${github.url}/api/v3/organizations/1/team/${team.id}`;
  return {
    id: team.id,
    node_id: nodeId('T', team.id),
    name: team.slug,
    slug: team.slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    url,
    html_url: `${github.url}/orgs/${repository.owner}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    permission: team.permission === 'write' ? 'push' : team.permission === 'read' ? 'pull' : team.permission,
    type: 'organization',
    parent: null,
  };
}

export function reviewJson(github: GitHub, repository: Repository, pull: Pull, review: Review): Json {
  const page = pageUrl(github, repository, `/pull/${pull.number}#pullrequestreview-${review.id}`);
  const url = repositoryUrl(github, repository, `/pulls/${pull.number}`);
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userJson(github, review.author),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: url,
    author_association: associationOf(github, repository, review.author),
    _links: { html: { href: page }, pull_request: { href: url } },
    submitted_at: timeText(review.at),
    commit_id: review.commit,
  };
}

function optionalTime(at: number | null): string | null {
  return at === null ? null : timeText(at);
}
