import { createHash } from 'node:crypto';

/** Clusters that share repositories, and these repositories: one replica serves all of it at a time. */
export interface Shard {
  /** The same for the same clusters and repositories, on every replica. */
  readonly name: string;
  readonly clusters: readonly string[];
  /** In lower case; null for all but those of the other shards. */
  readonly repositories: readonly string[] | null;
  /** What no other replica may hold at the same time, under whatever settings. */
  readonly locks: readonly string[];
}

export interface Deployed {
  readonly name: string;
  /** Those that are deployed to the cluster; null for all. */
  readonly repositories: readonly string[] | null;
}

/** A cluster for all repositories brings all others that have some into its shard. Repositories that no cluster names are in one of their own. */
export function shardsOf(clusters: readonly Deployed[]): readonly Shard[] {
  const groups: { clusters: string[]; repositories: Set<string> }[] = [];
  const isForAll = clusters.some(({ repositories }) => repositories === null);
  for (const { name, repositories } of clusters) {
    const own = new Set((repositories ?? []).map((one) => one.toLowerCase()));
    // Where one cluster is for all repositories, those with some share them with it.
    const joined = groups.filter((group) => isForAll || [...own].some((one) => group.repositories.has(one)));
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push({
      clusters: [...joined.flatMap((group) => group.clusters), name],
      repositories: new Set([...joined.flatMap((group) => [...group.repositories]), ...own]),
    });
  }
  if (isForAll) return groups.map(({ clusters: names }) => shard(names, null));
  return [...groups.map((group) => shard(group.clusters, [...group.repositories])), shard([], null)];
}

function shard(clusters: readonly string[], repositories: readonly string[] | null): Shard {
  const locks = [
    ...clusters.map((one) => `cluster ${one}`),
    ...(repositories?.map((one) => `repository ${one}`) ?? ['repositories']),
  ].toSorted();
  const digits = createHash('sha256').update(JSON.stringify(locks)).digest('hex').slice(0, 8);
  const shown = (clusters.toSorted()[0] ?? 'rest').replaceAll(/[^\w.-]/g, '-').slice(0, 40);
  return { name: `${shown}-${digits}`, clusters, repositories, locks };
}

/** The shard that a repository is in. @param name in any case */
export function shardOfRepository(shards: readonly Shard[], name: string): Shard {
  const key = name.toLowerCase();
  const named = shards.find(({ repositories }) => repositories?.includes(key));
  return named ?? shards.find(({ repositories }) => repositories === null)!;
}
