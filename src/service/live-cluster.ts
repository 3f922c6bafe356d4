import type { KindHealth } from '../cluster/watching/followed-kind.ts';
import type { ClusterWatch } from '../cluster/watching/open-watch.ts';
import type { PrometheusConnection } from '../cluster/prometheus-connection.ts';
import { kindsRead } from '../incidents/kinds-read.ts';
import type { WatchHealth } from '../observation/observation.ts';
import type { ClusterSource } from '../model/cluster-state.ts';
import { rules } from '../rules/index.ts';
import { isWorthReading } from './changes-worth-reading.ts';
import type { WatchedCluster } from './clusters.ts';

export interface LiveClusterOptions {
  readonly name: string;
  readonly repositories: readonly string[] | null;
  /** Of the kubeconfig. */
  readonly context: string;
  readonly prometheus: PrometheusConnection | null;
  /** Where kinds are watched that may not be watched everywhere. */
  readonly namespaces?: readonly string[];
  /** Default: what `KUBECONFIG` names. */
  readonly kubeconfig?: string;
}

/** A live cluster, watched from the first time that it is opened until it is closed. */
export class LiveCluster implements WatchedCluster {
  readonly name: string;
  readonly repositories: readonly string[] | null;
  readonly #options: LiveClusterOptions;
  readonly #listeners = new Set<() => void>();
  #opening: Promise<ClusterWatch> | null = null;
  #watch: ClusterWatch | null = null;
  #isClosed = false;

  constructor(options: LiveClusterOptions) {
    this.name = options.name;
    this.repositories = options.repositories;
    this.#options = options;
  }

  async open(): Promise<ClusterSource> {
    // A kubeconfig that could not be used may be repaired by the next time.
    this.#opening ??= this.#begin().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return (await this.#opening).source;
  }

  async #begin(): Promise<ClusterWatch> {
    const { name, context, prometheus, namespaces, kubeconfig } = this.#options;
    const { openWatch } = await import('../cluster/watching/open-watch.ts');
    const watch = await openWatch({
      kinds: kindsRead(rules),
      context,
      name,
      ...(prometheus && { prometheus }),
      ...(namespaces && { namespaces }),
      ...(kubeconfig !== undefined && { kubeconfig }),
    });
    if (this.#isClosed) watch.close();
    this.#watch = watch;
    let isKnown = false;
    watch.subscribe((changes) => {
      // Before the first lists are in, everything is new.
      isKnown ||= watch.state() !== null;
      if (!isKnown || !changes.some(isWorthReading)) return;
      for (const listener of this.#listeners) listener();
    });
    return watch;
  }

  /** How it is watched now; null before that begins. */
  health(): WatchHealth | null {
    const kinds = this.#watch?.health() ?? null;
    if (kinds === null) return null;
    const lags = kinds.flatMap(({ lag, status }) => (lag === null || status === 'forbidden' ? [] : [lag]));
    return {
      objects: kinds.reduce((sum, { objects }) => sum + objects, 0),
      lag: lags.length === 0 ? null : Math.max(...lags),
    };
  }

  /** How each kind is followed; empty before that begins. */
  kinds(): readonly KindHealth[] {
    return this.#watch?.health() ?? [];
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#opening?.then(
      (watch) => watch.close(),
      () => undefined,
    );
  }
}
