import { fieldOf } from '../../kubernetes/field.ts';
import { parseFieldPath, readablePath, type FieldPath } from '../../kubernetes/field-path.ts';
import type { KubernetesObject, Scalar } from '../../kubernetes/objects.ts';
import type { FieldRequest } from '../field-request.ts';

/** A field of an object that is not rendered here, as far as the cluster tells. */
export interface LiveField {
  readonly text: string;
  /** List items by name where they have one. */
  readonly path: FieldPath;
  /** As it lives in the cluster; undefined where that is not known. */
  readonly before: Scalar | undefined;
  readonly after: Scalar;
}

export function liveField(live: KubernetesObject | null, { field, before, after }: FieldRequest): LiveField {
  const found = live && fieldOf(live, field);
  const path = found ? readablePath(live, found.path) : parseFieldPath(field);
  const value = found?.value;
  const isKnown = value !== undefined && (typeof value !== 'object' || value === null);
  return {
    text: found?.text ?? field,
    path,
    before: isKnown ? (value as Scalar) : (before ?? undefined),
    after,
  };
}
