import { posix } from 'node:path';
import type { Edit } from '../edits/edit.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot } from '../sources/roots.ts';
import { withoutPath } from './take-out.ts';

/** The edits that take a patch's file out of the kustomizations that name it. */
export function patchReferences(revision: Revision, root: KustomizeRoot, file: string): readonly Edit[] {
  return root.closure.folders.flatMap((folder) => {
    const kustomization = kustomizationIn(revision.tree, folder);
    if (kustomization === undefined) return [];
    return pathsNaming(revision.kustomization(kustomization), folder, file).flatMap((path) =>
      withoutPath(revision, kustomization, path),
    );
  });
}

function pathsNaming(
  kustomization: Readonly<Record<string, unknown>>,
  folder: string,
  file: string,
): readonly ConcretePath[] {
  const isFile = (reference: unknown): boolean =>
    typeof reference === 'string' && posix.join(folder, reference) === file;
  return ['patches', 'patchesJson6902', 'patchesStrategicMerge'].flatMap((list) =>
    (Array.isArray(kustomization[list]) ? (kustomization[list] as readonly unknown[]) : []).flatMap(
      (one, index): readonly ConcretePath[] =>
        isFile(isRecord(one) ? one['path'] : one) ? [[list, index]] : [],
    ),
  );
}
