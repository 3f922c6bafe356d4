import { matchesAny } from '../config/glob.ts';
import type { Config } from '../config/schema.ts';
import type { Revision } from './revision.ts';
import type { Root } from './roots.ts';

/** Which roots a namespace of the cluster is deployed from; null when nothing says so and all are looked at. */
export type RootsFor = (namespace: string | null) => readonly Root[] | null;

/** The mapping of `clusters.<name>.sources` in the configuration, for the folders that exist in this repository. */
export function mappedRoots(revision: Revision, config: Config, cluster: string): RootsFor {
  const sources = config.clusters[cluster]?.sources ?? [];
  const mapped = sources
    .map((source) => ({ source, root: revision.roots.at(source.path) }))
    .filter(({ root }) => root !== null);
  return (namespace) => {
    const roots = mapped
      .filter(
        ({ source }) =>
          source.namespaces === undefined || (namespace !== null && matchesAny(source.namespaces, namespace)),
      )
      .map(({ root }) => root!);
    return roots.length > 0 ? roots : null;
  };
}
