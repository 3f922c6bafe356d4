import { insertKey } from '../edits/insert.ts';
import { isReachedByAlias, reach, valueOf } from '../edits/reach.ts';
import { scalarAt } from '../edits/scalars.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import type { Problem } from '../edits/problem.ts';
import { removeKey } from '../edits/remove-key.ts';
import { renameKey } from '../edits/rename-key.ts';
import { replaceScalar } from '../edits/replace-scalar.ts';
import type { EditResult } from '../edits/verify.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { parseImage, type ImageReference } from '../kubernetes/images.ts';
import { isRecord, type Scalar } from '../kubernetes/objects.ts';

/** The keys of an `images` entry that say what an image is called, in the order in which people write them. */
const KEYS = ['newName', 'newTag', 'digest'] as const;
type EntryKey = (typeof KEYS)[number];

/** An entry of `images` as it should be. */
export interface EditedEntry {
  readonly after: OpenDocument;
  /** The first key that changes and was there before; null where keys are only added. */
  readonly first: ConcretePath | null;
  /** A value that changes is written at an anchor elsewhere. */
  readonly cutsAlias: boolean;
}

/**
 * The entry at `entry` with the keys that make the image `after`: name, tag and digest together, so that no key is left that
 * speaks of another image. Kustomize keeps what the manifest says only where the entry has neither tag nor digest.
 *
 * @returns null where `before` and `after` are no images, or nothing of the entry has to change
 */
export function editedImageEntry(
  document: OpenDocument,
  entry: ConcretePath,
  before: Scalar,
  after: Scalar,
): EditedEntry | Problem | null {
  const node = reach(document, entry)?.node;
  const [was, wanted] = [imageOf(before), imageOf(after)];
  if (!node || !isRecord(valueOf(node)) || !was || !wanted) return null;
  const own = keysOf(document, entry);
  const target = targetOf(own, was, wanted);
  const changing = KEYS.filter((key) => own[key] !== target[key]);
  if (changing.length === 0) return null;
  const result = edited(document, entry, own, target, changing);
  if (result.kind === 'problem') return result;
  const existing = changing.filter((key) => own[key] !== null);
  const paths = existing.map((key) => [...entry, key]);
  return {
    after: result.after,
    first: paths.toSorted((a, b) => startOf(document, a) - startOf(document, b))[0] ?? null,
    cutsAlias: paths.some((path) => isReachedByAlias(document, path)),
  };
}

/** Null for a key that is not there, or has no value. */
type Keys = Readonly<Record<EntryKey, string | null>>;

function keysOf(document: OpenDocument, entry: ConcretePath): Keys {
  const textOf = (key: EntryKey): string | null => {
    const site = scalarAt(document, [...entry, key]);
    if (site.kind === 'problem' || site.value === null || site.value === '') return null;
    // Kustomize reads a tag such as 1.10 as it is written.
    return typeof site.value === 'string' ? site.value : site.source;
  };
  return { newName: textOf('newName'), newTag: textOf('newTag'), digest: textOf('digest') };
}

function targetOf(own: Keys, was: ImageReference, wanted: ImageReference): Keys {
  const isSameVersion = was.tag === wanted.tag && was.digest === wanted.digest;
  return {
    newName: was.name === wanted.name ? own.newName : wanted.name,
    newTag: isSameVersion ? own.newTag : wanted.tag,
    digest: isSameVersion ? own.digest : wanted.digest,
  };
}

/** Edits one after the other, the last result being the whole. */
function edited(
  document: OpenDocument,
  entry: ConcretePath,
  own: Keys,
  target: Keys,
  changing: readonly EntryKey[],
): EditResult {
  const removed = changing.find((key) => target[key] === null);
  const added = changing.find((key) => own[key] === null);
  const isSwap = removed !== undefined && added !== undefined && changing.length === 2;
  if (isSwap) return renameKey(document, entry, removed, { key: added, value: target[added] });
  let open = document;
  let result: EditResult | null = null;
  for (const key of changing) {
    const value = target[key];
    result =
      value === null
        ? removeKey(open, entry, key)
        : reach(open, [...entry, key])
          ? replaceScalar(open, [...entry, key], value)
          : insertKey(open, entry, key, value, { after: PREDECESSORS[key] });
    if (result.kind === 'problem') return result;
    open = result.after;
  }
  return result!;
}

const PREDECESSORS: Readonly<Record<EntryKey, readonly string[]>> = {
  newName: ['name'],
  newTag: ['newName', 'name'],
  digest: ['newTag', 'newName', 'name'],
};

function startOf(document: OpenDocument, path: ConcretePath): number {
  return reach(document, path)!.node.start;
}

function imageOf(value: Scalar): ImageReference | null {
  return typeof value === 'string' ? parseImage(value) : null;
}
