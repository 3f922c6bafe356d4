import { sameValue } from '../../kubernetes/compare.ts';
import type { ConcretePath, FieldPath } from '../../kubernetes/field-path.ts';
import { canonicalRepository, parseImage } from '../../kubernetes/images.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { leavesOf, nodeAtPath, type Leaf, type ValueNode } from './values.ts';

/** A value that most likely makes a field of a chart whose templates are not at hand. */
export interface LikelyValue {
  readonly leaf: Leaf;
  /** What it would have to be for the field to be what is wanted. */
  readonly value: Scalar;
  /** What the field is now, as far as the values tell. */
  readonly before: Scalar;
}

/** A field of an object that is not rendered here. */
export interface UnseenField {
  /** List items by name where they have one. */
  readonly path: FieldPath;
  /** As it lives in the cluster; undefined where that is not known. */
  readonly before: Scalar | undefined;
  readonly after: Scalar;
}

/**
 * Values that say of themselves what they are for: an image's tag beside its repository, `resources.limits.memory`, a variable by
 * its name. What is known of the live field must agree. Of several, those on a path that names the container come first and
 * alone. One is an answer; more are a question.
 */
export function likelyValues(values: ValueNode, field: UnseenField): readonly LikelyValue[] {
  const found = field.path.at(-1) === 'image' ? likelyImages(values, field) : likelyLeaves(values, field);
  const names = new Set(field.path.flatMap((step) => (typeof step === 'object' ? [step.value] : [])));
  const kinship = ({ leaf }: LikelyValue): number =>
    leaf.path.filter((step) => names.has(String(step))).length;
  const closest = Math.max(...found.map(kinship));
  return found.filter((one) => kinship(one) === closest);
}

function likelyLeaves(values: ValueNode, { path, before, after }: UnseenField): readonly LikelyValue[] {
  return [...leavesOf(values)]
    .filter(({ path: place, value }) => {
      const isKnown = before === undefined || sameValue(path, before, value);
      return value !== null && isKnown && speaksOf(place, path, values);
    })
    .map((leaf) => ({ leaf, value: typedLike(leaf.value, after), before: leaf.value }));
}

/** Values are of the chart's own types: a number stays one where it can. */
function typedLike(before: Scalar, after: Scalar): Scalar {
  const number = typeof before === 'number' && /^-?\d+$/.test(String(after)) ? Number(after) : null;
  if (number !== null) return number;
  return typeof before === 'boolean' && /^(true|false)$/.test(String(after))
    ? String(after) === 'true'
    : after;
}

function speaksOf(place: ConcretePath, field: FieldPath, values: ValueNode): boolean {
  const last = field.at(-1);
  if (last === 'replicas' && field.length === 2) return /^replica(s|Count)$/.test(String(place.at(-1)));
  const [variable, list] = [field.at(-2), field.at(-3)];
  if (last === 'value' && list === 'env' && typeof variable === 'object')
    return isVariable(place, variable.value, values);
  // `resources.limits.memory` of the field is `limits.memory` of anything: two keys in common say enough.
  let common = 0;
  while (typeof field.at(-1 - common) === 'string' && field.at(-1 - common) === place.at(-1 - common))
    common += 1;
  return common >= 2;
}

/** `env: {NAME: value}`, `env: {NAME: {value: …}}`, or an item with `name: NAME`. */
function isVariable(place: ConcretePath, name: string, values: ValueNode): boolean {
  if (place.at(-1) === name || (place.at(-1) === 'value' && place.at(-2) === name)) return true;
  if (place.at(-1) !== 'value' || typeof place.at(-2) !== 'number') return false;
  const siblings = siblingsOf(values, place);
  return siblings?.get('name') === name;
}

/** `{repository, tag}`, with a registry or without, or the whole reference in one value. */
function likelyImages(values: ValueNode, { before, after }: UnseenField): readonly LikelyValue[] {
  const wanted = typeof after === 'string' ? parseImage(after) : null;
  if (!wanted || typeof after !== 'string') return [];
  return [...leavesOf(values)].flatMap((leaf): readonly LikelyValue[] => {
    const key = String(leaf.path.at(-1));
    const text = leaf.value === null ? '' : String(leaf.value);
    if (/image$/i.test(key)) {
      const own = parseImage(text);
      const isSame = own && (before === undefined ? own.name === wanted.name : text === before);
      return isSame ? [{ leaf, value: after, before: text }] : [];
    }
    if (key !== 'tag' || text === '') return [];
    const siblings = siblingsOf(values, leaf.path);
    const repository = siblings?.get('repository') ?? siblings?.get('name');
    if (typeof repository !== 'string') return [];
    const registry = siblings?.get('registry');
    const name = typeof registry === 'string' && registry !== '' ? `${registry}/${repository}` : repository;
    const now = `${name}:${text}`;
    const isNow = before === undefined || sameImage(now, before);
    // Only the tag is this value's: with another repository, two values would have to change.
    const prefix = after.slice(0, wanted.name.length + 1);
    const isOurs = canonicalRepository(wanted.name) === canonicalRepository(name);
    return isNow && isOurs && after.length > prefix.length && prefix.endsWith(':')
      ? [{ leaf, value: after.slice(prefix.length), before: now }]
      : [];
  });
}

function sameImage(a: string, b: Scalar): boolean {
  const [one, other] = [parseImage(a), typeof b === 'string' ? parseImage(b) : null];
  return (
    one !== null &&
    other !== null &&
    canonicalRepository(one.name) === canonicalRepository(other.name) &&
    one.tag === other.tag &&
    one.digest === other.digest
  );
}

/** The single values beside one. */
function siblingsOf(values: ValueNode, path: ConcretePath): ReadonlyMap<string, Scalar> | null {
  const node = nodeAtPath(values, path.slice(0, -1));
  if (node?.kind !== 'map') return null;
  return new Map(
    [...node.entries].flatMap(([key, one]) => (one.kind === 'scalar' ? [[key, one.value] as const] : [])),
  );
}
