import type { ClusterSettings } from './settings.ts';

export type NamedCluster =
  { readonly kind: 'found'; readonly name: string } | { readonly kind: 'unknown'; readonly message: string };

/**
 * The cluster of the settings that an alert means: by its name, an alias, or the label that all of its series have. An alert without a
 * name can only mean the one cluster that there is.
 */
export function clusterNamed(called: string | null, clusters: readonly ClusterSettings[]): NamedCluster {
  const names = clusters.map(({ name }) => name).join(', ');
  if (called === null) {
    const [only, other] = clusters;
    if (only && !other) return { kind: 'found', name: only.name };
    return {
      kind: 'unknown',
      message: `it does not name its cluster; expected a label cluster, or ?cluster= with one of ${names}`,
    };
  }
  const found =
    clusters.find(({ name }) => name === called) ??
    clusters.find(
      ({ aliases = [], source }) =>
        aliases.includes(called) ||
        (source.kind === 'live' && Object.values(source.prometheus?.labels ?? {}).includes(called)),
    );
  if (found) return { kind: 'found', name: found.name };
  return {
    kind: 'unknown',
    message: `no cluster is called ${called} in the settings, which have ${names}; aliases of a cluster add names`,
  };
}
