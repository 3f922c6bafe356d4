/** Reading fields of objects that others wrote: what is not of the type that its definition says stands in the way. */
import { posix } from 'node:path';
import { isRecord, type Json } from '../../kubernetes/objects.ts';
import { firstDocument } from '../../renderers/helm-values.ts';

/** What stands in the way of following an object, for people, in the order it was met. */
export type Obstacles = string[];

/** A text; null where there is none, or an empty one. */
export function textOf(value: unknown, at: string, obstacles: Obstacles): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  obstacles.push(`${at}, which is not text`);
  return null;
}

export function textsOf(value: unknown, at: string, obstacles: Obstacles): readonly string[] {
  return listOf(value, at, obstacles).flatMap(
    (item, index) => textOf(item, `${at}[${index}]`, obstacles) ?? [],
  );
}

export function recordsOf(
  value: unknown,
  at: string,
  obstacles: Obstacles,
): readonly Readonly<Record<string, unknown>>[] {
  return listOf(value, at, obstacles).map((item, index) => recordOf(item, `${at}[${index}]`, obstacles));
}

export function recordOf(
  value: unknown,
  at: string,
  obstacles: Obstacles,
): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  if (value !== undefined && value !== null) obstacles.push(`${at}, which is not a mapping`);
  return {};
}

/** Labels, annotations, variables. */
export function textsByName(
  value: unknown,
  at: string,
  obstacles: Obstacles,
): Readonly<Record<string, string>> {
  const texts: [string, string][] = [];
  for (const [name, text] of Object.entries(recordOf(value, at, obstacles))) {
    if (typeof text === 'string') texts.push([name, text]);
    else obstacles.push(`${at}.${name}, which is not text`);
  }
  return Object.fromEntries(texts);
}

/** Nobody writes more by hand, and much can be looked for for each item. */
const LONGEST_LIST = 1000;

function listOf(value: unknown, at: string, obstacles: Obstacles): readonly unknown[] {
  if (Array.isArray(value) && value.length > LONGEST_LIST) {
    obstacles.push(`${at}, a list of more than ${LONGEST_LIST}`);
    return [];
  }
  if (Array.isArray(value)) return value;
  if (value !== undefined && value !== null) obstacles.push(`${at}, which is not a list`);
  return [];
}

/** A folder or file that an object names, relative to the repository; null where it lies outside. `./a/`, `/a` and `a` are one. */
export function repositoryPath(written: string, from = '.'): string | null {
  const base = written.startsWith('/') ? '.' : from;
  const path = posix.normalize(posix.join(base, written.replace(/^\/+/, ''))).replace(/\/+$/, '') || '.';
  return path === '..' || path.startsWith('../') ? null : path;
}

/** A text in the notation of `--set`, for what Helm would take apart. */
export function literally(text: string): string {
  return text.replace(/[\\,[\]{}]/g, '\\$&');
}

/** A mapping that is written as YAML, as Helm, Argo CD and Flux read it; null where it is none. An empty text is an empty mapping. */
export function mappingIn(text: string): Readonly<Record<string, Json>> | null {
  const document = documentIn(text);
  if (document === null || (document.value ?? null) === null) return document && {};
  return isRecord(document.value) ? (document.value as Record<string, Json>) : null;
}

/** The one document of a text; null where it is not YAML. */
export function documentIn(text: string): { readonly value: unknown } | null {
  const read = firstDocument(text);
  return 'message' in read ? null : read;
}

/** True where there is nothing: no value, an empty text, list or mapping, false, or a mapping of nothing else. */
export function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === '' || value === false;
}
