import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { checkObject } from './checked-object.ts';

/** A manifest as the API server would take it, null fields left out; or why it would not. */
export type Admitted =
  | { readonly object: ClusterObject }
  | {
      /** `spec.replicas is text, expected a whole number, 0 or more` */
      readonly message: string;
      readonly path: readonly (string | number)[];
    };

/** The manifest itself stays as it is. */
export function admitted(manifest: KubernetesObject): Admitted {
  const result = checkObject(structuredClone(manifest));
  if (result.kind === 'malformed') return { message: result.message, path: result.path };
  return { object: maskedObject(result.kind === 'object' ? result.object : manifest) };
}

/** In the namespace that it goes to. */
export function inNamespace(object: ClusterObject, namespace: string): ClusterObject {
  return maskedObject({ ...object, metadata: { ...object.metadata, namespace } });
}
