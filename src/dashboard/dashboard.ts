import type { ConfigError } from '../config/checked-yaml.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { Ending } from '../model/ending.ts';
import type { Outcome, RecordedDecision } from '../store/records.ts';

/** What the dashboard issue of one repository shows. Times are milliseconds since the epoch. */
export interface Dashboard {
  readonly now: number;
  readonly entries: readonly Entry[];
  readonly configErrors: readonly ConfigError[];
  readonly clusters: readonly ClusterEntry[];
  /** What could not be read in the repository: nothing is rendered for it. */
  readonly unread: readonly UnreadFile[];
  /** Alerts that fire and that no incident explains; left out: there are none. */
  readonly alerts?: readonly AlertEntry[];
  /** What GitHub does not let Faultline do in this repository, one sentence each. */
  readonly notices?: readonly string[];
}

export interface UnreadFile {
  readonly file: string;
  /** From 1; null when the whole file is meant. */
  readonly line: number | null;
  readonly message: string;
}

export interface ClusterEntry {
  readonly name: string;
  /** Null before the first scan. */
  readonly scannedAt: number | null;
  /** Why the last scan did not read it, or not all of it; null when it did. */
  readonly problem: string | null;
}

/** An alert that fires and that no incident explains. */
export interface AlertEntry {
  /** One of our names for sources: `Alertmanager`. */
  readonly source: string;
  readonly cluster: string;
  readonly title: string;
  readonly since: number;
  /** What it is about, as far as the cluster has it. */
  readonly about: readonly ObjectRef[];
  /** Why nothing is known of what it names; null where something is. */
  readonly why: string | null;
}

/** One incident, and what is done about it. */
export interface Entry {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly object: ObjectRef;
  readonly container: string | null;
  readonly rule: string;
  readonly cause: string;
  /** One sentence. */
  readonly summary: string;
  readonly firstSeen: number;
  readonly decision: RecordedDecision | null;
  /** How often it came back after it was gone, and when it did last. */
  readonly returned: number;
  readonly returnedAt: number | null;
  /** Null while it fails. */
  readonly away: Away | null;
  readonly place: Place;
}

/** An incident that the last reading did not show. */
export interface Away {
  readonly since: number;
  readonly why: Ending;
  /** When it counts as over. */
  readonly overAt: number;
}

/** The status of an incident: the section that shows it, and what that section says about it. */
export type Place =
  | {
      readonly kind: 'proposed';
      readonly pullRequest: number;
      readonly isDraft: boolean;
      /** Our commit on its branch; null where it is not known. */
      readonly head: string | null;
    }
  | { readonly kind: 'waiting'; readonly why: string }
  /** `by`: null where GitHub does not tell. */
  | {
      readonly kind: 'closed';
      readonly pullRequest: number;
      readonly by: string | null;
      readonly at: number | null;
    }
  | { readonly kind: 'escalated'; readonly issue: number | null }
  | { readonly kind: 'merged'; readonly pullRequest: number; readonly outcome: Outcome }
  /** It has stayed away for its quiet time, or its object is gone. */
  | { readonly kind: 'over' }
  | { readonly kind: 'monitored' }
  | { readonly kind: 'declined' }
  | { readonly kind: 'snoozed'; readonly until: number; readonly by: string }
  | { readonly kind: 'ignored'; readonly by: string; readonly reason: string };
