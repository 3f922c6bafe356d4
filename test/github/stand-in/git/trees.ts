import { contentOf, readBlob, writeObject } from './objects.ts';
import { once } from './run.ts';

export interface TreeEntry {
  /** Six digits: `100644`, `040000`. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Null for what is no blob. */
  readonly size: number | null;
  /** From the root of the tree that was asked for. */
  readonly path: string;
}

export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  /** Null deletes. */
  readonly sha: string | null;
}

/** The entries in git's order; below folders too when it is recursive. */
export function readTree(folder: string, tree: string, recursive: boolean): readonly TreeEntry[] {
  const entries = children(folder, tree);
  if (!recursive) return entries;
  return once(folder, `all of ${tree}`, () =>
    entries.flatMap((entry) => [
      entry,
      ...(entry.type !== 'tree'
        ? []
        : readTree(folder, entry.sha, true).map((below) => ({
            ...below,
            path: `${entry.path}/${below.path}`,
          }))),
    ]),
  );
}

function children(folder: string, tree: string): readonly TreeEntry[] {
  return once(folder, `children of ${tree}`, () => {
    const content = contentOf(folder, tree, 'tree');
    const entries: TreeEntry[] = [];
    for (let at = 0; at < content.length;) {
      const space = content.indexOf(32, at);
      const end = content.indexOf(0, space);
      const mode = content.toString('latin1', at, space).padStart(6, '0');
      const sha = content.toString('hex', end + 1, end + 21);
      const type = typeOf(mode);
      const size = type === 'blob' ? readBlob(folder, sha).length : null;
      entries.push({ mode, type, sha, size, path: content.toString('utf8', space + 1, end) });
      at = end + 21;
    }
    return entries;
  });
}

export function typeOf(mode: string): TreeEntry['type'] {
  if (mode === '040000') return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}

/** The entry of a path in a tree; null without. */
export function entryAt(folder: string, tree: string, path: string): TreeEntry | null {
  return readTree(folder, tree, true).find((entry) => entry.path === path) ?? null;
}

/** A tree with changes on top of another one (or of nothing). Folders that become empty are gone, as git has it. */
export function writeTree(folder: string, base: string | null, changes: readonly TreeChange[]): string {
  const entries = new Map(
    base === null ? [] : children(folder, base).map(({ path, mode, sha }) => [path, { mode, sha }]),
  );
  const deeper = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const slash = change.path.indexOf('/');
    if (slash === -1) {
      if (change.sha === null) entries.delete(change.path);
      else entries.set(change.path, { mode: change.mode, sha: change.sha });
    } else {
      const name = change.path.slice(0, slash);
      deeper.set(name, [...(deeper.get(name) ?? []), { ...change, path: change.path.slice(slash + 1) }]);
    }
  }
  for (const [name, below] of deeper) {
    const there = entries.get(name);
    const sha = writeTree(folder, there?.mode === '040000' ? there.sha : null, below);
    if (sha === emptyTree) entries.delete(name);
    else entries.set(name, { mode: '040000', sha });
  }
  const lines = [...entries]
    .map(([name, { mode, sha }]) => ({
      name,
      mode,
      sha,
      order: Buffer.from(mode === '040000' ? `${name}/` : name),
    }))
    .sort((a, b) => Buffer.compare(a.order, b.order))
    .map(({ name, mode, sha }) =>
      Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(sha, 'hex')]),
    );
  return writeObject(folder, 'tree', Buffer.concat(lines));
}

export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
