import { admitted, inNamespace } from '../cluster/planned-object.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import { groupOf, objectKey, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { mayHaveNamespace } from '../kubernetes/scope.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Root } from '../sources/roots.ts';

/** An object that is not what its kind is: no check may see it. */
export interface Malformed {
  readonly message: string;
  readonly field: string;
}

const CHECKED = new WeakMap<KubernetesObject, { readonly object: ClusterObject } | Malformed>();

/** The object as the API server would take it, or why it would not. */
export function checked(object: KubernetesObject): { readonly object: ClusterObject } | Malformed {
  const known = CHECKED.get(object);
  if (known) return known;
  const result = admitted(object);
  const found =
    'message' in result ? { message: result.message, field: printFieldPath(result.path) } : result;
  CHECKED.set(object, found);
  return found;
}

/** What a root deploys: without what is malformed, and each with the namespace that it goes to where its manifest names none. */
export function plannedObjects(rendered: readonly RenderedObject[], root: Root): readonly ClusterObject[] {
  return rendered.flatMap(({ object }) => {
    const one = checked(object);
    return 'message' in one ? [] : [planned(one.object, root)];
  });
}

export function planned(object: ClusterObject, root: Root): ClusterObject {
  const namespace = namespaceIn(object, root);
  return namespace === null || object.metadata.namespace !== undefined
    ? object
    : inNamespace(object, namespace);
}

/** The namespace that an object goes to; null where nothing says which, and for kinds without one. */
export function namespaceIn({ kind, metadata }: KubernetesObject, root: Root): string | null {
  if (metadata.namespace !== undefined || !mayHaveNamespace(kind)) return metadata.namespace ?? null;
  return destinationOf(root);
}

/** The namespace that a root is applied to where its manifests name none; null where nothing says which. */
function destinationOf(root: Root): string | null {
  const declared = root.declared?.plan.namespace ?? null;
  if (declared !== null) return declared;
  return root.kind === 'helm' && (root.declared !== null || root.isMapped === true)
    ? root.release.namespace
    : null;
}

/** Equal for the same object on both sides of a change. */
export function identityOf(object: KubernetesObject): string {
  return `${groupOf(object.apiVersion)} ${objectKey(refOf(object))}`;
}
