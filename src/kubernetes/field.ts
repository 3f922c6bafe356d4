import { parseFieldPath, printFieldPath, readablePath, type ConcretePath } from './field-path.ts';
import { isRecord, type KubernetesObject, type Scalar } from './objects.ts';

/** A field of one rendered object. */
export interface Field {
  readonly path: ConcretePath;
  /** The same path with list items named, as changes and pull requests show it. */
  readonly text: string;
  /** Undefined where the field does not exist yet. */
  readonly value: unknown;
  /** How many segments of the path exist; all of them when the field does. */
  readonly depth: number;
}

/** Finds a field in an object, or as much of its path as exists; null where a list item that is named does not exist. */
export function fieldOf(object: KubernetesObject, field: string): Field | null {
  const path: (string | number)[] = [];
  let here: unknown = object;
  let depth = 0;
  for (const segment of parseFieldPath(field)) {
    let step: string | number;
    if (typeof segment === 'object') {
      if (!Array.isArray(here)) return null;
      step = here.findIndex(
        (item) => String((item as Record<string, unknown> | null)?.[segment.key]) === segment.value,
      );
      if (step < 0) return null;
    } else step = segment;
    if (typeof step === 'number' && !(Array.isArray(here) && step < here.length)) return null;
    const next: unknown =
      depth === path.length && typeof here === 'object' && here !== null
        ? (here as Record<string | number, unknown>)[step]
        : undefined;
    path.push(step);
    here = next;
    if (next !== undefined) depth += 1;
  }
  return { path, text: printFieldPath(readablePath(object, path)), value: here, depth };
}

/** True when a value can be replaced by a scalar: mappings and lists cannot. */
export function isScalarValue(value: unknown): value is Scalar {
  return value === null || (!Array.isArray(value) && !isRecord(value));
}
