import { mayHoldCommands } from '../chatops/parse.ts';
import type { Host } from '../github/host.ts';
import type { Store } from '../store/store.ts';
import type { Service } from './service.ts';

/** By how much GitHub's clock may be behind ours, in milliseconds: what was looked at twice is handled once. */
const OVERLAP = 60_000;

/**
 * What webhooks would have told, asked for instead: comments and pull requests that changed since the last time. Unchanged
 * answers cost GitHub nothing. What happens to our own pull requests every scan sees anyway.
 */
export async function poll(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const { repository } = host;
  const key = `poll ${repository.toLowerCase()}`;
  const known = store.cursors.get(key);
  // What was written before anybody listened is nobody's order.
  const since = known === null ? now : Number(known.value);
  for (const comment of await host.commentsSince(since - OVERLAP))
    if (known !== null && mayHoldCommands(comment.body)) await service.comment(repository, comment);
  for (const { number, head, isFork } of await host.openSince(since - OVERLAP)) {
    const id = `check ${repository.toLowerCase()}#${number} ${head}`;
    if (store.handled.has('delivery', id)) continue;
    await service.checkConfiguration(repository, number, head, isFork);
    store.handled.add('delivery', id, now);
  }
  store.cursors.set(key, { value: String(now), etag: null });
}
