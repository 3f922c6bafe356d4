import type { Host, HostComment } from '../github/host.ts';
import { parseAssignment } from './arguments.ts';
import { findAnswer, type Answered } from './answer.ts';
import { commands as allCommands } from './commands/index.ts';
import { nameOf } from './conversation.ts';
import type { Given } from './actions.ts';
import { mayHoldCommands, parseComment } from './parse.ts';

/** A `/rca set` that was carried out. */
export interface GivenValue extends Given {
  /** Login. */
  readonly by: string;
  /** As it was typed. */
  readonly field: string;
  /** Null for what Faultline itself proposes. */
  readonly value: string | null;
}

/**
 * The values that people set in one pull request, read from their own comments where the store knows nothing of them: those that
 * Faultline answered, that nobody edited, and whose author may write now. Whether a value is within the caps is asked where it is
 * used.
 */
export async function valuesIn(
  host: Pick<Host, 'comments' | 'reviewComments' | 'permission' | 'login'>,
  thread: number,
): Promise<readonly GivenValue[]> {
  const said = [
    ...(await host.comments(thread)).map((comment) => ({ ...comment, kind: 'comment' as const })),
    ...(await host.reviewComments(thread)).map((comment) => ({
      ...comment,
      kind: 'review-comment' as const,
    })),
  ].sort((a, b) => a.createdAt - b.createdAt || a.id - b.id);
  const given: (GivenValue | null)[] = [];
  const mayWrite = new Map<string, boolean>();
  for (const comment of said) {
    if (comment.isBot || comment.author === host.login || !mayHoldCommands(comment.body)) continue;
    if (comment.createdAt !== comment.updatedAt) continue;
    const answer = findAnswer(said, host.login, comment);
    if (answer?.state !== 'done') continue;
    const found = commandsOf(comment, thread).filter(
      (_, index) => (answer.outcomes?.[index] ?? 'done') === 'done',
    );
    if (found.length === 0) continue;
    const known = mayWrite.get(comment.author) ?? (await isWriter(host, comment.author));
    mayWrite.set(comment.author, known);
    if (!known) continue;
    for (const command of found) {
      if (command === 'undo') given.pop();
      else if (command !== 'other') given.push(command);
    }
  }
  return given.filter((one) => one !== null);
}

async function isWriter(host: Pick<Host, 'permission'>, login: string): Promise<boolean> {
  const permission = await host.permission(login);
  return permission === 'admin' || permission === 'write';
}

const NAMES = allCommands.map(({ name }) => name);

/** Null stands for a silence, which `undo` takes back as well. */
function commandsOf(
  comment: Answered & Pick<HostComment, 'author' | 'body' | 'createdAt'>,
  thread: number,
): readonly (GivenValue | 'undo' | 'other' | null)[] {
  return parseComment(comment.body, NAMES).commands.map(({ order }, index) => {
    if (order.kind !== 'command') return 'other';
    if (order.name === 'undo') return 'undo';
    if (order.name === 'snooze' || order.name === 'ignore') return null;
    const assignment = order.name === 'set' ? parseAssignment(order.rest) : null;
    if (assignment === null) return 'other';
    const { author: by, createdAt: writtenAt } = comment;
    return { id: `${nameOf(comment)}/${index}`, thread, writtenAt, by, ...assignment };
  });
}
