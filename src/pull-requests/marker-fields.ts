import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClosedBecause, KnownSubject, MarkerDetails, WatchedField } from './marker-details.ts';
import type { ValueSet } from '../model/change.ts';

/** How one detail of a marker is written, and read back: undefined where the text is none. */
interface Codec<T> {
  readonly print: (value: T) => string;
  readonly read: (text: string) => T | undefined;
}

const REASONS: readonly ClosedBecause[] = ['already-so', 'other-value', 'removed'];

const commit = matching(/^[0-9a-f]{7,64}$/);
const hash = matching(/^[0-9a-f]{12}$/);
const words = listOf({ print: encoded, read: decoded });

/** In the order in which they are written. */
const CODECS: { readonly [Name in keyof MarkerDetails]-?: Codec<NonNullable<MarkerDetails[Name]>> } = {
  subjects: listOf({ print: printSubject, read: readSubject }),
  kinds: words,
  clusters: words,
  proven: commit,
  head: commit,
  edit: hash,
  text: hash,
  material: hash,
  written: inUnits(1000),
  since: inUnits(1000),
  detected: inUnits(1000),
  quiet: inUnits(60_000),
  objects: listOf({ print: printObject, read: readObject }),
  failing: listOf({ print: String, read: readIndex }),
  watch: listOf({ print: printWatched, read: readWatched }),
  set: listOf({ print: printSet, read: readSet }),
  foreseen: { print: () => '1', read: (text) => (text === '1' ? true : undefined) },
  reverts: inUnits(1),
  closed: { print: (reason) => reason, read: (text) => REASONS.find((reason) => reason === text) },
  audit: { print: ({ sequence, hash }) => `${sequence}:${hash}`, read: readAnchor },
};

/** ` kinds=… head=…`: each detail that there is, behind a space. */
export function printOptional(details: MarkerDetails): string {
  return Object.entries(CODECS)
    .map(([name, codec]) => {
      const value = details[name as keyof MarkerDetails];
      return value === undefined ? '' : ` ${name}=${(codec as Codec<unknown>).print(value)}`;
    })
    .join('');
}

/** Skips details of later versions; null where a known one cannot be read or occurs twice. */
export function readOptional(text: string): MarkerDetails | null {
  const found: Record<string, unknown> = {};
  for (const token of text.split(' ').filter((each) => each !== '')) {
    const name = token.slice(0, token.indexOf('='));
    if (!Object.hasOwn(CODECS, name)) continue;
    const value = CODECS[name as keyof MarkerDetails].read(token.slice(name.length + 1));
    if (value === undefined || name in found) return null;
    found[name] = value;
  }
  return found;
}

function matching(pattern: RegExp): Codec<string> {
  return { print: (value) => value, read: (text) => (pattern.test(text) ? text : undefined) };
}

function inUnits(unit: number): Codec<number> {
  return {
    print: (value) => String(Math.max(0, Math.floor(value / unit)) || 0),
    read: (text) => (/^\d{1,12}$/.test(text) ? Number(text) * unit : undefined),
  };
}

function listOf<T>({ print, read }: Codec<T>): Codec<readonly T[]> {
  return {
    print: (values) => (values.length === 0 ? '-' : values.map(print).join(',')),
    read: (text) => {
      const values = text === '-' ? [] : text.split(',').map(read);
      return values.includes(undefined) ? undefined : (values as T[]);
    },
  };
}

/** Nothing that ends a comment, a token or an item of a list; what is harmless stays readable. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/%(?:2F|3A|3D|5B|5D)/g, (code) => decodeURIComponent(code))
    .replace(/-(?=-|$)|^-/g, '%2D');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `apps%2Fv1;Deployment;shop;cart`; an object without a namespace has none between its semicolons. */
function printObject({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return [apiVersion, kind, namespace ?? '', name].map(encoded).join(';');
}

function readObject(text: string): ObjectRef | undefined {
  const parts = text.split(';').map(decoded);
  if (parts.length !== 4 || parts.includes(undefined)) return undefined;
  const [apiVersion, kind, namespace, name] = parts as [string, string, string, string];
  return { apiVersion, kind, namespace: namespace === '' ? null : namespace, name };
}

function readIndex(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** `0;spec.replicas;1f2e3d4c;5b6a7988` */
function printWatched({ object, field, before, after }: WatchedField): string {
  return [String(object), encoded(field), before, after].join(';');
}

function readWatched(text: string): WatchedField | undefined {
  const match = /^(\d{1,3});([^;]+);([0-9a-f]{8});([0-9a-f]{8})$/.exec(text);
  const field = match ? decoded(match[2]!) : undefined;
  return match && field !== undefined
    ? { object: Number(match[1]), field, before: match[3]!, after: match[4]! }
    : undefined;
}

function printSet({ field, value }: ValueSet): string {
  return [field, value].map(encoded).join(';');
}

function readSet(text: string): ValueSet | undefined {
  const parts = text.split(';').map(decoded);
  const [field, value] = parts;
  return parts.length === 2 && field !== undefined && value !== undefined ? { field, value } : undefined;
}

function printSubject({ subject, fingerprint }: KnownSubject): string {
  return `${subject}:${fingerprint}`;
}

function readSubject(text: string): KnownSubject | undefined {
  const match = /^([0-9a-f]{16}):([0-9a-f]{16})$/.exec(text);
  return match ? { subject: match[1]!, fingerprint: match[2]! } : undefined;
}

function readAnchor(text: string): MarkerDetails['audit'] | undefined {
  const match = /^(\d{1,15}):([0-9a-f]{8,64})$/.exec(text);
  return match ? { sequence: Number(match[1]), hash: match[2]! } : undefined;
}
