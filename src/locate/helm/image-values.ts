import { parseImage, type ImageReference } from '../../kubernetes/images.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { keyOf, leavesOf, type Leaf, type ValueNode } from './values.ts';

/** Values of a release that change together. */
export type ValueChanges = readonly { readonly leaf: Leaf; readonly value: Scalar }[];

/**
 * The tag and the digest of an image that two values beside each other hold, as most charts have them: `image.tag` and
 * `image.digest`. Where the wanted image has no digest the value is emptied, since templates prefer a digest that is there; where
 * it has no tag, the tag stays for people.
 *
 * @param shown values that the field was seen to be made from
 * @returns nothing where one of the two need not change, or no such pair is there
 */
export function imageValues(
  values: ValueNode,
  shown: readonly Leaf[],
  before: unknown,
  after: Scalar,
): ValueChanges {
  const [was, wanted] = [imageOf(before), imageOf(after)];
  if (!was || !wanted || was.name !== wanted.name) return [];
  const pair = pairAmong([...leavesOf(values)], shown, was);
  if (!pair) return [];
  const digest = isBare(pair.digest, was) ? bare(wanted.digest) : wanted.digest;
  const changes = [
    ...(wanted.tag === null ? [] : [{ leaf: pair.tag, value: wanted.tag }]),
    { leaf: pair.digest, value: digest ?? '' },
  ];
  return changes.filter(({ leaf, value }) => String(leaf.value ?? '') !== value);
}

interface Pair {
  readonly tag: Leaf;
  readonly digest: Leaf;
}

/** The value that is the image's tag or digest, with its neighbour. */
function pairAmong(all: readonly Leaf[], shown: readonly Leaf[], was: ImageReference): Pair | null {
  for (const leaf of shown) {
    const parent = keyOf(leaf.path.slice(0, -1));
    const beside = all.filter(({ path }) => keyOf(path.slice(0, -1)) === parent);
    const named = (pattern: RegExp): Leaf | undefined =>
      beside.find((one) => one !== leaf && pattern.test(String(one.path.at(-1))));
    const text = String(leaf.value);
    const [tag, digest] =
      text === was.tag
        ? [leaf, named(/^(?:image)?(?:digest|sha(?:256)?)$/i)]
        : was.digest !== null && (text === was.digest || text === bare(was.digest))
          ? [named(/^(?:image)?tag$/i), leaf]
          : [];
    if (tag && digest) return { tag, digest };
  }
  return null;
}

/** Some charts write `sha256:` in the template. */
function isBare({ value, path }: Leaf, was: ImageReference): boolean {
  if (value === null || value === '') return /^(?:image)?sha(?:256)?$/i.test(String(path.at(-1)));
  return String(value) === bare(was.digest);
}

function bare(digest: string | null): string | null {
  return digest === null ? null : digest.replace(/^sha256:/, '');
}

function imageOf(value: unknown): ImageReference | null {
  return typeof value === 'string' ? parseImage(value) : null;
}
