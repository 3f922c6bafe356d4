import type { LiveSource } from '../cluster/live.ts';
import { openSnapshot, type SnapshotSource } from '../cluster/snapshot.ts';
import { InputError } from '../errors/input-error.ts';
import { kindsRead } from '../incidents/kinds-read.ts';
import { rules } from '../rules/index.ts';
import { parseTime } from './parse-time.ts';

/** The flags that name a cluster. */
export interface ClusterOptions {
  readonly snapshot?: string;
  readonly context?: string;
  readonly prometheus?: string;
  readonly now?: string;
}

/**
 * The recorded or live cluster that the flags name.
 *
 * @throws {InputError} for none, for both, and for flags that do not go together
 */
export async function openCluster(options: ClusterOptions): Promise<LiveSource | SnapshotSource> {
  const { snapshot, context, prometheus } = options;
  if (snapshot !== undefined && context !== undefined)
    throw new InputError('--snapshot and --context exclude each other: give one of them');
  if (snapshot !== undefined && prometheus !== undefined)
    throw new InputError('--prometheus goes with --context: a snapshot brings its own metrics');
  if (snapshot !== undefined) {
    const now = options.now === undefined ? undefined : parseTime('--now', options.now);
    return openSnapshot(snapshot, now === undefined ? {} : { now });
  }
  if (context === undefined)
    throw new InputError('a cluster is missing: --snapshot <path> or --context <kubeconfig context>');
  if (options.now !== undefined)
    throw new InputError('--now goes with --snapshot: a live cluster has its own clock');
  const { openLive } = await import('../cluster/live.ts');
  return openLive({ kinds: kindsRead(rules), context, ...(prometheus === undefined ? {} : { prometheus }) });
}
