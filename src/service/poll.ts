import type { IncomingComment } from '../chatops/respond.ts';
import { COMMENT_PAGES, MOST_LISTED, type ChangedThread, type Host } from '../github/host.ts';
import { tickedIn } from '../pull-requests/boxes.ts';
import type { Store } from '../store/store.ts';
import type { Service } from './service.ts';

/** By how much GitHub's clock may be behind ours, in milliseconds: what was read twice is handled once. */
const OVERLAP = 60_000;
/** So many pull requests are checked in one poll. */
const MOST_CHECKED = 50;
/** GitHub gives no page of a list beyond the hundredth; some lists end earlier. */
const LAST_PAGE = 90;

/**
 * What webhooks would have told, asked for instead: comments, reviews, descriptions and pull requests that changed since the last
 * time. Every scan re-reads Faultline's own pull requests anyway.
 *
 * @throws what kept one of them from being dealt with; the others are, and it is tried again the next time
 */
export async function poll(service: Service, repository: string, store: Store, now: number): Promise<void> {
  const host = service.hostOf(repository);
  if (!host) return;
  const polled = { host, store, now };
  const all = await Promise.allSettled([
    pollChanges(polled, {
      cursor: 'comments',
      since: (time, page) => host.commentsSince(time, page),
      handle: (comment) => service.hear(repository, { ...comment, kind: 'comment' }),
    }),
    pollChanges(polled, {
      cursor: 'review comments',
      since: (time, page) => host.reviewCommentsSince(time, page),
      handle: (comment) => service.hear(repository, { ...comment, kind: 'review-comment' }),
    }),
    pollChanges(polled, {
      cursor: 'threads',
      since: (time, page) => host.changedSince(time, page),
      handle: (thread, since) => pollThread(service, polled, thread, since),
    }),
    pollConfiguration(service, polled),
  ]);
  for (const result of all) if (result.status === 'rejected') throw result.reason;
}

interface Polled {
  readonly host: Host;
  readonly store: Store;
  readonly now: number;
}

interface Source<T> {
  readonly cursor: string;
  readonly since: (time: number, page: number) => Promise<readonly T[]>;
  readonly handle: (found: T, since: number) => Promise<void>;
}

/**
 * The question stays the same until there is something new, so that an unchanged response does not count against the rate limit. What
 * cannot be handled holds up nothing else.
 */
async function pollChanges<T extends { readonly updatedAt: number }>(
  { host, store, now }: Polled,
  source: Source<T>,
): Promise<void> {
  const key = `${source.cursor} ${host.repository.toLowerCase()}`;
  const known = await store.cursors.get(key);
  // Ignore what was written before the first poll.
  const [newest, page] = known === null ? [now + OVERLAP, 1] : placeOf(known);
  const found = await source.since(newest - OVERLAP, page);
  const failures: unknown[] = [];
  for (const one of found)
    await source.handle(one, newest - OVERLAP).catch((error: unknown) => failures.push(error));
  // Asked for again, until all of it can be handled.
  if (failures.length > 0) throw failures[0];
  const last = Math.max(newest, ...found.map(({ updatedAt }) => updatedAt));
  const isMore = found.length >= MOST_LISTED;
  // A page twice: where a text was edited, those behind it have moved up.
  const next = page + COMMENT_PAGES - 1;
  const value = isMore && next < LAST_PAGE ? `${newest} ${next}` : String(last);
  await store.cursors.set(key, value);
}

/** The time from which texts are asked for, and the page of that list to go on with. */
function placeOf(value: string): readonly [newest: number, page: number] {
  const [newest, page = '1'] = value.split(' ');
  return [Number(newest), Number(page)];
}

/** Hears the description of a thread and the texts of its reviews where they are new, and handles ticked boxes of a dashboard. */
async function pollThread(
  service: Service,
  { host, store, now }: Polled,
  thread: ChangedThread,
  since: number,
): Promise<void> {
  const { repository } = host;
  const { number, author, isBot, body, createdAt } = thread;
  const mark = `thread ${repository.toLowerCase()}#${number} ${thread.updatedAt}`;
  if (await store.handled.has('delivery', mark)) return;
  // GitHub tells times to the second.
  const from = Math.floor(since / 1000) * 1000;
  // Who answers a text asks whether it was edited.
  const hear = (text: Omit<IncomingComment, 'thread' | 'updatedAt'>): Promise<void> =>
    text.createdAt < from
      ? Promise.resolve()
      : service.hear(repository, { ...text, thread: number, updatedAt: text.createdAt });
  await hear({ kind: 'description', id: number, author, isBot, body, createdAt });
  for (const review of thread.isPullRequest ? await host.reviews(number) : [])
    await hear({ ...review, kind: 'review', createdAt: review.submittedAt });
  if (tickedIn(body, 'dashboard').length > 0) await service.boxes(repository, number, null);
  await store.handled.add('delivery', mark, now);
}

async function pollConfiguration(service: Service, { host, store, now }: Polled): Promise<void> {
  const { repository } = host;
  const key = `pull requests ${repository.toLowerCase()}`;
  const since = Number((await store.cursors.get(key)) ?? now);
  let left = MOST_CHECKED;
  for (const { number, head, isFork } of await host.openSince(since - OVERLAP)) {
    const id = `check ${repository.toLowerCase()}#${number} ${head}`;
    if (await store.handled.has('delivery', id)) continue;
    // The next time goes on with those that are left.
    if ((left -= 1) < 0) return;
    if (!isFork) await service.checkConfiguration({ repository, number, head, again: null });
    await service.guardLater(repository, number);
    await store.handled.add('delivery', id, now);
  }
  await store.cursors.set(key, String(now));
}
