import { matchesAny } from '../config/glob.ts';
import type { Config } from '../config/schema.ts';
import type { Remote } from '../git/repository.ts';
import type { Revision } from './revision.ts';
import type { Root } from './roots.ts';

/** Which roots a namespace of the cluster is deployed from; null when nothing says so and all are looked at. */
export type RootsFor = (namespace: string | null) => Promise<readonly Root[] | null>;

/**
 * The mapping of `clusters.<name>.sources` in the configuration, for the folders of this repository. Where it says nothing
 * of a namespace, the roots that it gives to other clusters alone are left out.
 */
export function mappedRoots(
  revision: Revision,
  config: Config,
  cluster: string,
  remote: Remote | null,
): RootsFor {
  const own = mappedTo(revision, config, cluster, remote);
  const ownPaths = new Set(own.map(({ root }) => root.path));
  const foreign = new Set(
    Object.keys(config.clusters)
      .filter((name) => name !== cluster)
      .flatMap((name) => mappedTo(revision, config, name, remote).map(({ root }) => root.path))
      .filter((path) => !ownPaths.has(path)),
  );
  return async (namespace) => {
    const roots = own.filter(
      ({ namespaces }) => namespaces === null || (namespace !== null && matchesAny(namespaces, namespace)),
    );
    if (roots.length > 0) return roots.map(({ root }) => root);
    return foreign.size === 0 ? null : (await revision.allRoots()).filter(({ path }) => !foreign.has(path));
  };
}

interface Mapped {
  readonly root: Root;
  /** Globs; null for all namespaces. */
  readonly namespaces: readonly string[] | null;
}

function mappedTo(
  revision: Revision,
  config: Config,
  cluster: string,
  remote: Remote | null,
): readonly Mapped[] {
  return (config.clusters[cluster]?.sources ?? [])
    .filter(
      ({ repository }) =>
        repository === undefined || remote === null || repository.toLowerCase() === remote.slug.toLowerCase(),
    )
    .flatMap(({ path, namespaces }) => {
      const root = revision.roots.at(path);
      return root ? [{ root, namespaces: namespaces ?? null }] : [];
    });
}
