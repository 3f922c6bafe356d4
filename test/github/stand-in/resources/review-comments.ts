import { react } from '../events/issues.ts';
import { mayAtLeast, permissionOf } from '../events/people.ts';
import { addReviewComment, editReviewComment } from '../events/review-comments.ts';
import { page } from '../http/paging.ts';
import {
  created,
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
} from '../http/route.ts';
import { reactionJson } from '../shapes/issues.ts';
import { reviewCommentJson } from '../shapes/review-comments.ts';
import type { ReviewComment } from '../state.ts';
import { pullOf } from './pulls.ts';

export const reviewCommentRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments': repositoryRoute('pull_requests:read', (call) => {
    const { number } = pullOf(call);
    return page(
      call,
      listed(call).filter(({ pull }) => pull === number),
      shown(call),
    );
  }),

  'GET /repos/{owner}/{repo}/pulls/comments': repositoryRoute('pull_requests:read', (call) => {
    const { query } = call;
    const found = listed(call);
    if (query['sort'] !== undefined)
      found.sort((a, b) =>
        query['sort'] === 'updated' ? a.updatedAt - b.updatedAt || a.id - b.id : a.id - b.id,
      );
    if (query['sort'] !== undefined && query['direction'] !== 'asc') found.reverse();
    return page(call, found, shown(call));
  }),

  'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies': repositoryRoute(
    'pull_requests:write',
    (call) => {
      const { github, repository, doer } = call;
      const pull = pullOf(call);
      const to = commentOf(call);
      if (to.pull !== pull.number || to.replyTo !== null) throw notFound();
      const { body } = call.body as { readonly body: string };
      const comment = addReviewComment(github, repository, doer, pull, {
        body,
        path: to.path,
        replyTo: to.id,
      });
      return created(reviewCommentJson(github, repository, comment));
    },
    'read',
  ),

  'PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}': repositoryRoute(
    'pull_requests:write',
    (call) => {
      const { github, repository, doer } = call;
      const comment = commentOf(call);
      if (comment.author !== doer.login && !mayAtLeast(permissionOf(github, repository, doer.login), 'write'))
        throw new Refusal(403, 'You cannot update this review comment.');
      editReviewComment(github, comment, (call.body as { readonly body: string }).body);
      return ok(reviewCommentJson(github, repository, comment));
    },
    'read',
  ),

  'POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions': repositoryRoute(
    'pull_requests:write',
    (call) => {
      const { content } = call.body as { readonly content: string };
      const { reaction, isNew } = react(call.github, commentOf(call), call.doer, content);
      return { status: isNew ? 201 : 200, body: reactionJson(call.github, reaction) };
    },
    'read',
  ),
};

function listed({ repository, query }: RepositoryCall): ReviewComment[] {
  const since = query['since'];
  return [...repository.reviewComments.values()].filter(
    ({ updatedAt }) => since === undefined || updatedAt >= Date.parse(since),
  );
}

function shown({ github, repository }: RepositoryCall) {
  return (comment: ReviewComment) => reviewCommentJson(github, repository, comment);
}

function commentOf({ repository, params }: RepositoryCall): ReviewComment {
  const comment = repository.reviewComments.get(Number(params['comment_id']));
  if (comment === undefined) throw notFound();
  return comment;
}
