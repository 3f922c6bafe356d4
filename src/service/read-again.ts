import type { IncomingComment } from '../chatops/respond.ts';
import type { Host, HostComment } from '../github/host.ts';
import type { UnansweredComment } from '../store/records.ts';

/** What a comment says now, and whether it was edited; null where it is gone. */
export async function readAgain(host: Host, comment: UnansweredComment): Promise<IncomingComment | null> {
  const { kind, thread, id, root, author, createdAt } = comment;
  const found = await wordsOf(host, comment);
  if (!found) return null;
  const { body, editedAt } = found;
  const said = { kind, thread, id, author, isBot: false, body, createdAt, updatedAt: editedAt ?? createdAt };
  return root === null ? said : { ...said, root };
}

interface Words {
  readonly body: string;
  readonly editedAt: number | null;
}

async function wordsOf(
  host: Host,
  { kind, thread, id, createdAt }: UnansweredComment,
): Promise<Words | null> {
  switch (kind) {
    case 'comment':
      return wordsOfComment(await host.commentById(id));
    case 'review-comment':
      return wordsOfComment((await host.reviewComments(thread)).find((one) => one.id === id) ?? null);
    case 'review': {
      const review = (await host.reviews(thread)).find((one) => one.id === id);
      return review
        ? { body: review.body, editedAt: (await host.isReviewEdited(review)) ? createdAt + 1 : null }
        : null;
    }
    case 'description': {
      const found = await host.edits(thread);
      return found && { body: found.body, editedAt: found.edits[0]?.at ?? null };
    }
  }
}

function wordsOfComment(found: HostComment | null): Words | null {
  if (!found) return null;
  const { body, createdAt, updatedAt } = found;
  return { body, editedAt: updatedAt === createdAt ? null : updatedAt };
}
