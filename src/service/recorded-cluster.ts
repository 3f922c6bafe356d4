import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSnapshot, type SnapshotSource } from '../cluster/snapshot.ts';
import type { WatchedCluster } from './clusters.ts';

/** A recorded cluster, opened again when its files change. */
export class RecordedCluster implements WatchedCluster {
  readonly name: string;
  readonly repositories: readonly string[] | null;
  readonly #path: string;
  #known: { readonly state: string; readonly source: SnapshotSource } | null = null;

  constructor(name: string, path: string, repositories: readonly string[] | null) {
    this.name = name;
    this.#path = path;
    this.repositories = repositories;
  }

  async open(): Promise<SnapshotSource> {
    const state = await stateOf(this.#path);
    if (this.#known?.state !== state)
      this.#known = { state, source: await openSnapshot(this.#path, { name: this.name }) };
    return this.#known.source;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  close(): void {
    this.#known = null;
  }
}

/** Names, sizes and times of all files: whoever records again changes one of them. */
async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  // Opening it says what is wrong.
  if (found === null) return 'missing';
  const { mtimeMs, size } = found;
  const below = await readdir(path, { recursive: true }).catch(() => []);
  const files = await Promise.all(
    below.sort().map(async (file) => {
      const found = await stat(join(path, file)).catch(() => null);
      return found === null ? '' : `${file} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return [`${size} ${mtimeMs}`, ...files].join('\n');
}
