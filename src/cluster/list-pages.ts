import { isRecord, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { retried } from './ask.ts';
import { ListItems } from './list-items.ts';
import { describeSize } from '../http/bounded-answer.ts';
import { checkObject } from './checked-object.ts';
import { keepEssentials } from './essentials.ts';
import type { ApiAnswer, KubernetesApi } from './kubernetes-api.ts';
import type { ReadingLimits } from './limits.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';

/** What all lists of one reading have used up together. */
export interface Spent {
  readonly limits: ReadingLimits;
  /** Milliseconds since the epoch. */
  readonly began: number;
  objects: number;
  bytes: number;
}

/**
 * `cut`: a limit was reached, and whatever else there is is unknown. `failed`: a page could not be read.
 */
export type ListEnd =
  | {
      readonly kind: 'all';
      /** From which a watch goes on; empty where the server does not say. */
      readonly version: string;
    }
  | { readonly kind: 'cut'; readonly why: string; readonly version: string }
  | { readonly kind: 'failed'; readonly answer: ApiAnswer };

export interface Pages {
  readonly objects: readonly KubernetesObject[];
  /** Objects that are there, but not of the shape of their kind, and a problem about each. */
  readonly setAside: readonly ObjectRef[];
  readonly problems: readonly ClusterProblem[];
  readonly end: ListEnd;
}

/** Takes the items of a list while its pages arrive. */
export interface ItemSink {
  add(item: unknown): void;
  /** The list starts again: what was added does not count. */
  restart(): void;
}

const PAGE = 500;
const RESTARTS = 3;
const NO_LIST = JSON.stringify({ message: 'the answer is not a list' });

/** All pages of a list, with its objects trimmed. */
export async function listPages(
  api: KubernetesApi,
  path: string,
  type: ItemType,
  spent: Spent,
): Promise<Pages> {
  let list = emptyList();
  const end = await readPages(api, path, spent, PAGE, {
    add: (item) => addItem(list, item, type, path),
    restart: () => (list = emptyList()),
  });
  return { ...list, end };
}

/**
 * Reads all pages of a list. A continue token expires after some minutes: the list then starts again. A page that is too long is
 * requested again in smaller ones.
 *
 * @param most items of a page
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function readPages(
  api: KubernetesApi,
  path: string,
  spent: Spent,
  most: number,
  sink: ItemSink,
): Promise<ListEnd> {
  const { limits } = spent;
  let read = beginning();
  let size = most;
  let restarts = 0;
  for (;;) {
    const { token } = read;
    const query = { limit: String(size), ...(token === '' ? {} : { continue: token }) };
    const { answer, page, items, bytes } = await readPage(api, path, query, limits.answerBytes, sink);
    const isSmaller = answer.isTooLong === true && size > 1;
    const isExpired = answer.status === 410 && token !== '' && restarts < RESTARTS;
    if (isSmaller) size = Math.ceil(size / 10);
    else if (isExpired) restarts += 1;
    if (isSmaller || isExpired) {
      read = beginning();
      sink.restart();
      continue;
    }
    if (page === null) {
      if (!answer.isTooLong) return { kind: 'failed', answer };
      return { kind: 'cut', why: JSON.parse(answer.text).message as string, version: read.version };
    }
    addPage(read, spent, items, bytes);
    const { next, version } = continuationOf(page);
    if (version !== '') read.version = version;
    if (next === '') return { kind: 'all', version: read.version };
    const why = read.tokens.has(next) ? 'the server repeats itself' : reached(read, spent);
    if (why !== null) return { kind: 'cut', why, version: read.version };
    read.tokens.add(next);
    read.token = next;
  }
}

/** One page, whose items are added while it arrives. Its own page is null where it was none. */
async function readPage(
  api: KubernetesApi,
  path: string,
  query: Readonly<Record<string, string>>,
  most: number,
  sink: ItemSink,
): Promise<{
  readonly answer: ApiAnswer;
  readonly page: Readonly<Record<string, unknown>> | null;
  readonly items: number;
  readonly bytes: number;
}> {
  let [items, bytes] = [0, 0];
  const list = new ListItems((item) => {
    items += 1;
    sink.add(item);
  });
  const answer = await retried(() =>
    api.getStreamed(path, query, most, (chunk) => {
      bytes += chunk.length;
      list.take(chunk);
    }),
  );
  const page = answer.status === 200 ? list.end() : null;
  const isNoList = answer.status === 200 && page === null;
  return { answer: isNoList ? { ...answer, text: NO_LIST } : answer, page, items, bytes };
}

/** What was read of one list so far. */
interface Read {
  readonly tokens: Set<string>;
  token: string;
  version: string;
  pages: number;
  bytes: number;
  objects: number;
}

function beginning(): Read {
  return { tokens: new Set(), token: '', version: '', pages: 0, bytes: 0, objects: 0 };
}

function addPage(read: Read, spent: Spent, objects: number, bytes: number): void {
  read.pages += 1;
  read.bytes += bytes;
  read.objects += objects;
  spent.objects += objects;
  spent.bytes += bytes;
}

function continuationOf({ metadata }: Readonly<Record<string, unknown>>): {
  readonly next: string;
  readonly version: string;
} {
  const { continue: next, resourceVersion } = isRecord(metadata) ? metadata : {};
  return {
    next: typeof next === 'string' ? next : '',
    version: typeof resourceVersion === 'string' ? resourceVersion : '',
  };
}

export interface ItemType {
  readonly apiVersion: string;
  readonly kind: string;
}

interface List {
  readonly objects: KubernetesObject[];
  readonly setAside: ObjectRef[];
  readonly problems: ClusterProblem[];
}

function emptyList(): List {
  return { objects: [], setAside: [], problems: [] };
}

function addItem(list: List, item: unknown, type: ItemType, where: string): void {
  const checked = checkObject(isRecord(item) ? { ...type, ...item } : item);
  if (checked.kind === 'object') list.objects.push(keepEssentials(checked.object));
  else if (checked.kind === 'malformed') {
    list.problems.push({ where: checked.name, message: `${checked.message} (${where})` });
    if (checked.ref) list.setAside.push(checked.ref);
  } else list.problems.push({ where, message: 'an item of the list is not an object; it is set aside' });
}

/** The limit that asking for one more page would break. */
function reached({ objects, pages, bytes }: Read, spent: Spent): string | null {
  const { limits } = spent;
  if (objects >= limits.objectsOfKind) return `${limits.objectsOfKind} objects`;
  if (bytes >= limits.bytesOfKind) return describeSize(limits.bytesOfKind);
  if (pages >= limits.pages) return `${limits.pages} pages`;
  if (spent.objects >= limits.objects) return `${limits.objects} objects of all kinds`;
  if (spent.bytes >= limits.bytes) return `${describeSize(limits.bytes)} for all kinds`;
  if (Date.now() - spent.began >= limits.milliseconds)
    return `${Math.round(limits.milliseconds / 60_000)} minutes for all kinds`;
  return null;
}
