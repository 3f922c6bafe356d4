import type { ClusterSource, ClusterState } from '../model/cluster-state.ts';
import type { Commit } from '../model/commit.ts';
import type { ImageSource } from '../model/registry-image.ts';
import type { Config } from '../config/schema.ts';
import type { ConfigError } from '../config/checked-yaml.ts';
import type { Renderers } from '../renderers/renderers.ts';
import type { IncidentFinder } from '../incidents/incident-finder.ts';
import type { Incident } from '../model/incident.ts';
import type { KnownFingerprints } from '../incidents/fingerprint.ts';
import type { Repository } from '../git/repository.ts';
import { Revision } from '../sources/revision.ts';
import type { FixVerdict } from '../model/verdict.ts';
import type { ValueAsked } from '../decisions/set-values.ts';

/** An earlier fix: what it was for, and what became of it. */
export interface JudgedFix {
  /** As `workloadKey` writes it. */
  readonly workload: string;
  readonly rule: string;
  readonly verdict: FixVerdict;
}

export interface DiagnoseInput {
  readonly source: ClusterSource;
  /** What was read from the source already, for a caller that reads it too. */
  readonly cluster?: ClusterState;
  readonly repository: Repository;
  readonly revision: Revision;
  readonly renderers: Renderers;
  /** Registries that may be asked what they have; left out: none. */
  readonly images?: ImageSource;
  readonly config: Config;
  readonly configErrors: readonly ConfigError[];
  /** Adds what a language model wrote. It waits for no model. Default: nothing is added. */
  readonly explain?: (incidents: readonly Incident[]) => Promise<readonly Incident[]>;
  /** Values that people asked for in pull requests, in place of those that a finding wants; of several for one field the last one wins. */
  readonly valuesAsked?: readonly ValueAsked[];
  /** True where the caller holds proposals to `limits` itself, knowing what is open on GitHub. */
  readonly areLimitsElsewhere?: boolean;
  /** The fingerprints that pull requests and the store have for incidents; an incident keeps the one that it has there. */
  readonly known?: KnownFingerprints;
  /** Notes with incidents what others report about them; left out: nobody does. It keeps their number and order. */
  readonly noteAlerts?: (incidents: readonly Incident[]) => readonly Incident[];
  /** Finds the incidents, and knows those of earlier scans of the cluster; left out: nothing is known. */
  readonly finder?: Pick<IncidentFinder, 'find'>;
  /** How earlier proposals for workloads were judged, the newest in front; left out: nothing is known. Asked once for all incidents. */
  readonly judged?: (workloads: readonly string[]) => Promise<readonly JudgedFix[]>;
  /** Which commits are Faultline's own; left out: those of the command line. */
  readonly isOwnCommit?: (commit: Commit) => boolean;
  /** What the branch that is deployed requires before a merge; left out: not known, so that nothing auto-merges. */
  readonly requiredChecks?: (branch: string) => Promise<readonly string[]>;
  /** Called as the work goes on, for a progress line. */
  readonly onProgress?: (stage: string, done: number, of: number) => void;
}
