import { newId, type Doer, type GitHub } from '../github.ts';
import { pullJson } from '../shapes/pulls.ts';
import { reviewCommentJson } from '../shapes/review-comments.ts';
import { userJson } from '../shapes/users.ts';
import type { Pull, Repository, ReviewComment } from '../state.ts';
import { issueOf } from './pulls.ts';

export function addReviewComment(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  text: { readonly body: string; readonly path: string; readonly replyTo: number | null },
): ReviewComment {
  const now = github.now();
  const comment: ReviewComment = {
    ...text,
    id: newId(github),
    pull: pull.number,
    review: newId(github),
    author: doer.login,
    commit: pull.headSha,
    createdAt: now,
    updatedAt: now,
    reactions: [],
  };
  repository.reviewComments.set(comment.id, comment);
  issueOf(repository, pull).updatedAt = now;
  github.emit('pull_request_review_comment', 'created', repository, {
    comment: reviewCommentJson(github, repository, comment),
    pull_request: pullJson(github, repository, pull),
    sender: userJson(github, doer.login),
  });
  return comment;
}

export function editReviewComment(github: GitHub, comment: ReviewComment, body: string): void {
  comment.body = body;
  comment.updatedAt = github.now();
}
