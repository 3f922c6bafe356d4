import { pageUrl, repositoryUrl, timeText, type GitHub } from '../github.ts';
import { associationOf } from '../events/people.ts';
import type { Comment, Issue, Reaction, Repository } from '../state.ts';
import { appJson } from './apps.ts';
import { labelJson } from './labels.ts';
import { nodeId, optionalUserJson, userJson, type Json } from './users.ts';

export function issueJson(github: GitHub, repository: Repository, issue: Issue): Json {
  const pull = repository.pulls.get(issue.number);
  const url = repositoryUrl(github, repository, `/issues/${issue.number}`);
  const page = pageUrl(github, repository, `/${pull === undefined ? 'issues' : 'pull'}/${issue.number}`);
  return {
    id: issue.id,
    node_id: nodeId(pull === undefined ? 'I' : 'PR', pull?.id ?? issue.id),
    url,
    repository_url: repositoryUrl(github, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: page,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: userJson(github, issue.author),
    labels: issue.labels.map((name) => labelJson(github, repository, name)),
    assignee: optionalUserJson(github, issue.assignees[0] ?? null),
    assignees: issue.assignees.map((login) => userJson(github, login)),
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: [...repository.comments.values()].filter((comment) => comment.issue === issue.number).length,
    created_at: timeText(issue.createdAt),
    updated_at: timeText(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : timeText(issue.closedAt),
    author_association: associationOf(github, repository, issue.author),
    performed_via_github_app: issue.viaApp ? appJson(github, 'app') : null,
    reactions: reactionsJson(`${url}/reactions`, issue.reactions),
    ...(pull === undefined
      ? {}
      : {
          draft: pull.draft,
          pull_request: {
            url: repositoryUrl(github, repository, `/pulls/${issue.number}`),
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: pull.merged === null ? null : timeText(pull.merged.at),
          },
        }),
  };
}

/** As `GET /issues/{number}` answers: lists do not tell who closed it. */
export function fullIssueJson(github: GitHub, repository: Repository, issue: Issue): Json {
  return { ...issueJson(github, repository, issue), closed_by: optionalUserJson(github, issue.closedBy) };
}

export function commentJson(github: GitHub, repository: Repository, comment: Comment): Json {
  const url = repositoryUrl(github, repository, `/issues/comments/${comment.id}`);
  const place = repository.pulls.has(comment.issue) ? 'pull' : 'issues';
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: pageUrl(github, repository, `/${place}/${comment.issue}#issuecomment-${comment.id}`),
    issue_url: repositoryUrl(github, repository, `/issues/${comment.issue}`),
    user: userJson(github, comment.author),
    body: comment.body,
    created_at: timeText(comment.createdAt),
    updated_at: timeText(comment.updatedAt),
    author_association: associationOf(github, repository, comment.author),
    performed_via_github_app: comment.viaApp ? appJson(github, 'app') : null,
    reactions: reactionsJson(`${url}/reactions`, comment.reactions),
  };
}

const contents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket'] as const;

export function reactionsJson(url: string, reactions: readonly Reaction[]): Json {
  const count = (content: string): number =>
    reactions.filter((reaction) => reaction.content === content).length;
  return {
    url,
    total_count: reactions.length,
    ...Object.fromEntries(contents.map((content) => [content, count(content)])),
  };
}

export function reactionJson(github: GitHub, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: userJson(github, reaction.author),
    content: reaction.content,
    created_at: timeText(reaction.at),
  };
}
