import { isRecord, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { ask, parseRecord } from './ask.ts';
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

export interface Pages {
  readonly objects: readonly KubernetesObject[];
  /** Objects that are there, but not of the shape of their kind, and a problem about each. */
  readonly setAside: readonly ObjectRef[];
  readonly problems: readonly ClusterProblem[];
  /**
   * `cut`: a limit was reached, and whatever else there is is unknown. `failed`: a page could not be read.
   */
  readonly end:
    | { readonly kind: 'all' }
    | { readonly kind: 'cut'; readonly why: string }
    | { readonly kind: 'failed'; readonly answer: ApiAnswer };
}

const PAGE = 500;
const RESTARTS = 3;

/**
 * All pages of a list. A continue token expires after some minutes: the list then starts again. A page that is too long is asked for
 * again in smaller ones.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function listPages(
  api: KubernetesApi,
  path: string,
  type: { readonly apiVersion: string; readonly kind: string },
  spent: Spent,
): Promise<Pages> {
  const { limits } = spent;
  let list = emptyList();
  let size = PAGE;
  let restarts = 0;
  for (;;) {
    const { token } = list;
    const query = { limit: String(size), ...(token === '' ? {} : { continue: token }) };
    const answer = await ask(api, path, { query, most: limits.answerBytes });
    if (answer.isTooLong && size > 1) {
      size = Math.ceil(size / 10);
      continue;
    }
    if (answer.status === 410 && token !== '' && restarts < RESTARTS) {
      restarts += 1;
      list = emptyList();
      continue;
    }
    const page = answer.status === 200 ? parseRecord(answer.text) : null;
    if (page === null || !Array.isArray(page['items']))
      return pagesOf(
        list,
        answer.isTooLong ? cut(JSON.parse(answer.text).message as string) : { kind: 'failed', answer },
      );
    const items = page['items'] as readonly unknown[];
    for (const item of items) addItem(list, item, type, path);
    list.bytes += Buffer.byteLength(answer.text);
    list.pages += 1;
    spent.objects += items.length;
    spent.bytes += Buffer.byteLength(answer.text);
    const { metadata } = page;
    const next = isRecord(metadata) && typeof metadata['continue'] === 'string' ? metadata['continue'] : '';
    if (next === '') return pagesOf(list, { kind: 'all' });
    const why = list.tokens.has(next) ? 'the server repeats itself' : reached(list, spent);
    if (why !== null) return pagesOf(list, cut(why));
    list.tokens.add(next);
    list.token = next;
  }
}

interface List {
  readonly objects: KubernetesObject[];
  readonly setAside: ObjectRef[];
  readonly problems: ClusterProblem[];
  readonly tokens: Set<string>;
  token: string;
  pages: number;
  bytes: number;
}

function emptyList(): List {
  return { objects: [], setAside: [], problems: [], tokens: new Set(), token: '', pages: 0, bytes: 0 };
}

function pagesOf({ objects, setAside, problems }: List, end: Pages['end']): Pages {
  return { objects, setAside, problems, end };
}

function cut(why: string): Pages['end'] {
  return { kind: 'cut', why };
}

function addItem(
  list: List,
  item: unknown,
  type: { readonly apiVersion: string; readonly kind: string },
  where: string,
): void {
  const checked = checkObject(isRecord(item) ? { ...type, ...item } : item);
  if (checked.kind === 'object') list.objects.push(keepEssentials(checked.object));
  else if (checked.kind === 'malformed') {
    list.problems.push({ where: checked.name, message: `${checked.message} (${where})` });
    if (checked.ref) list.setAside.push(checked.ref);
  } else list.problems.push({ where, message: 'an item of the list is no object; it is set aside' });
}

/** The limit that asking for one more page would break. */
function reached({ objects, setAside, pages, bytes }: List, spent: Spent): string | null {
  const { limits } = spent;
  if (objects.length + setAside.length >= limits.objectsOfKind) return `${limits.objectsOfKind} objects`;
  if (bytes >= limits.bytesOfKind) return describeSize(limits.bytesOfKind);
  if (pages >= limits.pages) return `${limits.pages} pages`;
  if (spent.objects >= limits.objects) return `${limits.objects} objects of all kinds`;
  if (spent.bytes >= limits.bytes) return `${describeSize(limits.bytes)} for all kinds`;
  if (Date.now() - spent.began >= limits.milliseconds)
    return `${Math.round(limits.milliseconds / 60_000)} minutes for all kinds`;
  return null;
}
