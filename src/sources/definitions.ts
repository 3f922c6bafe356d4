import type { KubernetesObject } from '../kubernetes/objects.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { DeclaringRevision } from './declaring-revision.ts';

/** Definitions are large: only files that mention the kind are parsed. */
export function* definitionsOf(revision: DeclaringRevision, kind: string): Iterable<KubernetesObject> {
  for (const file of revision.tree.paths()) {
    const content = isManifestPath(file) ? revision.tree.read(file) : undefined;
    if (!content?.includes('CustomResourceDefinition') || !content.includes(kind)) continue;
    for (const { object } of revision.manifests(file).objects) yield object;
  }
}
