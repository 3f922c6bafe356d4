import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { isAside } from '../sources/same-root.ts';
import { Side } from './side.ts';

/** Both sides of a change, with the roots that may be applied. @param versions of the one cluster that charts are rendered for */
export async function sidesOf(
  base: Revision,
  head: Revision,
  versions: ClusterVersions | null,
): Promise<readonly [before: Side, after: Side]> {
  const [before, after] = await Promise.all([sideOf(base, versions), sideOf(head, versions)]);
  return [before, await withoutLeftOver(before, after)];
}

/** The roots that may be applied: those set aside in folders such as `testdata` are nobody's. */
async function sideOf(given: Revision, versions: ClusterVersions | null): Promise<Side> {
  const revision = versions ? given.inCluster(versions) : given;
  const roots = await revision.allRoots();
  return new Side(
    revision,
    roots.filter((root) => root.declared !== null || !isAside(root)),
  );
}

/**
 * The head without folders of manifests that come to be roots only since a kustomization no longer lists their files: the kustomization is
 * still what people apply, and nobody applies what it leaves over.
 */
async function withoutLeftOver(before: Side, after: Side): Promise<Side> {
  const was = new Set(before.roots.map(({ id }) => id));
  const is = new Set(after.roots.map(({ id }) => id));
  const isLeftOver = async (root: Root): Promise<boolean> => {
    if (root.kind !== 'plain' || root.declared !== null || was.has(root.id)) return false;
    for (const file of root.files) {
      const readers = await before.revision.readersOf(file);
      if (!readers.some(({ id, kind }) => kind !== 'plain' && was.has(id) && is.has(id))) return false;
    }
    return true;
  };
  const left = await Promise.all(after.roots.map(isLeftOver));
  if (!left.includes(true)) return after;
  return new Side(
    after.revision,
    after.roots.filter((_root, index) => !left[index]),
  );
}
