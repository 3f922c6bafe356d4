import type { ClusterObject } from '../model/cluster-state.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Root } from '../sources/roots.ts';
import type { Side } from './side.ts';

/** Kinds that others name. */
const NAMED = new Set([
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'PriorityClass',
  'StorageClass',
  'RuntimeClass',
  'IngressClass',
  'Deployment',
  'StatefulSet',
  'ReplicaSet',
]);
/** A name that more files hold than this is a common word. */
const MOST_FILES = 200;

/** Roots that a change does not touch, whose files speak of what it takes away. */
export async function leftReaders(
  after: Side,
  dropped: readonly ClusterObject[],
  concerned: ReadonlySet<string>,
): Promise<readonly Root[]> {
  const names = new Set(
    dropped.filter(({ kind }) => NAMED.has(kind)).map(({ metadata }) => withoutHash(metadata.name)),
  );
  if (names.size === 0) return [];
  const { revision, roots } = after;
  const own = new Map(roots.map((root) => [root.id, root]));
  const found = new Map<string, Root>();
  for (const name of names) {
    const files = revision.tree
      .paths()
      .filter((file) => isManifestPath(file) && revision.tree.read(file)?.includes(name));
    if (files.length > MOST_FILES) continue;
    for (const file of files)
      for (const { id } of await revision.readersOf(file)) {
        const root = own.get(id);
        if (root && !concerned.has(id)) found.set(id, root);
      }
  }
  return [...found.values()];
}
