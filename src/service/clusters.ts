import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveSource } from '../cluster/live.ts';
import { openSnapshot, type SnapshotSource } from '../cluster/snapshot.ts';
import type { ClusterSettings } from './settings.ts';

/** Something that can be looked at again and again: a live cluster, or a recording that is read again when it changes. */
export interface WatchedCluster {
  readonly name: string;
  open(): Promise<LiveSource | SnapshotSource>;
}

export function watchedCluster({ name, source }: ClusterSettings): WatchedCluster {
  return source.kind === 'live' ? live(name, source) : recorded(name, source.path);
}

function live(
  name: string,
  { context, prometheus }: Extract<ClusterSettings['source'], { kind: 'live' }>,
): WatchedCluster {
  return {
    name,
    open: async () => {
      const { openLive } = await import('../cluster/live.ts');
      return openLive({ context, name, ...(prometheus === null ? {} : { prometheus }) });
    },
  };
}

function recorded(name: string, path: string): WatchedCluster {
  let known: { readonly state: string; readonly source: SnapshotSource } | null = null;
  return {
    name,
    open: async () => {
      const state = await stateOf(path);
      if (known?.state !== state) known = { state, source: await openSnapshot(path, { name }) };
      return known.source;
    },
  };
}

/** Names, sizes and times of all files: whoever records again changes one of them. */
async function stateOf(path: string): Promise<string> {
  const { mtimeMs, size } = await stat(path);
  const below = await readdir(path, { recursive: true }).catch(() => []);
  const files = await Promise.all(
    below.sort().map(async (file) => {
      const found = await stat(join(path, file)).catch(() => null);
      return found === null ? '' : `${file} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return [`${size} ${mtimeMs}`, ...files].join('\n');
}
