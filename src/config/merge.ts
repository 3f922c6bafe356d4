import { writePath, type Written } from './checked-yaml.ts';
import { configSchema, type FileSettings, type Place } from './schema.ts';

/** A valid file. */
export interface Layer {
  readonly file: string;
  readonly written: Written;
}

export interface Merged {
  readonly settings: FileSettings;
  /** Where each value is written, by its path in the merged settings. */
  readonly places: ReadonlyMap<string, Place>;
}

/** Mappings whose keys belong together: a mode without the confidence that was written beside it says something else. */
const UNITS = [/^policy\.default$/, /^clusters\.[^.]+$/];

/**
 * What valid files say together, the nearest first. Mappings are merged key by key. A scalar, `policy.default` and a cluster are taken whole from
 * the nearest file that has them. Lists add up, the nearest file's items first: of `policy.rules` the first that matches applies.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const merged: Record<string, unknown> = {};
  const places = new Map<string, Place>();
  for (const { file, written } of layers) {
    const note = (at: string, path: readonly PropertyKey[]): void =>
      void places.set(at, { file, ...written.placeOf(path), path: writePath(path) });
    const { extends: _extends, ...own } = written.value as Record<string, unknown>;
    mergeMapping(merged, own, [], note);
  }
  return { settings: configSchema.parse(merged), places };
}

type Note = (at: string, path: readonly PropertyKey[]) => void;

function mergeMapping(
  into: Record<string, unknown>,
  from: Record<string, unknown>,
  path: readonly string[],
  note: Note,
): void {
  for (const [key, value] of Object.entries(from)) {
    const here = [...path, key];
    const name = writePath(here);
    if (Array.isArray(value)) addItems(listIn(into, key), value, here, note);
    else if (isMapping(value) && !UNITS.some((unit) => unit.test(name)))
      mergeMapping(mappingIn(into, key), value, here, note);
    else if (!Object.hasOwn(into, key)) {
      define(into, key, value);
      note(name, here);
    }
  }
}

/** A scalar that is in the list already adds nothing. */
function addItems(
  into: unknown[],
  items: readonly unknown[],
  path: readonly PropertyKey[],
  note: Note,
): void {
  for (const [index, item] of items.entries()) {
    if (typeof item !== 'object' && into.includes(item)) continue;
    note(writePath([...path, into.length]), [...path, index]);
    into.push(item);
  }
}

function listIn(into: Record<string, unknown>, key: string): unknown[] {
  if (!Object.hasOwn(into, key)) define(into, key, []);
  return into[key] as unknown[];
}

function mappingIn(into: Record<string, unknown>, key: string): Record<string, unknown> {
  if (!Object.hasOwn(into, key)) define(into, key, {});
  return into[key] as Record<string, unknown>;
}

/** A cluster may be called `__proto__`. */
function define(into: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
