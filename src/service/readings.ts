import { messageOf } from '../errors/error-message.ts';
import { withinTime } from '../concurrency/time-limit.ts';
import type { Store } from '../store/store.ts';
import { ClusterMemory } from './cluster-memory.ts';
import type { Log } from './log.ts';
import { readCluster, type ReadCluster, type WatchedCluster } from './clusters.ts';

/** How long a cluster may take to be read, in milliseconds: more than the two minutes after which a watch answers with what it knows. */
const CLUSTER_TIME = 3 * 60_000;

export type Reading =
  | { readonly kind: 'read'; readonly read: ReadCluster }
  | { readonly kind: 'failed'; readonly problem: string };

/** What this process read last of each cluster. */
export class Readings {
  readonly #latest = new Map<string, Reading>();
  readonly #memories = new Map<string, ClusterMemory>();
  readonly #parts: { readonly store: Pick<Store, 'memories'>; readonly log: Pick<Log, 'warn'> };
  readonly #underWay = new Map<string, Promise<ReadCluster>>();

  constructor(parts: { readonly store: Pick<Store, 'memories'>; readonly log: Pick<Log, 'warn'> }) {
    this.#parts = parts;
  }

  /** The last reading of a cluster by this process, null before the first. */
  latest(cluster: string): Reading | null {
    return this.#latest.get(cluster) ?? null;
  }

  /** Whether a cluster is being read, however long that has taken. */
  isUnderWay(cluster: string): boolean {
    return this.#underWay.has(cluster);
  }

  /**
   * Reads a cluster now. Whoever asks while it is being read gets the same answer.
   *
   * @throws what kept it from being read
   */
  async read(cluster: WatchedCluster): Promise<ReadCluster> {
    const { name } = cluster;
    try {
      const read = await withinTime(this.#begin(cluster), CLUSTER_TIME, `reading cluster ${name}`);
      this.#latest.set(name, { kind: 'read', read });
      return read;
    } catch (error) {
      this.#latest.set(name, { kind: 'failed', problem: messageOf(error) });
      throw error;
    }
  }

  #begin(cluster: WatchedCluster): Promise<ReadCluster> {
    const { name } = cluster;
    const known = this.#underWay.get(name);
    if (known) return known;
    const reading = this.#remembering(cluster).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, reading);
    return reading;
  }

  /** With what earlier scans saw, by this process or one before it. */
  async #remembering(cluster: WatchedCluster): Promise<ReadCluster> {
    const { source, state } = await readCluster(cluster);
    const { store, log } = this.#parts;
    const memory = this.#memories.get(cluster.name) ?? new ClusterMemory(store, log, cluster.name);
    this.#memories.set(cluster.name, memory);
    return { source, state: await memory.with(state) };
  }
}
