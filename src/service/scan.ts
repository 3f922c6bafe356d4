import { CONFIG_FILE } from '../config/defaults.ts';
import type { Host } from '../github/host.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Report } from '../model/report.ts';
import type { Checkout } from './workspace.ts';

/** One scan of a cluster, for one repository. */
export interface RepositoryScan {
  /** Name of the cluster. */
  readonly cluster: string;
  /** The cluster as it was read. */
  readonly state: ClusterState;
  readonly report: Report;
  readonly checkout: Checkout;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One scan of one repository, over all of its clusters: what is the same for all of them is asked for once. */
export interface Round {
  readonly host: Host;
  checkOut(): Promise<Checkout | null>;
}

/** A file counts as a configuration however wrong it is: then it allows nothing but monitoring, and says so. */
export function hasConfiguration({ revision }: Checkout): boolean {
  return revision.tree.entry(CONFIG_FILE) !== undefined;
}
