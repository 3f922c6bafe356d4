import type { Octokit } from '@octokit/rest';
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
}

/** As many as GitHub gives at once. */
export const PAGE = 100;

/** All items of a list, page after page. @param page counts from 1 */
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
