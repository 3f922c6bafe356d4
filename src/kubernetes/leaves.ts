import { printFieldPath, type FieldPath } from './field-path.ts';
import { isRecord, type Json } from './objects.ts';

/** Keys that tell the items of a list apart, in the order in which they are tried. */
const KEYS = ['name', 'mountPath', 'containerPort', 'key', 'topologyKey', 'ip'];

export interface Leaf {
  readonly path: FieldPath;
  readonly value: Json;
}

/**
 * The single values below `value`, by their printed paths. Items of a list are named by a key where one tells them apart, so that an
 * item that is inserted moves no other; a list of plain values is one leaf, since its items have no names.
 */
export function leavesOf(value: unknown, path: FieldPath = []): ReadonlyMap<string, Leaf> {
  const found = new Map<string, Leaf>();
  collect(value, path, found);
  return found;
}

function collect(value: unknown, path: FieldPath, found: Map<string, Leaf>): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value) && value.some((item) => isRecord(item))) {
    const key = KEYS.find((one) => tellsApart(one, value));
    for (const [index, item] of value.entries())
      if (key === undefined) collect(item, [...path, index], found);
      else collectNamed(item as Readonly<Record<string, unknown>>, key, path, found);
  } else if (isRecord(value) && Object.keys(value).length > 0) {
    for (const [name, item] of Object.entries(value)) collect(item, [...path, name], found);
  } else found.set(printFieldPath(path), { path, value: value as Json });
}

/** The key is in the path already; it is a value of its own only where the item has no other. */
function collectNamed(
  item: Readonly<Record<string, unknown>>,
  key: string,
  path: FieldPath,
  found: Map<string, Leaf>,
): void {
  const { [key]: name, ...rest } = item;
  const here = [...path, { key, value: String(name) }];
  collect(Object.keys(rest).length === 0 ? item : rest, here, found);
}

function tellsApart(key: string, items: readonly unknown[]): boolean {
  const names = items.map((item) => (isRecord(item) ? item[key] : undefined));
  return names.every((name) => name !== undefined) && new Set(names.map(String)).size === names.length;
}
