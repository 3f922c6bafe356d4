import type { Octokit } from '@octokit/rest';
import { allPages, changedSince, type Context, isSameLogin, PAGE } from './context.ts';
import { isSameText, LEEWAY } from './comments.ts';
import { COMMENT_PAGES, type Host, type HostReview, type ReviewComment } from './host.ts';

type Reviews = Pick<
  Host,
  | 'reviewComments'
  | 'reviewCommentsSince'
  | 'replyToReview'
  | 'updateReviewComment'
  | 'reactToReviewComment'
  | 'reviews'
  | 'isReviewEdited'
>;

type Comment = Awaited<ReturnType<Octokit['rest']['pulls']['listReviewCommentsForRepo']>>['data'][number];

const LAST_EDIT = 'query($id: ID!) { node(id: $id) { ... on PullRequestReview { lastEditedAt } } }';

/** Reviews of pull requests: their texts, and the comments on lines that come with them. */
export function reviewsOf(context: Context): Reviews {
  const { rest, calls, at } = context;
  return {
    reviewComments: (number) => reviewComments(context, number),

    reviewCommentsSince: async (time, fromPage = 1) => {
      const found = await changedSince(time, fromPage, COMMENT_PAGES, (query) =>
        calls.read(() => rest.pulls.listReviewCommentsForRepo({ ...at, ...query })),
      );
      return found.map(reviewComment);
    },

    replyToReview: (number, root, body) => calls.locked(() => replyToReview(context, { number, root, body })),

    updateReviewComment: (id, body) =>
      calls.locked(async () => {
        await calls.write(() => rest.pulls.updateReviewComment({ ...at, comment_id: id, body }));
      }),

    reactToReviewComment: (id, reaction) =>
      calls.locked(async () => {
        await calls.write(() =>
          rest.reactions.createForPullRequestReviewComment({ ...at, comment_id: id, content: reaction }),
        );
      }),

    reviews: (number) => reviews(context, number),

    isReviewEdited: async ({ nodeId }) => {
      const { node } = await calls.graphql<{
        readonly node: { readonly lastEditedAt: string | null } | null;
      }>('read', LAST_EDIT, { id: nodeId });
      return node?.lastEditedAt !== null;
    },
  };
}

async function reviewComments(
  { rest, calls, at }: Context,
  number: number,
): Promise<readonly ReviewComment[]> {
  const found = await allPages((page) =>
    calls.read(() => rest.pulls.listReviewComments({ ...at, pull_number: number, per_page: PAGE, page })),
  );
  return found.map(reviewComment);
}

interface Reply {
  readonly number: number;
  readonly root: number;
  readonly body: string;
}

function replyToReview(context: Context, { number, root, body }: Reply): Promise<ReviewComment> {
  const { rest, calls, at, login } = context;
  const since = calls.serverTime() - LEEWAY;
  const isMade = ({ author, body: text, createdAt }: ReviewComment): boolean =>
    isSameLogin(author, login) && isSameText(text, body) && createdAt >= since;
  return calls.create(
    () => rest.pulls.createReplyForReviewComment({ ...at, pull_number: number, comment_id: root, body }),
    reviewComment,
    async () => (await reviewComments(context, number)).find(isMade) ?? null,
  );
}

async function reviews({ rest, calls, at }: Context, number: number): Promise<readonly HostReview[]> {
  const found = await allPages((page) =>
    calls.read(() => rest.pulls.listReviews({ ...at, pull_number: number, per_page: PAGE, page })),
  );
  return found
    .filter(({ body, submitted_at: submitted }) => body !== '' && submitted !== undefined)
    .map(({ id, node_id: nodeId, user, body, submitted_at: submitted }) => ({
      id,
      nodeId,
      author: user?.login ?? 'ghost',
      isBot: user?.type === 'Bot',
      body,
      submittedAt: Date.parse(submitted!),
    }));
}

function reviewComment(comment: Omit<Comment, 'body_html' | 'body_text'>): ReviewComment {
  return {
    id: comment.id,
    author: comment.user?.login ?? 'ghost',
    isBot: comment.user?.type === 'Bot',
    body: comment.body,
    url: comment.html_url,
    createdAt: Date.parse(comment.created_at),
    updatedAt: Date.parse(comment.updated_at),
    thread: Number(comment.pull_request_url.slice(comment.pull_request_url.lastIndexOf('/') + 1)),
    root: comment.in_reply_to_id ?? comment.id,
  };
}
