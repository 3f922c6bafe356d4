import { messageOf } from '../../errors/error-message.ts';
import type { ApiKind } from '../../kubernetes/api-kinds.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from '../../model/cluster-state.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import { type ApiOptions, connect } from '../kubernetes-api.ts';
import { LIMITS, type ReadingLimits } from '../limits.ts';
import { liveAnswers } from '../live-answers.ts';
import type { PrometheusConnection } from '../prometheus-connection.ts';
import type { KindHealth } from './followed-kind.ts';
import { PACE, type Pace } from './pace.ts';
import { WatchedKinds } from './watched-kinds.ts';

export interface WatchOptions extends ApiOptions {
  /** What is watched; never Secrets. */
  readonly kinds: readonly ApiKind[];
  /** Base address of a Prometheus; left out: metrics are unknown. */
  readonly prometheus?: string | PrometheusConnection;
  /** The cluster's name; left out: the context's. */
  readonly name?: string;
  /** Where kinds are watched that may not be watched everywhere, beside the namespace of the context. */
  readonly namespaces?: readonly string[];
  /** Left out: {@link LIMITS}. */
  readonly limits?: ReadingLimits;
  /** Left out: {@link PACE}. */
  readonly pace?: Pace;
}

/** A live cluster that is watched until it is closed. */
export interface ClusterWatch {
  readonly name: string;
  /** Its `read` waits for the first lists, and throws where the cluster does not answer. */
  readonly source: ClusterSource;
  /**
   * The cluster now; while it is away, as it was when it last answered. null until the first lists are in, or had their time: kinds that
   * are not listed by then are unknown, and a problem names them.
   */
  state(): ClusterState | null;
  /** Whether the cluster has not answered anything for two minutes. */
  isAway(): boolean;
  /** Calls back with what changed, as often as the server says so, from the first list on. @returns ends that */
  subscribe(listener: (changes: readonly ObjectChange[]) => void): () => void;
  /** What cannot be read now, and what is malformed. */
  problems(): readonly ClusterProblem[];
  health(): readonly KindHealth[];
  /** Ends all requests. */
  close(): void;
}

/**
 * Watches a live cluster: nothing but GET requests, and none for Secrets. It returns before anything was read; what may not be
 * read becomes a problem and is unknown.
 *
 * @throws {InputError} when the kubeconfig, the context or the Prometheus address is unusable.
 */
export async function openWatch(options: WatchOptions): Promise<ClusterWatch> {
  const reported: ClusterProblem[] = [];
  const report = (where: string, message: string): void => {
    if (!reported.some((one) => one.where === where && one.message === message))
      reported.push({ where, message });
    if (reported.length > 100) reported.shift();
  };
  const api = await connect(options);
  const name = options.name ?? api.context;
  const listeners = new Set<(changes: readonly ObjectChange[]) => void>();
  const watched = new WatchedKinds({
    api,
    name,
    kinds: options.kinds,
    namespaces: options.namespaces ?? [],
    limits: options.limits ?? LIMITS,
    pace: options.pace ?? PACE,
    changed: (changes) => {
      for (const listener of listeners) {
        try {
          listener(changes);
        } catch (error) {
          // A bug of one that listens ends neither the watch nor the others.
          report(name, `what follows changes failed: ${messageOf(error)}`);
        }
      }
    },
  });
  return {
    name,
    source: {
      ...liveAnswers(api, options.prometheus, report),
      read: () => watched.read(),
    },
    state: () => watched.state(),
    isAway: () => watched.isAway(),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    problems: () => [...watched.problems(), ...reported],
    health: () => watched.health(),
    close: () => {
      listeners.clear();
      watched.close();
      api.close();
    },
  };
}
