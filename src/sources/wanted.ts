import { groupOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';

/** What is looked for: a live object's identity, or what a person typed. */
export interface Wanted {
  readonly kind: string;
  /** Undefined: any name. */
  readonly name?: string | undefined;
  /** Undefined: in any namespace. */
  readonly namespace?: string | null | undefined;
  /** Undefined: any group. */
  readonly apiVersion?: string | undefined;
  /** The Helm release that the live object belongs to, as its annotations say. */
  readonly release?: string | undefined;
}

/** Without a namespace in the manifest, the destination decides: such an object matches any. */
export function matchesWanted(object: KubernetesObject, wanted: Wanted): boolean {
  if (object.kind !== wanted.kind) return false;
  if (wanted.apiVersion !== undefined && groupOf(object.apiVersion) !== groupOf(wanted.apiVersion))
    return false;
  const namespace = object.metadata.namespace;
  if (namespace !== undefined && wanted.namespace !== undefined && namespace !== wanted.namespace)
    return false;
  return wanted.name === undefined || sameName(refOf(object).name, wanted.name);
}

/** Equal, or equal but for a generated hash that one of the two lacks. */
function sameName(rendered: string, wanted: string): boolean {
  return (
    rendered === wanted ||
    (withoutHash(rendered) !== rendered && withoutHash(rendered) === withoutHash(wanted))
  );
}
