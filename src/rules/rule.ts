import type { ClusterState } from '../model/cluster-state.ts';
import type { Finding, RuleId } from '../model/finding.ts';
import type { Answers, Need } from '../model/need.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';

/**
 * One failure class. `detect` looks at every object once and is cheap; `investigate` works out the cause of one symptom.
 * Both are pure: what is not in the cluster state (logs, metrics, history, registries) is asked for through needs.
 */
export interface Rule {
  /** Named after Kubernetes' own reasons: `image-pull`, `oom-killed`, `config-reference`, `hpa-at-maximum`. */
  readonly id: RuleId;
  /** One line for the list of rules. */
  readonly title: string;
  /** Every cause that a finding of this rule can have. */
  readonly causes: readonly string[];
  detect(cluster: ClusterState): readonly Symptom[];
  investigate(symptom: Symptom, view: View): Investigation;
}

/** What made a rule look closer: one failing thing, with the objects that show it. */
export interface Symptom {
  readonly rule: RuleId;
  /** The topmost owner: what a fix would change. */
  readonly object: ObjectRef;
  readonly container: string | null;
  /** Pods (or other objects) that show the failure, the worst first. */
  readonly seenOn: readonly ObjectRef[];
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
}

/**
 * `does-not-apply`: what was asked for shows that the symptom is none of this rule's. It makes no incident and claims nothing:
 * the next rule that saw the same container reports it.
 */
export type Investigation =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'needs'; readonly needs: readonly Need[] }
  | { readonly kind: 'does-not-apply' };

/** What an investigation can see. */
export interface View {
  readonly cluster: ClusterState;
  /** The greatest factor that policy lets a memory limit be raised by (`limits.memoryFactor`). */
  readonly memoryFactor: number;
  /** Those of `needs` that have not been answered yet. */
  missing(needs: readonly Need[]): readonly Need[];
  /** The answer to a need, null when it could not be found out. Throws when the need was never asked: a bug of the rule. */
  answer<N extends Need>(need: N): Answers[N['kind']] | null;
}
