import { mayHoldCommands } from '../chatops/parse.ts';
import type { Host } from '../github/host.ts';
import type { Store } from '../store/store.ts';
import type { Service } from './service.ts';

/** By how much GitHub's clock may be behind ours, in milliseconds: what was looked at twice is handled once. */
const OVERLAP = 60_000;

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
  const newest = known === null ? now + OVERLAP : Number(known.value);
  const comments = await host.commentsSince(newest - OVERLAP);
  const failures: unknown[] = [];
  for (const comment of comments)
    if (mayHoldCommands(comment.body))
      await service
        .comment(repository, { ...comment, kind: 'comment' })
        .catch((error: unknown) => failures.push(error));
  // Asked for again, until it can be answered.
  if (failures.length > 0) throw failures[0];
  const value = Math.max(newest, ...comments.map(({ updatedAt }) => updatedAt));
  store.cursors.set(key, { value: String(value), etag: null });
}

async function pollConfiguration(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const { repository } = host;
  const key = `pull requests ${repository.toLowerCase()}`;
  const since = Number(store.cursors.get(key)?.value ?? now);
  for (const { number, head, isFork } of await host.openSince(since - OVERLAP)) {
    const id = `check ${repository.toLowerCase()}#${number} ${head}`;
    if (store.handled.has('delivery', id)) continue;
    await service.checkConfiguration(repository, number, head, isFork);
    store.handled.add('delivery', id, now);
  }
  store.cursors.set(key, { value: String(now), etag: null });
}
