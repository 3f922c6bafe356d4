import type { Octokit } from '@octokit/rest';
import { changedSince, type Context, firstPages, isSameLogin, PAGE } from './context.ts';
import { orNull } from './errors.ts';
import { COMMENT_PAGES, type Host, type HostComment } from './host.ts';
import { HostError } from './host-error.ts';

type Comments = Pick<
  Host,
  'comments' | 'commentById' | 'commentsSince' | 'comment' | 'updateComment' | 'react'
>;

type Comment = Awaited<ReturnType<Octokit['rest']['issues']['createComment']>>['data'];

/** Pages of one thread that are read to find what is ours. */
const THREAD_PAGES = 30;

/** By how much GitHub's machines may disagree about the time, in milliseconds. */
export const LEEWAY = 5000;

export function commentsOf(context: Context): Comments {
  const { rest, calls, at } = context;
  return {
    comments: (number, since) => comments(context, number, since),

    commentById: async (id) => {
      const found = await orNull(calls.read(() => rest.issues.getComment({ ...at, comment_id: id })));
      return found && hostComment(found);
    },

    commentsSince: async (time, fromPage = 1) => {
      const found = await changedSince(time, fromPage, COMMENT_PAGES, (query) =>
        calls.read(() => rest.issues.listCommentsForRepo({ ...at, ...query })),
      );
      return found.map((comment) => ({
        ...hostComment(comment),
        thread: Number(comment.issue_url.slice(comment.issue_url.lastIndexOf('/') + 1)),
      }));
    },

    comment: (number, body) => calls.locked(() => comment(context, number, body)),

    updateComment: (id, body) =>
      calls.locked(async () => {
        await calls.write(() => rest.issues.updateComment({ ...at, comment_id: id, body }));
      }),

    react: (comment_id, reaction) =>
      calls.locked(async () => {
        await calls.write(() =>
          rest.reactions.createForIssueComment({ ...at, comment_id, content: reaction }),
        );
      }),
  };
}

async function comments(
  { rest, calls, at }: Context,
  number: number,
  since?: number,
): Promise<readonly HostComment[]> {
  const filter = since === undefined ? {} : { since: new Date(since).toISOString() };
  const { items, isWhole } = await firstPages(
    (page) =>
      calls.read(() =>
        rest.issues.listComments({ ...at, issue_number: number, ...filter, per_page: PAGE, page }),
      ),
    THREAD_PAGES,
  );
  if (!isWhole)
    throw new HostError(`#${number} has more comments than Faultline reads (${PAGE * THREAD_PAGES})`, {
      status: null,
      transient: false,
    });
  return items.map(hostComment);
}

function comment(context: Context, number: number, body: string): Promise<HostComment> {
  const { rest, calls, at, login } = context;
  const since = calls.serverTime() - LEEWAY;
  const isOurs = ({ author, body: text, createdAt }: HostComment): boolean =>
    isSameLogin(author, login) && isSameText(text, body) && createdAt >= since;
  return calls.create(
    () => rest.issues.createComment({ ...at, issue_number: number, body }),
    hostComment,
    async () => (await comments(context, number, since)).find(isOurs) ?? null,
  );
}

/** GitHub keeps line breaks and the space around a text as it likes. */
export function isSameText(one: string | null | undefined, other: string): boolean {
  const plain = (text: string): string => text.replace(/\r\n/g, '\n').trim();
  return plain(one ?? '') === plain(other);
}

function hostComment(comment: Comment): HostComment {
  return {
    id: comment.id,
    author: comment.user?.login ?? 'ghost',
    isBot: comment.user?.type === 'Bot',
    body: comment.body ?? '',
    url: comment.html_url,
    createdAt: Date.parse(comment.created_at),
    updatedAt: Date.parse(comment.updated_at),
  };
}
