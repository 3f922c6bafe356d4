import type { ClusterState, LogRequest, MetricRequest, MetricSeries } from '../cluster/state.ts';
import type { KubernetesObject, ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { MaskedText } from '../untrusted/masked.ts';
import type { Prose, Untrusted } from '../untrusted/prose.ts';

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

/** The closed set of rules. */
export type RuleId = 'image-pull' | 'oom-killed' | 'config-reference' | 'hpa-at-maximum' | 'unclassified';

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

/** What a rule may ask for beyond the cluster state. The edge that fetches an answer masks it; the runner passes it on. */
export type Need =
  | ({ readonly kind: 'log' } & LogRequest)
  | ({ readonly kind: 'metric' } & MetricRequest)
  | { readonly kind: 'field-history'; readonly object: ObjectRef; readonly field: string }
  | { readonly kind: 'rename'; readonly object: ObjectRef }
  | { readonly kind: 'rendered-object'; readonly object: ObjectRef }
  | { readonly kind: 'difference'; readonly object: ObjectRef; readonly field: string }
  | { readonly kind: 'rendered'; readonly objectKind: string; readonly namespace: string | null };

/** What each need is answered with. `null` means: could not be found out (not recorded, forbidden, no history). */
export interface Answers {
  /** The log's last lines, masked as a whole by the edge that read them. */
  readonly log: MaskedText;
  readonly metric: readonly MetricSeries[];
  /** The rendered value of the field after each commit that changed it, newest first. */
  readonly 'field-history': readonly FieldVersion[];
  /** Commits in which an object of this kind and namespace disappeared under this name while another appeared, newest first: all that appeared. */
  readonly rename: readonly Rename[];
  /** The object as the one root that has it renders it now. */
  readonly 'rendered-object': KubernetesObject;
  /** Why the cluster has another value than git renders. */
  readonly difference: Difference;
  /** Objects of the kind that the repository renders now for the cluster. */
  readonly rendered: readonly RenderedKeys[];
}

/**
 * Why a live value is not what git renders: `lag`, the commit has not been applied yet; `drift`, it was, and something else
 * changed the value in the cluster; `unknown`, nothing on record tells.
 */
export interface Difference {
  readonly kind: 'lag' | 'drift' | 'unknown';
  /** What shows it, in a sentence: since when and by whom, as far as that is known. */
  readonly because: Prose;
  readonly evidence: readonly Evidence[];
}

export interface FieldVersion {
  /** Undefined where the object did not have the field. */
  readonly value: Scalar | undefined;
  readonly commit: Commit;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
  /** Share of equal content, 0 to 1. */
  readonly similarity: number;
  /** Keys of `data`, `stringData` and `binaryData` of the old object; null or left out where they cannot be told. */
  readonly fromKeys?: readonly string[] | null;
  /** Other objects whose content went into the new one in the same commit. */
  readonly mergedWith?: readonly string[];
  readonly commit: Commit;
}

export interface RenderedKeys {
  readonly ref: ObjectRef;
  /** Keys of `data`, `stringData` and `binaryData`. */
  readonly keys: readonly string[];
  readonly root: string;
}

export interface Commit {
  readonly sha: string;
  readonly author: string;
  readonly email: string;
  /** Author date, milliseconds since the epoch. */
  readonly at: number;
  readonly subject: string;
}

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

export type EvidenceSource =
  'pod-status' | 'event' | 'log' | 'metric' | 'object' | 'git' | 'registry' | 'config';

/** A quoted observation. */
export interface Evidence {
  readonly source: EvidenceSource;
  /** `Pod shop/cart-7d…`, `apps/cart/kustomization.yaml:8`, a commit's short sha. */
  readonly ref: string;
  /** Milliseconds since the epoch; null when the source has no time. */
  readonly at: number | null;
  readonly text: Untrusted;
}

/** A field that should have another value. `before` is null where the field does not exist yet. */
export interface WantedChange {
  readonly object: ObjectRef;
  /** As `kubectl explain` writes it. */
  readonly field: string;
  readonly before: Scalar;
  readonly after: Scalar;
}

/** A field that decides here, whether or not it is edited: its line in git is looked up and shown. */
export interface Blame {
  readonly object: ObjectRef;
  /** As `kubectl explain` writes it; a single value. */
  readonly field: string;
}

/** What the rule would have done, before policy: it can only be lowered by what follows. */
export type Verdict = 'fix' | 'monitor' | 'escalate' | 'decline';

/** A reason to hold back, each of which only ever lowers the decision. */
export interface Guard {
  /** `no-auto-merge`: a person merges. `draft`: a person must think; the pull request is a draft. */
  readonly kind: 'no-auto-merge' | 'draft';
  readonly reason: Prose;
}

/** One reason for the confidence: the score is the product of all factors. */
export interface ConfidencePart {
  readonly factor: number;
  readonly reason: Prose;
}

/** Numbers over time that are the evidence, for a chart. */
export interface Chart {
  readonly title: string;
  /** Unit of the values: `MiB`, `replicas`, `%`. */
  readonly unit: string;
  /** At most 60 points, oldest first; milliseconds since the epoch. */
  readonly points: readonly (readonly [number, number])[];
  /** A horizontal line to compare with: the limit, the target. */
  readonly line: { readonly label: string; readonly value: number } | null;
}

export interface Finding {
  readonly rule: RuleId;
  /** One of the rule's causes. */
  readonly cause: string;
  readonly object: ObjectRef;
  readonly container: string | null;
  /** One sentence: what broke and why. */
  readonly summary: Prose;
  /** One paragraph. Every claim in it rests on some evidence. */
  readonly rootCause: Prose;
  readonly evidence: readonly Evidence[];
  readonly confidence: readonly ConfidencePart[];
  readonly verdict: Verdict;
  /** Why not a fix (or why this fix): one sentence, shown with the decision. */
  readonly reason: Prose;
  /** Empty unless an edit is known: for `fix`, and for `escalate` where only the size or policy is in doubt. */
  readonly wanted: readonly WantedChange[];
  readonly guards: readonly Guard[];
  /** Fields that a reader has to see, the guiltiest first, beside those that are edited. */
  readonly blames?: readonly Blame[];
  /** What a person can do, most useful first. */
  readonly advice: readonly Prose[];
  readonly chart: Chart | null;
  /** The commit that brought the fault, where the rule knows it; otherwise the guilty line's last change is meant. */
  readonly introducedBy?: Commit;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
}

/** Product of the parts, rounded to two digits. */
export function confidenceOf(parts: readonly ConfidencePart[]): number {
  return Math.round(parts.reduce((product, part) => product * part.factor, 1) * 100) / 100;
}

/** A stable text for a need: equal needs have equal keys. */
export function needKey(need: Need): string {
  return JSON.stringify(need, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
