import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveSource } from '../cluster/live.ts';
import { openSnapshot, type SnapshotSource } from '../cluster/snapshot.ts';
import { kindsRead } from '../incidents/kinds-read.ts';
import type { ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { rules } from '../rules/index.ts';
import type { ClusterSettings } from './settings.ts';

/** A cluster that is read again and again: a live one, or a recording, which is read again when it changes. */
export interface WatchedCluster {
  readonly name: string;
  /** Those that are deployed to it, as `acme/infra`; null for all. */
  readonly repositories: readonly string[] | null;
  open(): Promise<LiveSource | SnapshotSource>;
}

/** A cluster as it is now, and what can be asked of it beyond that. */
export interface ReadCluster {
  readonly source: ClusterSource;
  readonly state: ClusterState;
}

/** @throws what kept it from being read */
export async function readCluster(cluster: WatchedCluster): Promise<ReadCluster> {
  const source = await cluster.open();
  return { source, state: await source.read() };
}

export function watchedCluster({ name, source, repositories }: ClusterSettings): WatchedCluster {
  const open = source.kind === 'live' ? () => openContext(name, source) : recorded(name, source.path);
  return { name, repositories, open };
}

async function openContext(
  name: string,
  { context, prometheus }: Extract<ClusterSettings['source'], { kind: 'live' }>,
): Promise<LiveSource> {
  const { openLive } = await import('../cluster/live.ts');
  return openLive({ kinds: kindsRead(rules), context, name, ...(prometheus === null ? {} : { prometheus }) });
}

function recorded(name: string, path: string): () => Promise<SnapshotSource> {
  let known: { readonly state: string; readonly source: SnapshotSource } | null = null;
  return async () => {
    const state = await stateOf(path);
    if (known?.state !== state) known = { state, source: await openSnapshot(path, { name }) };
    return known.source;
  };
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
