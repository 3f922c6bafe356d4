import { messageOf } from '../errors/error-message.ts';
import { Signals } from '../incidents/signals.ts';
import { type Observer, UNOBSERVED } from '../observation/observer.ts';
import { rules } from '../rules/index.ts';
import type { ReadCluster, WatchedCluster } from './clusters.ts';
import type { Readings } from './readings.ts';

export type Read =
  | {
      readonly kind: 'read';
      /** Whether it shows something that it did not show before. */
      readonly isNew: boolean;
    }
  | { readonly kind: 'failed'; readonly problem: string };

/** All clusters of one service, and what each of them showed last. */
export class WatchedClusters {
  readonly all: readonly WatchedCluster[];
  readonly #readings: Readings;
  readonly #observer: Pick<Observer, 'clusterRead'>;
  /** By cluster. */
  readonly #signals = new Map<string, Signals>();
  /** By cluster, in milliseconds. */
  readonly #nextIn = new Map<string, number | null>();

  constructor(
    all: readonly WatchedCluster[],
    readings: Readings,
    observer: Pick<Observer, 'clusterRead'> = UNOBSERVED,
  ) {
    this.all = all;
    this.#readings = readings;
    this.#observer = observer;
  }

  /** Null where there is none, or it has not answered for long: such a one is not asked again. */
  toRead(name: string): WatchedCluster | null {
    const found = this.all.find((one) => one.name === name);
    return found === undefined || this.#readings.isUnderWay(name) ? null : found;
  }

  /** As this process read it last; null before the first time, and where that failed. */
  latest(name: string): ReadCluster | null {
    const reading = this.#readings.latest(name);
    return reading?.kind === 'read' ? reading.read : null;
  }

  /** Why the last reading failed; null where it did not, and before the first. */
  problemOf(name: string): string | null {
    const reading = this.#readings.latest(name);
    return reading?.kind === 'failed' ? reading.problem : null;
  }

  /**
   * Milliseconds from the last reading until a cluster may show something new by the time alone: a grace period ends. null for never, and
   * for a recording, in which time stands still.
   */
  nextIn(name: string): number | null {
    return this.#nextIn.get(name) ?? null;
  }

  async read(cluster: WatchedCluster): Promise<Read> {
    const { name } = cluster;
    const signals = this.#signals.get(name) ?? new Signals(rules);
    this.#signals.set(name, signals);
    try {
      const { state, source } = await this.#readings.read(cluster);
      this.#observer.clusterRead(name, null);
      const isNew = signals.changed(state);
      const next = source.isRecorded ? null : signals.nextAt();
      this.#nextIn.set(name, next === null ? null : next - state.now);
      return { kind: 'read', isNew };
    } catch (error) {
      const problem = messageOf(error);
      this.#observer.clusterRead(name, problem);
      return { kind: 'failed', problem };
    }
  }

  /** Calls back with the name of each cluster that says that it has changed. @returns ends that */
  subscribe(changed: (cluster: string) => void): () => void {
    const ends = this.all.map((cluster) => cluster.subscribe(() => changed(cluster.name)));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Ends watching them, for good. */
  close(): void {
    for (const cluster of this.all) cluster.close();
  }
}
