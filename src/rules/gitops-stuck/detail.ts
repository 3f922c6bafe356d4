import type { Ask } from '../../model/ask.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import type { Complaint } from './complaint.ts';

/** What git, history and the cluster add to what the controller says. */
export type Detail = Partial<Omit<Conclusion, 'evidence' | 'cause'>> & {
  readonly because: readonly Prose[];
  readonly evidence: Conclusion['evidence'];
};

/** What is looked into. */
export interface Stuck {
  readonly cluster: ClusterState;
  readonly object: ClusterObject;
  readonly complaint: Complaint;
  readonly ask: Ask;
}
