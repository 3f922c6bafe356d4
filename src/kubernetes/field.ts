import {
  parseFieldPath,
  printFieldPath,
  readablePath,
  type ConcretePath,
  type FieldPath,
} from './field-path.ts';
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

/**
 * Finds a field in an object, or as much of its path as exists; null where a list item that is named does not exist. The first item of
 * a list that is missing or empty is a field that does not exist yet, where the item is all that the path names.
 */
export function fieldOf(object: KubernetesObject, field: string): Field | null {
  const path: (string | number)[] = [];
  let here: unknown = object;
  let depth = 0;
  const segments = parseFieldPath(field);
  for (const [index, segment] of segments.entries()) {
    if (isNewItem(segments, index) && isEmptyList(here)) {
      path.push(...segments.slice(index).map((each) => (typeof each === 'object' ? 0 : each)));
      return { path, text: printFieldPath(segments), value: undefined, depth };
    }
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

/** Lists whose items are no more than a reference by name. */
const LISTS_OF_NAMES = new Set(['imagePullSecrets']);

/** From this step on the path is an item of its own: `[0]` of a list of scalars, `[name=x].name` or `[0].name` of a list of names. */
export function isNewItem(path: FieldPath, index: number): boolean {
  const [item, key] = path.slice(index);
  const rest = path.length - index;
  if (item === 0 && rest === 1) return true;
  const list = path[index - 1];
  const isName = item === 0 ? key === 'name' : typeof item === 'object' && item.key === key;
  return isName && rest === 2 && typeof list === 'string' && LISTS_OF_NAMES.has(list);
}

/** From this step on the path is the name of a variable that a container does not have: `env[name=PORT].name`. */
export function isNewVariable(path: FieldPath, index: number): boolean {
  const [item, key] = path.slice(index);
  return (
    path[index - 1] === 'env' && path.length - index === 2 && typeof item === 'object' && key === item.key
  );
}

/**
 * A field that would come with an item at the end of a list: the next scalar of a list of scalars, or a variable of a container.
 * Null for any other, and where the list is not there.
 */
export function appendedField(object: KubernetesObject, field: string): Field | null {
  const segments = parseFieldPath(field);
  const at = segments.findLastIndex((segment) => typeof segment !== 'string');
  const [segment, ...rest] = segments.slice(at);
  const list = at < 1 ? null : fieldOf(object, printFieldPath(segments.slice(0, at)));
  if (!list || !Array.isArray(list.value) || segment === undefined) return null;
  const isNext = typeof segment === 'number' && segment >= list.value.length && rest.length === 0;
  const isVariable = typeof segment === 'object' && segments[at - 1] === 'env' && rest.length === 1;
  if (!isNext && !isVariable) return null;
  const path = [...list.path, isNext ? segment : list.value.length, ...(rest as readonly string[])];
  const text = printFieldPath([...parseFieldPath(list.text), segment, ...rest]);
  return { path, text, value: undefined, depth: list.depth };
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** True when a value can be replaced by a scalar: mappings and lists cannot. */
export function isScalarValue(value: unknown): value is Scalar {
  return value === null || (!Array.isArray(value) && !isRecord(value));
}
