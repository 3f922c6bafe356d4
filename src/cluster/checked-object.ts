import {
  describeRef,
  groupOf,
  isKubernetesObject,
  isRecord,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { isBuiltIn } from './kind-key.ts';
import { shapeOf } from './shapes/kinds.ts';
import { metadata } from './shapes/metadata.ts';
import { type Mismatch } from './shapes/shape.ts';

/**
 * What a value from outside turned out to be. `malformed`: it says that it is an object, and is not what its kind is; then nobody
 * may see it. `other`: it does not say so.
 */
export type Checked =
  | { readonly kind: 'object'; readonly object: KubernetesObject }
  | {
      readonly kind: 'malformed';
      /** null where its metadata does not tell who it is. */
      readonly ref: ObjectRef | null;
      /** `Deployment shop/cart`, as far as it can be told. */
      readonly name: string;
      /** `spec.replicas is text, expected a whole number, 0 or more` */
      readonly message: string;
      /** To the part that is wrong, or the last part of it that exists. */
      readonly path: readonly (string | number)[];
    }
  | { readonly kind: 'other' };

/** An object nested deeper than this is no Kubernetes object; walking it could exhaust the stack. */
export const DEEPEST = 100;

/** The longest name that Kubernetes gives anything. */
const LONGEST_NAME = 253;

/**
 * Checks a value as it was parsed against the shape of the kind that it says it is. The value is the caller's own and is put in order
 * in place: fields that are null and may be absent are removed, and text becomes well-formed UTF-16, since half a
 * surrogate pair makes Node.js abort in `Buffer#indexOf`.
 */
export function checkObject(value: unknown): Checked {
  if (!isRecord(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string')
    return { kind: 'other' };
  if (value['metadata'] === undefined) return { kind: 'other' };
  const tooDeep = putInOrder(value, 0);
  if (tooDeep !== null) return malformed(value, tooDeep);
  const wrong = mismatchOf(value);
  if (wrong !== null) return malformed(value, wrong);
  return { kind: 'object', object: value as KubernetesObject };
}

function mismatchOf(value: Readonly<Record<string, unknown>>): Mismatch | null {
  const [apiVersion, kind] = [value['apiVersion'] as string, value['kind'] as string];
  const ofMetadata = metadata(value['metadata']);
  if (ofMetadata !== null) return below('metadata', ofMetadata);
  if (!isKubernetesObject(value)) return below('metadata', below('name', { ...MISSING }));
  const meta = value.metadata as Record<string, unknown>;
  if (meta['namespace'] === '') delete meta['namespace'];
  for (const [field, text] of [
    ['name', meta['name']],
    ['namespace', meta['namespace']],
  ] as const)
    if (typeof text === 'string' && !isName(text)) return below('metadata', below(field, { ...NO_NAME }));
  return shapeOf(groupOf(apiVersion), kind, isBuiltIn(apiVersion, kind))?.(value) ?? null;
}

const MISSING = { path: [], found: 'missing', expected: 'text' };
const NO_NAME = { path: [], found: 'no name', expected: `up to ${LONGEST_NAME} characters without / and %` };

function below(segment: string, { path, ...rest }: Mismatch): Mismatch {
  return { ...rest, path: [segment, ...path] };
}

/**
 * What can stand in a path of the API: more than most kinds allow, less than would lead elsewhere. Also without characters that
 * print as nothing or as others.
 * Source: `IsValidPathSegmentName` of k8s.io/apimachinery/pkg/api/validation/path.
 */
export function isName(text: string): boolean {
  return (
    text.length <= LONGEST_NAME &&
    text !== '.' &&
    text !== '..' &&
    !/[/%\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u.test(text)
  );
}

/** Makes every text well-formed. Where the value is nested too deep, what that is. */
function putInOrder(value: object, depth: number): Mismatch | null {
  if (depth > DEEPEST) return { path: [], found: 'nested too deep', expected: `at most ${DEEPEST} levels` };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'string') {
        if (!item.isWellFormed()) value[index] = item.toWellFormed();
      } else if (typeof item === 'object' && item !== null) {
        const wrong = putInOrder(item, depth + 1);
        if (wrong !== null) return wrong;
      }
    }
    return null;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    if (typeof field === 'string') {
      if (!field.isWellFormed()) fields[key] = field.toWellFormed();
    } else if (typeof field === 'object' && field !== null) {
      const wrong = putInOrder(field, depth + 1);
      if (wrong !== null) return wrong;
    }
    if (!key.isWellFormed()) rename(fields, key, key.toWellFormed());
  }
  return null;
}

function rename(fields: Record<string, unknown>, from: string, to: string): void {
  const value = fields[from];
  delete fields[from];
  Object.defineProperty(fields, to, { value, writable: true, enumerable: true, configurable: true });
}

function malformed(value: Readonly<Record<string, unknown>>, { path, found, expected }: Mismatch): Checked {
  const ref = refIn(value);
  const what = path.length === 0 ? 'the object' : printPath(path);
  return {
    kind: 'malformed',
    ref,
    name: nameIn(value, ref),
    message: `${what} is ${found}, expected ${expected}; the object is set aside`,
    path: found === 'missing' ? path.slice(0, -1) : path,
  };
}

function nameIn(value: Readonly<Record<string, unknown>>, ref: ObjectRef | null): string {
  const kind = short(String(value['kind']));
  const { name } = Object(value['metadata']) as { readonly name?: unknown };
  if (ref !== null) return describeRef({ ...ref, kind, name: short(ref.name) });
  return typeof name === 'string' ? `${kind} ${short(name)}` : `${kind} without a name`;
}

/** Who it is, as far as that part of it is as it should be. */
function refIn(value: Readonly<Record<string, unknown>>): ObjectRef | null {
  const { apiVersion, kind } = value as { readonly apiVersion: string; readonly kind: string };
  const { name, generateName, namespace } = Object(value['metadata']) as Readonly<Record<string, unknown>>;
  const called = name ?? generateName;
  if (typeof called !== 'string' || (namespace && typeof namespace !== 'string')) return null;
  return {
    apiVersion,
    kind,
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : null,
    name: called,
  };
}

/** `spec.containers[0].image`, `metadata.labels["a b"]`. */
function printPath(path: readonly (string | number)[]): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(segment)) return `[${JSON.stringify(short(segment))}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`.toWellFormed();
}
