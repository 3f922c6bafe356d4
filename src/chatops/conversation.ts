import { HostError } from '../github/host-error.ts';
import type { Host, HostComment } from '../github/host.ts';
import type { Answered } from './answer.ts';

/** A text that may hold commands: a comment, a review comment, the text of a review, or the description of an issue or pull request. */
export interface Said extends Answered {
  /** Number of the issue or pull request. */
  readonly thread: number;
  /** For a review comment: the first comment of its thread. */
  readonly root?: number;
}

/** Where a text is answered: a review comment in its own thread, everything else in the conversation. */
export interface Conversation {
  /** All, or those that changed since a time; null where they are too many to read: then the store alone tells what was said. */
  comments(since?: number): Promise<readonly Pick<HostComment, 'id' | 'author' | 'body'>[] | null>;
  /** Answers with the id of the new comment. */
  say(body: string): Promise<{ readonly id: number }>;
  update(id: number, body: string): Promise<void>;
  /** Shows that a text was noticed; a review has no place for that. */
  notice(): Promise<void>;
}

export function conversationOf(host: Host, { kind, id, thread, root = id }: Said): Conversation {
  if (kind === 'review-comment')
    return {
      comments: () => orTooMany(host.reviewComments(thread)),
      say: (body) => host.replyToReview(thread, root, body),
      update: (comment, body) => host.updateReviewComment(comment, body),
      notice: () => host.reactToReviewComment(id, 'eyes'),
    };
  return {
    comments: (since) => orTooMany(host.comments(thread, since)),
    say: (body) => host.comment(thread, body),
    update: (comment, body) => host.updateComment(comment, body),
    notice: async () => {
      if (kind === 'comment') await host.react(id, 'eyes');
      else if (kind === 'description') await host.reactToIssue(thread, 'eyes');
    },
  };
}

async function orTooMany<T>(comments: Promise<T>): Promise<T | null> {
  try {
    return await comments;
  } catch (error) {
    if (error instanceof HostError && error.status === null && !error.transient) return null;
    throw error;
  }
}

/** One name for each text, whatever kind it is: ids of comments and of reviews may be the same. */
export function nameOf({ kind, id }: Answered): string {
  return kind === 'comment' ? String(id) : `${kind} ${id}`;
}
