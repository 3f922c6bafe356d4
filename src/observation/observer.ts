import type { Outcome } from '../lifecycle/outcome.ts';
import type { IncidentResult } from '../model/report.ts';

/** `missing`: only the full find has the incident. `extra`: only the increments had it. `other`: both, with other facts. */
export type DifferenceKind = 'missing' | 'extra' | 'other';

/** Told of what the service does, so that it can be measured. */
export interface Observer {
  /** @param problem why a cluster could not be read; null where it was */
  clusterRead(cluster: string, problem: string | null): void;
  recorded(scan: RecordedScan): void;
  /** An incident was told otherwise by increments than by a full find. */
  differed(kind: DifferenceKind): void;
  /** What a scan of a cluster did on GitHub. */
  acted(cluster: string, outcomes: readonly Outcome[]): void;
  /** What came of a message. */
  notified(service: string, outcome: string): void;
}

export interface RecordedScan {
  readonly cluster: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Every incident that the cluster shows, with the decision that counts. */
  readonly decided: readonly IncidentResult[];
  /** Fingerprints of those that nobody had recorded before. */
  readonly opened: readonly string[];
}

export const UNOBSERVED: Observer = {
  clusterRead: () => {},
  recorded: () => {},
  differed: () => {},
  acted: () => {},
  notified: () => {},
};
