import { mayHoldCommands } from '../chatops/parse.ts';
import type { IncomingComment } from '../chatops/respond.ts';
import { COMMENT_PAGES, MOST_LISTED, type ChangedThread, type Host } from '../github/host.ts';
import { tickedIn } from '../pull-requests/boxes.ts';
import type { Store } from '../store/store.ts';
import type { Service } from './service.ts';

/** By how much GitHub's clock may be behind ours, in milliseconds: what was read twice is handled once. */
const OVERLAP = 60_000;
/** So many pull requests are looked into at a time. */
const MOST_CHECKED = 50;
/** GitHub gives no page of a list beyond the hundredth; some lists end earlier. */
const LAST_PAGE = 90;

/**
 * What webhooks would have told, asked for instead: comments, reviews, descriptions and pull requests that changed since the last
 * time. Every scan re-reads Faultline's own pull requests anyway.
 *
 * @throws what kept one of them from being dealt with; the others are, and it is tried again the next time
 */
export async function poll(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const all = await Promise.allSettled([
    pollTexts(service, host, store, now, {
      cursor: 'comments',
      since: (time, page) => host.commentsSince(time, page),
      texts: async (comment) => [{ ...comment, kind: 'comment' }],
    }),
    pollTexts(service, host, store, now, {
      cursor: 'review comments',
      since: (time, page) => host.reviewCommentsSince(time, page),
      texts: async (comment) => [{ ...comment, kind: 'review-comment' }],
    }),
    pollTexts(service, host, store, now, {
      cursor: 'threads',
      since: (time, page) => host.changedSince(time, page),
      texts: (thread, time) => textsOf(host, store, now, thread, time),
      also: async ({ number, body }) => {
        if (tickedIn(body, 'dashboard').length > 0) await service.boxes(host.repository, number, null);
      },
    }),
    pollConfiguration(service, host, store, now),
  ]);
  for (const result of all) if (result.status === 'rejected') throw result.reason;
}

interface Source<T> {
  readonly cursor: string;
  readonly since: (time: number, page: number) => Promise<readonly T[]>;
  /** What of it may hold commands. */
  readonly texts: (found: T, time: number) => Promise<readonly IncomingComment[]>;
  readonly also?: (found: T) => Promise<unknown>;
}

/**
 * The question stays the same until there is something new: an unchanged answer costs nothing at GitHub. A text that cannot be
 * answered holds up no other.
 */
async function pollTexts<T extends { readonly updatedAt: number }>(
  service: Service,
  host: Host,
  store: Store,
  now: number,
  source: Source<T>,
): Promise<void> {
  const { repository } = host;
  const key = `${source.cursor} ${repository.toLowerCase()}`;
  const known = await store.cursors.get(key);
  // Ignore what was written before the first poll.
  const [newest, page] = known === null ? [now + OVERLAP, 1] : placeOf(known.value);
  const found = await source.since(newest - OVERLAP, page);
  const failures: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => failures.push(error));
  };
  for (const one of found) {
    await attempt(async () => {
      for (const text of await source.texts(one, newest - OVERLAP))
        if (mayHoldCommands(text.body)) await attempt(() => service.comment(repository, text));
    });
    if (source.also) await attempt(() => source.also!(one));
  }
  // Asked for again, until it can be answered.
  if (failures.length > 0) throw failures[0];
  const last = Math.max(newest, ...found.map(({ updatedAt }) => updatedAt));
  const isMore = found.length >= MOST_LISTED;
  // A page twice: where a text was edited, those behind it have moved up.
  const next = page + COMMENT_PAGES - 1;
  const value = isMore && next < LAST_PAGE ? `${newest} ${next}` : String(last);
  await store.cursors.set(key, { value, etag: null });
}

/** The time from which texts are asked for, and the page of that list to go on with. */
function placeOf(value: string): readonly [newest: number, page: number] {
  const [newest, page = '1'] = value.split(' ');
  return [Number(newest), Number(page)];
}

/** The description of a thread that is new, and the texts of its reviews. What was edited since says so by its times. */
async function textsOf(
  host: Host,
  store: Store,
  now: number,
  thread: ChangedThread,
  since: number,
): Promise<readonly IncomingComment[]> {
  const { number, author, isBot, body, createdAt, updatedAt } = thread;
  const mark = `thread ${host.repository.toLowerCase()}#${number} ${updatedAt}`;
  if (await store.handled.has('delivery', mark)) return [];
  const texts: IncomingComment[] = [];
  // GitHub tells times to the second.
  const from = Math.floor(since / 1000) * 1000;
  if (createdAt >= from && !isBot && mayHoldCommands(body)) {
    const edits = (await host.edits(number))?.edits ?? [];
    const edited = edits[0]?.at ?? createdAt;
    texts.push({
      kind: 'description',
      thread: number,
      id: number,
      author,
      isBot,
      body,
      createdAt,
      updatedAt: edited,
    });
  }
  const reviews = thread.isPullRequest ? await host.reviews(number) : [];
  for (const review of reviews) {
    const { id, submittedAt } = review;
    if (submittedAt < from || review.isBot || !mayHoldCommands(review.body)) continue;
    const isEdited = await host.isReviewEdited(review);
    texts.push({
      kind: 'review',
      thread: number,
      id,
      author: review.author,
      isBot: review.isBot,
      body: review.body,
      createdAt: submittedAt,
      updatedAt: isEdited ? submittedAt + 1 : submittedAt,
    });
  }
  if (texts.length === 0) await store.handled.add('delivery', mark, now);
  return texts;
}

async function pollConfiguration(service: Service, host: Host, store: Store, now: number): Promise<void> {
  const { repository } = host;
  const key = `pull requests ${repository.toLowerCase()}`;
  const since = Number((await store.cursors.get(key))?.value ?? now);
  let left = MOST_CHECKED;
  for (const { number, head, isFork } of await host.openSince(since - OVERLAP)) {
    const id = `check ${repository.toLowerCase()}#${number} ${head}`;
    if (await store.handled.has('delivery', id)) continue;
    // The next time goes on with those that are left.
    if ((left -= 1) < 0) return;
    await service.checkConfiguration(repository, number, head, isFork);
    await store.handled.add('delivery', id, now);
  }
  await store.cursors.set(key, { value: String(now), etag: null });
}
