import { addComment, deleteComment, editComment, react } from '../events/issues.ts';
import { page } from '../http/paging.ts';
import {
  created,
  invalid,
  noContent,
  notFound,
  ok,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
  Refusal,
} from '../http/route.ts';
import { mayAtLeast, permissionOf } from '../events/people.ts';
import { commentJson, reactionJson } from '../shapes/issues.ts';
import type { Comment } from '../state.ts';
import { bodyFits, issueOfCall } from './issues.ts';

export const commentRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': repositoryRoute(
    'issues:read pull_requests:read',
    (call) => {
      const issue = issueOfCall(call);
      const found = [...call.repository.comments.values()].filter(
        (comment) => comment.issue === issue.number && isSince(call, comment),
      );
      return page(call, found, (comment) => commentJson(call.github, call.repository, comment));
    },
  ),

  'GET /repos/{owner}/{repo}/issues/comments': repositoryRoute('issues:read pull_requests:read', (call) => {
    const { query } = call;
    const field = query['sort'] === 'updated' ? 'updatedAt' : 'createdAt';
    const found = [...call.repository.comments.values()].filter((comment) => isSince(call, comment));
    if (query['sort'] !== undefined) found.sort((a, b) => a[field] - b[field] || a.id - b.id);
    // The direction counts only together with an order.
    if (query['sort'] !== undefined && query['direction'] !== 'asc') found.reverse();
    return page(call, found, (comment) => commentJson(call.github, call.repository, comment));
  }),

  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const issue = issueOfCall(call);
      const body = checkedBody(call);
      return created(
        commentJson(
          call.github,
          call.repository,
          addComment(call.github, call.repository, call.doer, issue, body),
        ),
      );
    },
    'read',
  ),

  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}': repositoryRoute(
    'issues:read pull_requests:read',
    (call) => ok(commentJson(call.github, call.repository, commentOf(call))),
  ),

  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const comment = commentOf(call);
      mayChange(call, comment);
      editComment(call.github, call.repository, call.doer, comment, checkedBody(call));
      return ok(commentJson(call.github, call.repository, comment));
    },
    'read',
  ),

  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const comment = commentOf(call);
      mayChange(call, comment);
      deleteComment(call.github, call.repository, call.doer, comment);
      return noContent;
    },
    'read',
  ),

  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': repositoryRoute(
    'issues:read pull_requests:read',
    (call) => {
      const { content } = call.query;
      const found = commentOf(call).reactions.filter(
        (reaction) => content === undefined || reaction.content === content,
      );
      return page(call, found, (reaction) => reactionJson(call.github, reaction));
    },
  ),

  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const { content } = call.body as { readonly content: string };
      const { reaction, isNew } = react(call.github, commentOf(call), call.doer, content);
      return { status: isNew ? 201 : 200, body: reactionJson(call.github, reaction) };
    },
    'read',
  ),
};

function commentOf({ repository, params }: RepositoryCall): Comment {
  const comment = repository.comments.get(Number(params['comment_id']));
  if (comment === undefined) throw notFound();
  return comment;
}

function mayChange({ github, repository, doer }: RepositoryCall, comment: Comment): void {
  if (comment.author === doer.login || mayAtLeast(permissionOf(github, repository, doer.login), 'write'))
    return;
  throw new Refusal(403, 'You cannot update this issue comment.');
}

function checkedBody({ body }: RepositoryCall): string {
  const { body: text } = body as { readonly body: string };
  if (text.trim() === '')
    throw invalid({
      resource: 'IssueComment',
      code: 'unprocessable',
      field: 'data',
      message: 'Body cannot be blank',
    });
  bodyFits('IssueComment', text);
  return text;
}

function isSince({ query }: RepositoryCall, comment: Comment): boolean {
  return query['since'] === undefined || comment.updatedAt >= Date.parse(query['since']);
}
