import type { FieldName } from '../kubernetes/field-path.ts';
import { parseImage } from '../kubernetes/images.ts';
import type { DerivedChange, Change } from '../model/change.ts';
import type { Json } from '../kubernetes/objects.ts';

/** Changes of one root, those that follow from the others apart. */
export interface Parted {
  readonly changes: readonly Change<Json>[];
  readonly derived: readonly DerivedChange[];
}

/**
 * Parts what an edit does from what follows from it: references to a generated name, checksums of content, and labels that repeat
 * the tag of an image. A label in a selector is none of them: it decides which pods belong to an object, and most selectors are
 * immutable.
 *
 * @param renamed generated objects: the name before, and the name after
 */
export function parted(all: readonly Change<Json>[], renamed: ReadonlyMap<string, string>): Parted {
  const changes: Change<Json>[] = [];
  const derived: DerivedChange[] = [];
  const tags = tagsOf(all);
  for (const change of all) {
    const because = consequence(change, renamed, tags);
    if (because) derived.push({ ...change, because });
    else changes.push(change);
  }
  return { changes, derived };
}

/** The tags of images that change; null for one that changes in its digest or name alone. */
type Tags = readonly (readonly [was: string, now: string] | null)[];

function tagsOf(changes: readonly Change<Json>[]): Tags {
  return changes.flatMap(({ field, before, after }): Tags => {
    if (typeof before !== 'string' || typeof after !== 'string' || !/image/i.test(lastOf(field))) return [];
    const [was, now] = [parseImage(before), parseImage(after)];
    if (!was || !now) return [];
    return [was.tag === null || now.tag === null || was.tag === now.tag ? null : [was.tag, now.tag]];
  });
}

function consequence(
  { field, before, after }: Change<Json>,
  renamed: ReadonlyMap<string, string>,
  tags: Tags,
): DerivedChange['because'] | null {
  if (typeof before !== 'string' || typeof after !== 'string') return null;
  if (renamed.get(before) === after) return 'generator hash';
  const list = /(?:^|\.)metadata\.(labels|annotations)(?=[.[])/.exec(field.text)?.[1];
  if (list === undefined) return null;
  const key = lastOf(field);
  const isAnnotation = list === 'annotations';
  if (isChecksum(key, before, after)) return isAnnotation ? 'checksum annotation' : 'checksum label';
  const follows =
    tags.length > 0 &&
    (VERSION_LABELS.has(key) || tags.some((tag) => tag !== null && repeats(tag, before, after)));
  return follows ? (isAnnotation ? 'version annotation' : 'version label') : null;
}

/** https://helm.sh/docs/chart_best_practices/labels/ */
const VERSION_LABELS = new Set(['app.kubernetes.io/version', 'helm.sh/chart']);

function isChecksum(key: string, before: string, after: string): boolean {
  if (key.startsWith('checksum/')) return true;
  return (
    /(?:^|[^a-z])(?:checksum|hash|sha|sha1|sha256|md5|digest)(?:$|[^a-z])/i.test(key) &&
    isDigest(before) &&
    isDigest(after)
  );
}

/** Hexadecimal, at least as long as the shortest that people cut a digest to. */
function isDigest(text: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{7,128}$/.test(text);
}

/** True where the text is the tag, as labels write it, or a name with the tag behind it. */
function repeats([was, now]: readonly [string, string], before: string, after: string): boolean {
  return SPELLINGS.some((spell) => {
    const [old, current] = [spell(was), spell(now)];
    if (before === old && after === current) return true;
    return (
      before.endsWith(`-${old}`) &&
      after.endsWith(`-${current}`) &&
      before.slice(0, -old.length) === after.slice(0, -current.length)
    );
  });
}

/** A label has no `+` and at most 63 characters; people add and drop the `v`. */
const SPELLINGS: readonly ((tag: string) => string)[] = [
  (tag) => tag,
  (tag) => tag.replaceAll('+', '_').slice(0, 63).replace(/-$/, ''),
  (tag) => tag.replace(/^v/, ''),
  (tag) => `v${tag}`,
];

function lastOf({ path }: FieldName): string {
  return String(path.at(-1) ?? '');
}
