import type { ClusterSource, ClusterState } from '../model/cluster-state.ts';

/** A cluster that is watched: a live one, or a recording, which is read again when it changes. */
export interface WatchedCluster {
  readonly name: string;
  /** Those that are deployed to it, as `acme/infra`; null for all. */
  readonly repositories: readonly string[] | null;
  /**
   * Its source, whose `read` answers with the cluster as it is now.
   *
   * @throws {InputError} where it cannot be reached with what is known of it
   */
  open(): Promise<ClusterSource>;
  /** Calls back when something changed that rules may see, from the time when it is open. A recording calls nobody. @returns ends that */
  subscribe(changed: () => void): () => void;
  /** Ends watching, for good. */
  close(): void;
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
