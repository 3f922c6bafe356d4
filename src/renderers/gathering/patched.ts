import { isRecord, type Json, type KubernetesObject } from '../../kubernetes/objects.ts';

/**
 * An object with a strategic merge patch. How lists are merged, the schema of a kind says; what null, an empty mapping and `$patch` do
 * depends on what is there: those are left to Kustomize.
 */
export function merged(
  object: KubernetesObject,
  patch: Readonly<Record<string, Json>>,
): KubernetesObject | 'unclear' {
  const result = mergedValue(object as unknown as Json, patch);
  return result === undefined ? 'unclear' : (result as unknown as KubernetesObject);
}

/** Undefined where only Kustomize can tell. */
function mergedValue(value: Json | undefined, patch: Json): Json | undefined {
  if (patch === null || Array.isArray(patch)) return undefined;
  if (!isRecord(patch)) return isRecord(value) || Array.isArray(value) ? undefined : patch;
  if (value !== undefined && !isRecord(value)) return undefined;
  const entries = Object.entries(patch as Readonly<Record<string, Json>>);
  const result: Record<string, Json> = { ...(value as Readonly<Record<string, Json>> | undefined) };
  if (entries.length === 0) return undefined;
  for (const [key, child] of entries) {
    const after = key.startsWith('$') ? undefined : mergedValue(result[key], child);
    if (after === undefined) return undefined;
    result[key] = after;
  }
  return result;
}

/**
 * An object with a JSON patch (RFC 6902). Null where the build may fail: an operation on a path that is not there. Operations inside
 * lists, and others than adding, replacing and removing, are left to Kustomize.
 */
export function operated(object: KubernetesObject, operations: readonly Json[]): KubernetesObject | null {
  let result: Json | null = object as unknown as Json;
  for (const operation of operations) {
    if (!isRecord(operation)) return null;
    const { op, path, value } = operation as Readonly<Record<string, Json | undefined>>;
    const isKnown = op === 'remove' || ((op === 'add' || op === 'replace') && value !== undefined);
    if (!isKnown || typeof path !== 'string' || !path.startsWith('/')) return null;
    const steps = path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (steps[0] === 'metadata' || steps[0] === 'kind' || steps[0] === 'apiVersion') return null;
    result = changedAt(result, steps, op, value);
    if (result === null) return null;
  }
  return result as unknown as KubernetesObject;
}

function changedAt(
  value: Json | undefined,
  [step, ...rest]: readonly string[],
  op: 'add' | 'replace' | 'remove',
  after: Json | undefined,
): Json | null {
  if (!isRecord(value) || step === undefined) return null;
  const here = value as Readonly<Record<string, Json>>;
  const isThere = Object.hasOwn(here, step);
  if (rest.length > 0) {
    const child = isThere ? changedAt(here[step], rest, op, after) : null;
    return child === null ? null : { ...here, [step]: child };
  }
  if (!isThere && op !== 'add') return null;
  const { [step]: _, ...others } = here;
  return op === 'remove' ? others : { ...here, [step]: after! };
}
