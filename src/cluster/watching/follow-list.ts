import { messageOf } from '../../errors/error-message.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import { describeFailure, parseRecord } from '../ask.ts';
import { ClusterUnreachable, type ApiAnswer, type KubernetesApi } from '../kubernetes-api.ts';
import type { ReadingLimits } from '../limits.ts';
import { readPages } from '../list-pages.ts';
import type { HeldList } from './held-list.ts';
import type { Pace } from './pace.ts';
import { type Connected, Silence } from './silence.ts';
import { SHORT_WATCH, WatchProgress, type WatchEnd } from './watch-progress.ts';
import { readWatchEvent, type WatchEvent } from './watch-event.ts';
import { watchLines } from './watch-lines.ts';

/** How a list is known right now. */
export type ListStatus =
  | { readonly kind: 'listing' }
  | { readonly kind: 'watching' }
  /** It may be listed, and not watched. */
  | { readonly kind: 'polling'; readonly why: string }
  | { readonly kind: 'forbidden' }
  /** The server has no such resource, or no such namespace. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'failing'; readonly why: string };

export interface ListToFollow {
  /** `/apis/apps/v1/deployments` */
  readonly path: string;
  readonly held: HeldList;
  readonly limits: ReadingLimits;
  /** Objects of all other lists. */
  readonly others: () => number;
  /** Lets so many lists run at a time. */
  readonly slot: <T>(work: () => Promise<T>) => Promise<T>;
  readonly connected: Connected;
  readonly tell: (status: ListStatus) => void;
  /** Something came from the server, whatever it was. */
  readonly heard: () => void;
  readonly changed: (changes: readonly ObjectChange[]) => void;
}

/** Items of a page. */
const PAGE = 500;
/** Bytes of one line of a watch: the largest objects that etcd takes, with room for how JSON writes them. */
const LONGEST_LINE = 16 * 2 ** 20;

/** Statuses that asking again soon does not change: forbidden, missing, not allowed. */
const LASTING: ReadonlySet<number> = new Set([403, 404, 405]);

/** Lists and watches one path until the signal. Never rejects, but for a bug. */
export async function followList(
  api: KubernetesApi,
  list: ListToFollow,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const progress = new WatchProgress(pace, signal);
  while (!signal.aborted) {
    if (progress.version === null) {
      const listed = await list.slot(() => readList(api, list, signal));
      if (signal.aborted) return;
      if (listed.failure === null) progress.version = listed.version;
      else if (LASTING.has(listed.failure.status)) await progress.spread(pace.retrial);
      else await progress.rest(listed.failure.retryAfter);
      continue;
    }
    const began = pace.elapsed();
    const end = await watchList(api, list, progress, signal);
    if (signal.aborted) return;
    progress.ended(end, pace.elapsed() - began);
    if (end.failure === null) {
      // A watch that ends at once would be asked for again at once, forever.
      if (pace.elapsed() - began < SHORT_WATCH) await progress.rest();
    } else if (LASTING.has(end.failure.status)) {
      list.tell({ kind: 'polling', why: describeFailure(end.failure) });
      await progress.spread(pace.polling);
      progress.version = null;
    } else {
      if (end.failure.status !== 410) list.tell({ kind: 'failing', why: describeFailure(end.failure) });
      await progress.rest(end.failure.retryAfter);
    }
  }
}

async function readList(
  api: KubernetesApi,
  list: ListToFollow,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly failure: ApiAnswer | null }> {
  if (signal.aborted) return { version: '', failure: null };
  list.tell({ kind: 'listing' });
  const spent = { limits: list.limits, began: Date.now(), objects: list.others(), bytes: 0 };
  const relisting = list.held.relist();
  const end = await readPages(api, list.path, spent, PAGE, relisting);
  if (signal.aborted) return { version: '', failure: null };
  if (end.kind === 'failed') {
    const { answer } = end;
    if (answer.status > 0) list.heard();
    if (answer.status === 403 || answer.status === 404) list.changed(list.held.relist().end(true));
    list.tell(
      answer.status === 403
        ? { kind: 'forbidden' }
        : answer.status === 404
          ? { kind: 'missing' }
          : { kind: 'failing', why: describeFailure(answer) },
    );
    return { version: '', failure: answer };
  }
  list.heard();
  list.changed(relisting.end(end.kind === 'all'));
  list.tell({ kind: 'watching' });
  return { version: end.version, failure: null };
}

/** Watches from a version until the watch ends, breaks, or is silent for too long. */
async function watchList(
  api: KubernetesApi,
  list: ListToFollow,
  progress: WatchProgress,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { pace } = progress;
  const from = progress.version ?? '';
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  // Spread, so that not all watches of a cluster end at once.
  const seconds = Math.round(pace.watchSeconds * (1 + pace.random()));
  const query = { resourceVersion: from, allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) };
  const watched: Watched = { version: from, lines: 0, hasBookmarks: false, failure: null };
  const whole = seconds * 1000 + 30_000;
  const longest = (): number => (watched.hasBookmarks ? Math.min(pace.silence, whole) : whole);
  let heardAt = pace.elapsed();
  const silence = new Silence(() => {
    ended.abort();
    list.connected.foundDead();
  }, longest);
  const leave = list.connected.add(() => {
    if (pace.elapsed() - heardAt >= pace.silence / 2) ended.abort();
  });
  try {
    const answer = await api.watch(list.path, query, either);
    list.heard();
    if (answer.status !== 200) return await refused(answer, from);
    list.tell({ kind: 'watching' });
    silence.heard();
    for await (const lines of watchLines(answer.body, LONGEST_LINE)) {
      list.heard();
      const changes = lines.flatMap((text) => take(readWatchEvent(text), list.held, watched));
      silence.heard();
      heardAt = pace.elapsed();
      if (changes.length > 0) list.changed(changes);
      if (watched.failure !== null) break;
    }
    return { ...watched };
  } catch (error) {
    if (signal.aborted) return { ...watched };
    const message = ended.signal.aborted
      ? 'nothing came for too long'
      : error instanceof ClusterUnreachable
        ? error.message
        : `the connection broke: ${messageOf(error)}`;
    return { ...watched, failure: unanswered(message) };
  } finally {
    silence.end();
    leave();
    ended.abort();
  }
}

interface Watched {
  version: string | null;
  lines: number;
  /** The server has sent one over this connection, so it sends more. */
  hasBookmarks: boolean;
  failure: ApiAnswer | null;
}

function take(event: WatchEvent | null, held: HeldList, watched: Watched): readonly ObjectChange[] {
  if (event === null || watched.failure !== null) return [];
  watched.lines += 1;
  switch (event.kind) {
    case 'error':
      // 410: the server no longer has what came after this version.
      if (event.code === 410) watched.version = null;
      watched.failure = {
        status: event.code,
        text: JSON.stringify({ message: event.message }),
        retryAfter: 0,
      };
      return [];
    case 'unreadable':
      // What it said is in the list.
      watched.version = null;
      watched.failure = unanswered('the server sent what is not an event');
      return [];
    case 'bookmark':
      watched.hasBookmarks = true;
      // A server that was restored from a backup counts from before.
      if (isBehind(event.version, watched.version)) {
        watched.version = null;
        watched.failure = unanswered('the server went back to an earlier version');
      } else if (event.version !== '') watched.version = event.version;
      return [];
    case 'put':
    case 'removed':
      if (event.version !== '') watched.version = event.version;
      return event.kind === 'put' ? held.put(event.object) : held.remove(event.object);
  }
}

function isBehind(version: string, last: string | null): boolean {
  return (
    /^\d{1,15}$/.test(version) && last !== null && /^\d{1,15}$/.test(last) && Number(version) < Number(last)
  );
}

async function refused(
  { status, header, body }: Awaited<ReturnType<KubernetesApi['watch']>>,
  version: string,
): Promise<WatchEnd> {
  const retryAfter = Number(header('retry-after') ?? 0) || 0;
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length > 10_000) break;
  }
  const failure = { status, text, retryAfter };
  const isExpired = status === 410 || parseRecord(text)?.['code'] === 410;
  return { version: isExpired ? null : version, lines: 0, failure };
}

function unanswered(message: string): ApiAnswer {
  return { status: 0, text: JSON.stringify({ message }), retryAfter: 0 };
}
