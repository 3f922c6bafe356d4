import { sameValue } from '../../kubernetes/compare.ts';
import type { ConcretePath, FieldPath } from '../../kubernetes/field-path.ts';
import { canonicalRepository, parseImage, type ImageReference } from '../../kubernetes/images.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { saysOnly, wordsNaming } from './field-words.ts';
import { imageValues, type ValueChanges } from './image-values.ts';
import { leavesOf, nodeAtPath, type Leaf, type ValueNode } from './values.ts';

/** A value that most likely makes a field of a chart whose templates are not at hand. */
export interface LikelyValue {
  readonly leaf: Leaf;
  /** What it would have to be for the field to be what is wanted. */
  readonly value: Scalar;
  /** What the field is now, as far as the values tell. */
  readonly before: Scalar;
  /** Changes with it: the digest of a tag. */
  readonly and?: ValueChanges;
}

/** A field of an object that is not rendered here. */
export interface UnseenField {
  /** List items by name where they have one. */
  readonly path: FieldPath;
  /** As it lives in the cluster; undefined where that is not known. */
  readonly before: Scalar | undefined;
  readonly after: Scalar;
  /** What tells it from the same field elsewhere: the names of its container, component and object. */
  readonly names: ReadonlySet<string>;
}

/**
 * Values that say of themselves what they are for: an image's tag beside its repository, `resources.limits.memory`,
 * `memoryLimits`, a variable by its name. What is known of the live field must agree; a key in one word counts only where it is
 * known. Of several, those on a path that names the container, the component or the object come first and alone. One is an
 * answer; more are a question.
 *
 * @param isOfChart says of a path of the values whether the chart that is not here reads what stands there
 */
export function likelyValues(
  values: ValueNode,
  field: UnseenField,
  isOfChart: (path: ConcretePath) => boolean = () => true,
): readonly LikelyValue[] {
  const leaves = [...leavesOf(values)].filter(({ path, value }) => value !== null && isOfChart(path));
  const found =
    field.path.at(-1) === 'image' ? likelyImages(leaves, values, field) : likelyLeaves(leaves, values, field);
  const closest = Math.max(...found.map(({ leaf }) => kinship(leaf, field.names)));
  return found.filter(({ leaf }) => kinship(leaf, field.names) === closest);
}

/** Values that speak of a field as well, and do not agree with the cluster: one of them may be the field's, and no edit says which. */
export function valuesOtherwise(
  values: ValueNode,
  field: UnseenField,
  isOfChart: (path: ConcretePath) => boolean = () => true,
): readonly Leaf[] {
  const { before, path } = field;
  if (before === undefined) return [];
  const leaves = [...leavesOf(values)].filter((leaf) => leaf.value !== null && isOfChart(leaf.path));
  return path.at(-1) === 'image'
    ? likelyImages(leaves, values, { ...field, before: undefined, after: before }).map(({ leaf }) => leaf)
    : leaves.filter((leaf) => speaksOf(leaf.path, field, values) && !sameValue(path, before, leaf.value));
}

/** How many steps of a value's path are such names. */
export function kinship({ path }: Pick<Leaf, 'path'>, names: ReadonlySet<string>): number {
  return path.filter((step) => names.has(String(step))).length;
}

function likelyLeaves(
  leaves: readonly Leaf[],
  values: ValueNode,
  field: UnseenField,
): readonly LikelyValue[] {
  const { path, before, after } = field;
  return leaves
    .filter(
      ({ path: place, value }) =>
        (before === undefined || sameValue(path, before, value)) && speaksOf(place, field, values),
    )
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

function speaksOf(
  place: ConcretePath,
  { path: field, before, names }: UnseenField,
  values: ValueNode,
): boolean {
  const last = field.at(-1);
  if (last === 'replicas' && field.length === 2 && /^replica(s|Count)$/.test(String(place.at(-1))))
    return true;
  const [variable, list] = [field.at(-2), field.at(-3)];
  if (last === 'value' && list === 'env' && typeof variable === 'object')
    return isVariable(place, variable.value, values);
  // `resources.limits.memory` of the field is `limits.memory` of anything: two keys in common say enough.
  let common = 0;
  while (typeof field.at(-1 - common) === 'string' && field.at(-1 - common) === place.at(-1 - common))
    common += 1;
  const words = before === undefined ? null : wordsNaming(field);
  if (common >= 2 || words === null) return common >= 2;
  const [own, above] = [place.at(-1), place.at(-2)];
  if (typeof own !== 'string') return false;
  return saysOnly([own], words, names) || (typeof above === 'string' && saysOnly([above, own], words, names));
}

/** `env: {NAME: value}`, `env: {NAME: {value: …}}`, or an item with `name: NAME`. */
function isVariable(place: ConcretePath, name: string, values: ValueNode): boolean {
  if (place.at(-1) === name || (place.at(-1) === 'value' && place.at(-2) === name)) return true;
  if (place.at(-1) !== 'value' || typeof place.at(-2) !== 'number') return false;
  const siblings = siblingsOf(values, place);
  return siblings?.get('name') === name;
}

/** `{repository, tag}`, with a registry or without, `imageTag` alone, or the whole reference in one value. */
function likelyImages(
  leaves: readonly Leaf[],
  values: ValueNode,
  { before, after, names }: UnseenField,
): readonly LikelyValue[] {
  const wanted = typeof after === 'string' ? parseImage(after) : null;
  if (!wanted || typeof after !== 'string') return [];
  const live = typeof before === 'string' ? parseImage(before) : null;
  if (before !== undefined && live === null) return [];
  const found = leaves.flatMap((leaf): readonly (LikelyValue & { readonly isNamed: boolean })[] => {
    const text = String(leaf.value);
    if (/image$/i.test(String(leaf.path.at(-1)))) {
      const own = parseImage(text);
      const isSame = own && (before === undefined ? own.name === wanted.name : text === before);
      return isSame ? [{ leaf, value: after, before: text, isNamed: true }] : [];
    }
    if (text === '') return [];
    const siblings = siblingsOf(values, leaf.path);
    const beside = repositoryBeside(leaf, siblings);
    if (!isTag(leaf.path, names)) return [];
    const digest = digestBeside(siblings);
    if (digest !== '') {
      // Two values that change together, where the image has both.
      const isBoth = live !== null && bare(live.digest) === bare(digest) && beside !== undefined;
      if (!isBoth || !isOrEndsWith(live.name, beside)) return [];
      const [first, ...and] = imageValues(values, [leaf], before, after);
      return first ? [{ ...first, before: before!, and, isNamed: true }] : [];
    }
    const tag = tagOf(wanted, text);
    if (tag === null) return [];
    // Another value, or the chart, may put a registry in front of it.
    const isLive = beside === undefined || (live !== null && live.name.endsWith(`/${beside}`));
    const name = isLive ? live?.name : beside;
    if (name === undefined || canonicalRepository(wanted.name) !== canonicalRepository(name)) return [];
    const now = `${name}:${text}`;
    return before === undefined || sameImage(now, before)
      ? [{ leaf, value: tag, before: now, isNamed: beside !== undefined }]
      : [];
  });
  // A tag beside the name of its image says more than one that stands alone.
  const named = found.filter(({ isNamed }) => isNamed);
  return named.length > 0 ? named : found;
}

/** `sha256:…`, or what a chart writes that behind itself; empty where no digest stands beside a tag. */
function digestBeside(siblings: ReadonlyMap<string, Scalar> | null): string {
  const found = [...(siblings ?? [])].find(([key]) => /^(?:image)?(?:digest|sha(?:256)?)$/i.test(key));
  return String(found?.[1] ?? '');
}

function bare(digest: string | null): string | null {
  return digest === null ? null : digest.replace(/^sha256:/, '');
}

/** Another value, or the chart, may put a registry in front of it. */
function isOrEndsWith(name: string, repository: string): boolean {
  return canonicalRepository(name) === canonicalRepository(repository) || name.endsWith(`/${repository}`);
}

/**
 * What the value of a tag becomes. Where it has the digest behind it, the whole is replaced; else a digest is another value's,
 * and two would have to change.
 */
function tagOf({ tag, digest }: ImageReference, now: string): string | null {
  if (digest === null || tag === null) return digest === null ? tag : null;
  return now.includes('@') ? `${tag}@${digest}` : null;
}

/** `tag`, `imageTag`, `image.version`; a `version` of anything else is not the image's. */
function isTag(path: ConcretePath, names: ReadonlySet<string>): boolean {
  const [own, above] = [String(path.at(-1)), String(path.at(-2) ?? '')];
  return (
    saysOnly([own], ['tag'], names) ||
    ['tag', 'version'].some(
      (word) =>
        saysOnly([own], ['image', word], names) || (/image$/i.test(above) && saysOnly([own], [word], names)),
    )
  );
}

/** The repository that stands beside a tag. */
function repositoryBeside({ path }: Leaf, siblings: ReadonlyMap<string, Scalar> | null): string | undefined {
  const own = String(path.at(-1));
  const isFlat = /image/i.test(own);
  const prefix = isFlat ? 'image' : '';
  const named = [...(siblings ?? [])].find(([key]) =>
    ['repository', 'repo', 'name', ...(isFlat ? [''] : ['image'])].some(
      (word) => key.toLowerCase() === prefix + word,
    ),
  )?.[1];
  if (typeof named !== 'string' || named === '') return undefined;
  const registry = [...(siblings ?? [])].find(([key]) => key.toLowerCase() === `${prefix}registry`)?.[1];
  return typeof registry === 'string' && registry !== '' ? `${registry}/${named}` : named;
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
