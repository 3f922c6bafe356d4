import { createHash } from 'node:crypto';

/**
 * The files of one revision, or of a folder, or of either plus edits. Paths are relative, with `/`, without `./`.
 * Only `load` does I/O; everything else is a lookup.
 */
export interface Tree {
  /** All paths, sorted. Symlinks and submodules are listed; only regular files can be read. */
  paths(): readonly string[];
  entry(path: string): TreeEntry | undefined;
  /** Makes the contents of these files readable. Unknown paths are ignored. */
  load(paths: readonly string[]): Promise<void>;
  /** The bytes of a loaded regular file; undefined for anything else. */
  read(path: string): Buffer | undefined;
  /** Entries that were set aside: their names lead outside, or stand twice. Left out: none. */
  readonly problems?: readonly TreeProblem[];
}

export interface TreeProblem {
  /** As it is written, whatever characters it has. */
  readonly path: string;
  /** What is wrong with it, in words that follow the path. */
  readonly message: string;
}

export type TreeEntry =
  | { readonly kind: 'file'; readonly size: number; readonly hash: string }
  | { readonly kind: 'symlink'; readonly target: string | null }
  | { readonly kind: 'submodule' };

/** New contents by path: what a set of edits makes of a tree. */
export type Overlay = ReadonlyMap<string, Buffer>;

/** `base` with the files of `overlay` in place of its own, or beside them. */
export function withOverlay(base: Tree, overlay: Overlay): Tree {
  const added = [...overlay.keys()].filter((path) => base.entry(path) === undefined);
  const paths = added.length === 0 ? base.paths() : [...base.paths(), ...added].sort();
  return {
    paths: () => paths,
    entry: (path) => {
      const replaced = overlay.get(path);
      return replaced
        ? { kind: 'file', size: replaced.length, hash: contentHash(replaced) }
        : base.entry(path);
    },
    load: (wanted) => base.load(wanted.filter((path) => !overlay.has(path))),
    read: (path) => overlay.get(path) ?? base.read(path),
    ...(base.problems ? { problems: base.problems } : {}),
  };
}

/** Equal for overlays that make the same of the same tree. */
export function overlayKey(overlay: Overlay): string {
  return JSON.stringify([...overlay].map(([path, content]) => [path, contentHash(content)]).sort());
}

/** Git's own blob id, so that the same content has the same hash in a commit, a folder and an overlay. */
export function contentHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** A tree made of texts, for tests and small examples. */
export function treeOf(files: Readonly<Record<string, string | Buffer>>): Tree {
  const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  const paths = [...contents.keys()].sort();
  return {
    paths: () => paths,
    entry: (path) => {
      const content = contents.get(path);
      return content && { kind: 'file', size: content.length, hash: contentHash(content) };
    },
    load: async () => {},
    read: (path) => contents.get(path),
  };
}
