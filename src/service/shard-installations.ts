import type { Installations, Listing } from '../github/installations.ts';

export type InstallationsOfShard = Pick<Installations, 'listEach' | 'hostFor'>;

/** How old a list may be to be used for another shard, in milliseconds. */
const FRESH = 5_000;

/** Lists where the App is installed once for all shards that ask at about the same time. */
export function sharedListing(
  installations: Pick<Installations, 'listEach'>,
  now: () => number,
): () => Promise<Listing> {
  let known: { readonly at: number; readonly listing: Promise<Listing> } | null = null;
  return () => {
    if (known !== null && now() - known.at < FRESH) return known.listing;
    const asked = { at: now(), listing: installations.listEach() };
    known = asked;
    asked.listing.catch(() => {
      if (known === asked) known = null;
    });
    return asked.listing;
  };
}

/** The repositories of one shard. @param isIn whether a repository, as `acme/infra`, is in it */
export function ofShard(
  list: () => Promise<Listing>,
  isIn: (repository: string) => boolean,
  hosts: Pick<Installations, 'hostFor'>,
): InstallationsOfShard {
  return {
    listEach: async () => {
      const { found, broken } = await list();
      return { found: found.filter(({ owner, repo }) => isIn(`${owner}/${repo}`)), broken };
    },
    hostFor: (found) => hosts.hostFor(found),
  };
}
