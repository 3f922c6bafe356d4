import { checkObject } from '../cluster/checked-object.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import { groupOf, objectKey, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { mayHaveNamespace } from '../kubernetes/scope.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Root } from '../sources/roots.ts';

/** An object that is not what its kind is: no check may see it. */
export interface Malformed {
  readonly object: KubernetesObject;
  /** `spec.replicas is text, expected a whole number, 0 or more` */
  readonly message: string;
  readonly field: string;
}

const CHECKED = new WeakMap<KubernetesObject, { readonly object: KubernetesObject } | Malformed>();

/** The object as the API server would take it, null fields left out; or why it would not. */
export function checked(object: KubernetesObject): { readonly object: KubernetesObject } | Malformed {
  const known = CHECKED.get(object);
  if (known) return known;
  const result = checkObject(structuredClone(object));
  const found =
    result.kind === 'malformed'
      ? { object, message: result.message, field: printFieldPath(result.path) }
      : { object: result.kind === 'object' ? result.object : object };
  CHECKED.set(object, found);
  return found;
}

/** What a root deploys: without what is malformed, and each with the namespace that it goes to where its manifest names none. */
export function plannedObjects(rendered: readonly RenderedObject[], root: Root): readonly KubernetesObject[] {
  return rendered.flatMap(({ object }) => {
    const one = checked(object);
    return 'message' in one ? [] : [planned(one.object, root)];
  });
}

export function planned(object: KubernetesObject, root: Root): KubernetesObject {
  if (object.metadata.namespace !== undefined || !mayHaveNamespace(object.kind)) return object;
  const namespace = destinationOf(root);
  return namespace === null ? object : { ...object, metadata: { ...object.metadata, namespace } };
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
