import { keysNeeded, type Broken } from '../facts/broken-references.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Rename } from '../model/need.ts';
import { targetOf, type Neighbours, type Target } from './successors.ts';

/** Renames are followed this many times: A became B, B became C. */
const MAX_RENAMES = 3;
/** Git's own threshold for calling two files a rename of each other. */
const MIN_SIMILARITY = 0.5;

/** What history says became of an object that went away. */
export type Succession =
  /** It has one successor. `otherParts`: it was split, and this part alone has every key that is used. */
  | {
      readonly kind: 'renamed';
      /** The renames that lead there, oldest first, at least one. */
      readonly path: readonly Rename[];
      readonly target: Target;
      readonly otherParts: readonly Target[];
    }
  /** It was split, and nothing decides between the parts. */
  | {
      readonly kind: 'split';
      readonly rename: Rename;
      readonly parts: readonly Target[];
      /** The keys that the workload uses; null where they are not known. */
      readonly used: readonly string[] | null;
      /** Those of the parts that have all keys that are used. */
      readonly complete: readonly Target[];
    }
  /** The new name is neither rendered nor seen in the cluster. */
  | { readonly kind: 'out-of-sight'; readonly path: readonly Rename[] };

interface Successor {
  readonly rename: Rename;
  readonly target: Target;
}

/** History proves a rename: the object went away in the commit in which another with the same content came. */
export function* successionOf(broken: Broken, ask: Ask, neighbours: Neighbours): Asking<Succession | null> {
  const path: Rename[] = [];
  let name = broken.missing.name;
  for (let hop = 0; hop < MAX_RENAMES; hop += 1) {
    const known = yield* ask.renames({ ...broken.missing, name });
    const renames = (known ?? []).filter(({ from }) => withoutHash(from) === withoutHash(name));
    const latest = renames.filter(
      ({ commit, similarity }) => commit.sha === renames[0]!.commit.sha && similarity > 0,
    );
    const there = latest.flatMap((rename): readonly Successor[] => {
      const target = targetOf(broken, withoutHash(rename.to), neighbours);
      return target ? [{ rename, target }] : [];
    });
    const chosen = chooseSuccessor(broken, path, there);
    if (chosen) return chosen;
    const alike = latest.filter(({ similarity }) => similarity >= MIN_SIMILARITY);
    if (alike.length !== 1 || there.length > 0) break;
    path.push(alike[0]!);
    name = alike[0]!.to;
  }
  return path.length === 0 ? null : { kind: 'out-of-sight', path };
}

/** Keys that the old object had and the new one lacks, where a reference takes all of them. */
export function lostKeys(broken: Broken, { keys }: Target, { fromKeys = null }: Rename): readonly string[] {
  const used = keysUsed(broken, fromKeys);
  return used === null || keys === null ? [] : used.filter((key) => !keys.has(key));
}

/**
 * All that came from the old object are read before how alike they are: where it was split, the keys that are used say
 * which part is meant, and where they do not, all parts are listed.
 */
function chooseSuccessor(
  broken: Broken,
  path: readonly Rename[],
  there: readonly Successor[],
): Succession | null {
  const [first] = there;
  if (!first) return null;
  const isAlike = there.some(({ rename }) => rename.similarity >= MIN_SIMILARITY);
  if (!isAlike && !isSplit(there)) return null;
  const renamedTo = ({ rename, target }: Successor): Succession => ({
    kind: 'renamed',
    path: [...path, rename],
    target,
    otherParts: there.filter((one) => one.target !== target).map((one) => one.target),
  });
  if (there.length === 1) return renamedTo(first);
  const used = keysUsed(broken, first.rename.fromKeys ?? null);
  const complete =
    used === null || used.length === 0
      ? []
      : there.filter(({ target: { keys } }) => keys !== null && used.every((key) => keys.has(key)));
  if (complete.length === 1) return renamedTo(complete[0]!);
  const parts = (complete.length > 1 ? complete : there).map(({ target }) => target);
  return {
    kind: 'split',
    rename: first.rename,
    parts,
    used,
    complete: complete.map(({ target }) => target),
  };
}

/** Two or more that have keys of the old object are its parts, however small each is. */
function isSplit(there: readonly Successor[]): boolean {
  const parts = there.filter(({ rename, target: { keys } }) =>
    (rename.fromKeys ?? []).some((key) => keys?.has(key)),
  );
  return parts.length >= 2;
}

/**
 * The keys that the references need: those that they name, and where one takes the object as a whole (envFrom, a volume
 * without items) all that the old object had. Null where these are not known.
 */
function keysUsed(broken: Broken, old: readonly string[] | null): readonly string[] | null {
  const takesAll = broken.references.some(
    ({ via, keys }) =>
      via === 'envFrom' ||
      (via === 'volume' && !keys.some(({ because }) => because === 'item' || because === 'subPath')),
  );
  if (takesAll && old === null) return null;
  return [...new Set([...keysNeeded(broken), ...(takesAll ? old! : [])])];
}
