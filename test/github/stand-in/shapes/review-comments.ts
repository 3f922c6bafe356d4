import { associationOf } from '../events/people.ts';
import { pageUrl, repositoryUrl, timeText, type GitHub } from '../github.ts';
import type { Repository, ReviewComment } from '../state.ts';
import { reactionsJson } from './issues.ts';
import { nodeId, userJson, type Json } from './users.ts';

/** As lists and single answers have it: on the first line of a file. */
export function reviewCommentJson(github: GitHub, repository: Repository, comment: ReviewComment): Json {
  const url = repositoryUrl(github, repository, `/pulls/comments/${comment.id}`);
  const pull = repositoryUrl(github, repository, `/pulls/${comment.pull}`);
  const page = pageUrl(github, repository, `/pull/${comment.pull}#discussion_r${comment.id}`);
  return {
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    diff_hunk: '@@ -1 +1 @@',
    path: comment.path,
    position: 1,
    original_position: 1,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    ...(comment.replyTo === null ? {} : { in_reply_to_id: comment.replyTo }),
    user: userJson(github, comment.author),
    body: comment.body,
    created_at: timeText(comment.createdAt),
    updated_at: timeText(comment.updatedAt),
    html_url: page,
    pull_request_url: pull,
    author_association: associationOf(github, repository, comment.author),
    _links: { self: { href: url }, html: { href: page }, pull_request: { href: pull } },
    start_line: null,
    original_start_line: null,
    start_side: null,
    line: 1,
    original_line: 1,
    side: 'RIGHT',
    reactions: reactionsJson(`${url}/reactions`, comment.reactions),
  };
}
