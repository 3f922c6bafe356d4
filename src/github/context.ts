import type { Octokit } from '@octokit/rest';
import { isRefused } from './errors.ts';
import type { Calls } from './limits.ts';

/** What of a client the host uses: that of `tokens.ts`, or Probot's with its own retries switched off. */
export type Client = Pick<Octokit, 'rest' | 'graphql' | 'auth' | 'request'>;

/** What every part of the host works with. */
export interface Context {
  readonly rest: Octokit['rest'];
  readonly calls: Calls;
  /** The repository, as the first parameters of nearly every call. */
  readonly at: { readonly owner: string; readonly repo: string };
  readonly login: string;
  readonly defaultBranch: string;
  readonly memory: Memory;
}

/** What a host remembers between two starts of the process. It is a help: without it, the same is found with a few more calls. */
export interface Memory {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
}

export const NO_MEMORY: Memory = { get: async () => null, set: async () => {} };

/** As many as GitHub gives at once. */
export const PAGE = 100;

/** Part of a list. `isWhole`: false where it goes on, so that what is not in it may still be there. */
export interface Pages<T> {
  readonly items: readonly T[];
  readonly isWhole: boolean;
}

/** GitHub's words for a page beyond those that it gives (docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api). */
const TOO_FAR =
  /pagination (?:with the page parameter )?is (?:not supported|limited)|only the first \d+ (?:\w+ )?results/i;

/**
 * The first pages of a list, `most` at most. A list that GitHub does not give to its end is not whole: nobody may conclude from it
 * that something is not there.
 *
 * @param page counts from 1
 */
export async function firstPages<T>(
  page: (page: number) => Promise<readonly T[]>,
  most: number,
): Promise<Pages<T>> {
  const items: T[] = [];
  for (let number = 1; number <= most; number += 1) {
    const found = await page(number).catch((error: unknown) => {
      if (number > 1 && isRefused(error, 422, TOO_FAR)) return null;
      throw error;
    });
    if (found === null) return { items, isWhole: false };
    items.push(...found);
    if (found.length < PAGE) return { items, isWhole: true };
  }
  return { items, isWhole: false };
}

/** All items of a list, page after page; throws where GitHub does not give them all. @param page counts from 1 */
export async function allPages<T>(page: (page: number) => Promise<readonly T[]>): Promise<readonly T[]> {
  const items: T[] = [];
  for (let number = 1; ; number += 1) {
    const found = await page(number);
    items.push(...found);
    if (found.length < PAGE) return items;
  }
}

/** Logins are the same in any case. */
export function isSameLogin(one: string | null | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/**
 * What of a repository changed since a time, oldest change first: as many pages as one poll reads, from a page on.
 *
 * @param list asks for one page of a list that GitHub sorts so
 */
export async function changedSince<T>(
  time: number,
  fromPage: number,
  most: number,
  list: (query: ChangedQuery) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const since = new Date(time).toISOString();
  const { items } = await firstPages(
    (page) => list({ sort: 'updated', direction: 'asc', since, per_page: PAGE, page: fromPage - 1 + page }),
    most,
  );
  return items;
}

export interface ChangedQuery {
  readonly sort: 'updated';
  readonly direction: 'asc';
  /** RFC 3339. */
  readonly since: string;
  readonly per_page: number;
  readonly page: number;
}
