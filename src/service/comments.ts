import { mayHoldCommands } from '../chatops/parse.ts';
import type { IncomingComment, Response } from '../chatops/respond.ts';
import type { Edit, Ticked } from '../chatops/tick.ts';
import type { Queue } from '../queue/queue.ts';
import type { UnansweredComment } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { readAgain } from './read-again.ts';
import type { Served } from './served.ts';
import { showDashboard } from './show-dashboard.ts';
import { commentTask, type ServeTasks } from './tasks.ts';
import { placeOfBoxes } from './ticked-boxes.ts';

/** A comment that GitHub does not show yet may be this new, in milliseconds. */
const LAG = 60_000;

/** Notes a comment that may hold commands, until it is answered, and adds the task that does so: GitHub tells of a comment once. */
export async function hear(
  { scans, chat }: Served,
  comment: IncomingComment,
  { store, queue }: { readonly store: Store; readonly queue: Pick<Queue<ServeTasks>, 'add'> },
): Promise<void> {
  if (!mayHoldCommands(comment.body) || (await chat.ignored(comment)) !== null) return;
  const { kind, id, thread, root = null, author, createdAt } = comment;
  const kept = { repository: scans.host.repository, kind, id, thread, root, author, createdAt };
  await store.unanswered.add(kept);
  await queue.add(commentTask(kept));
}

/**
 * Answers a comment that was noted, as it is now. One that is gone is not answered.
 *
 * @throws {HostError} when GitHub could not be asked or told
 */
export async function answerNoted(
  one: Served,
  kept: UnansweredComment,
  parts: { readonly store: Store; readonly now: () => number },
): Promise<void> {
  const comment = await readAgain(one.scans.host, kept);
  if (comment) await answer(one, comment, parts);
  else if (parts.now() - kept.createdAt < LAG) throw new Error('GitHub does not show this comment yet');
  else await parts.store.unanswered.remove(kept);
}

/** @throws {HostError} when GitHub could not be asked or told */
export async function answer(
  { scans, chat }: Served,
  comment: IncomingComment,
  { store }: { readonly store: Store },
): Promise<Response | null> {
  const response = await chat.respond(comment);
  const { kind, id } = comment;
  await store.unanswered.remove({ repository: scans.host.repository, kind, id });
  return response;
}

/** Ticked boxes in the descriptions of ours are commands. @throws {HostError} when GitHub could not be asked or told */
export async function tickBoxes(
  { scans, actions, boxes, parts }: Served,
  thread: number,
  edit: Edit | null,
): Promise<readonly Ticked[]> {
  const place = await placeOfBoxes(scans.host, thread, actions);
  if (!place) return [];
  const ticked = await boxes.tick(thread, place, edit);
  if (place.kind === 'dashboard') await showDashboard(parts);
  return ticked;
}
