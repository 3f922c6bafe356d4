import { mayHoldCommands } from '../chatops/parse.ts';
import { COMMENT_PAGES, MOST_LISTED, type Host } from '../github/host.ts';
import type { Store } from '../store/store.ts';
import type { Service } from './service.ts';

/** By how much GitHub's clock may be behind ours, in milliseconds: what was looked at twice is handled once. */
const OVERLAP = 60_000;
/** So many pull requests are looked into at a time. */
const MOST_CHECKED = 50;
/** GitHub gives no page of a list beyond the hundredth; some lists end earlier. */
const LAST_PAGE = 90;

/**
 * What webhooks would have told, asked for instead: comments and pull requests that changed since the last time. What happens to our
 * own pull requests every scan sees anyway.
 *
 * @throws what kept one of them from being dealt with; the others are, and it is tried again the next time
 */
export async function poll(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const both = await Promise.allSettled([
    pollComments(service, host, store, now),
    pollConfiguration(service, host, store, now),
  ]);
  for (const result of both) if (result.status === 'rejected') throw result.reason;
}

/**
 * The question stays the same until there is something new: an unchanged answer costs nothing at GitHub. A comment that cannot be
 * answered holds up no other.
 */
async function pollComments(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const { repository } = host;
  const key = `comments ${repository.toLowerCase()}`;
  const known = store.cursors.get(key);
  // What was written before anybody listened is nobody's order.
  const [newest, page] = known === null ? [now + OVERLAP, 1] : placeOf(known.value);
  const comments = await host.commentsSince(newest - OVERLAP, page);
  const failures: unknown[] = [];
  for (const comment of comments)
    if (mayHoldCommands(comment.body))
      await service.comment(repository, comment).catch((error: unknown) => failures.push(error));
  // Asked for again, until it can be answered.
  if (failures.length > 0) throw failures[0];
  const last = Math.max(newest, ...comments.map(({ updatedAt }) => updatedAt));
  const isMore = comments.length >= MOST_LISTED;
  // A page twice: where a comment was edited, those behind it have moved up.
  const next = page + COMMENT_PAGES - 1;
  const value = isMore && next < LAST_PAGE ? `${newest} ${next}` : String(last);
  store.cursors.set(key, { value, etag: null });
}

/** The time from which comments are asked for, and the page of that list to go on with. */
function placeOf(value: string): readonly [newest: number, page: number] {
  const [newest, page = '1'] = value.split(' ');
  return [Number(newest), Number(page)];
}

async function pollConfiguration(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const { repository } = host;
  const key = `pull requests ${repository.toLowerCase()}`;
  const since = Number(store.cursors.get(key)?.value ?? now);
  let left = MOST_CHECKED;
  for (const { number, head, isFork } of await host.openSince(since - OVERLAP)) {
    const id = `check ${repository.toLowerCase()}#${number} ${head}`;
    if (store.handled.has('delivery', id)) continue;
    // The next time goes on with those that are left.
    if ((left -= 1) < 0) return;
    await service.checkConfiguration(repository, number, head, isFork);
    store.handled.add('delivery', id, now);
  }
  store.cursors.set(key, { value: String(now), etag: null });
}
