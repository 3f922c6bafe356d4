import type { ObjectRef } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Commit } from './commit.ts';
import type { Evidence } from './evidence.ts';
import type { Phase } from './phase.ts';
import type { Change } from './change.ts';

/** The id of a rule, such as `image-pull`: one of those in `src/rules/index.ts`. */
export type RuleId = string;

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

/** Something that could have been the cause, and what speaks against it. */
export interface RuledOut {
  /** A clause: `the memory limit`, `image-pull: unauthorized`. */
  readonly what: Prose;
  /** A clause without a full stop. It says what some evidence shows. */
  readonly because: Prose;
}

/** The findings that a finding gives way to: all others about its container (or its whole object), or those of some rules. */
export type GivesWayTo = 'any' | readonly RuleId[];

/** What is at fault: an object by its kind, or a `Node`, a `Registry` (by its host), a `GitSource`. Often not what shows the symptom. */
export type Culprit = Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;

/** What people may set in place of the rule's value with `/rca set`. */
export type Settable =
  /** Another tag or digest of the same image. */
  | { readonly to: 'tag' }
  /** A quantity from what it is now up to `limits.memoryFactor` times that, a request never above its limit. */
  | { readonly to: 'amount' }
  /** A whole number from what it is now up to so many times that. */
  | { readonly to: 'number'; readonly times: number }
  /** The name of an object, or a key. */
  | { readonly to: 'name' }
  | { readonly to: 'text' };

/** What holds for the changes of a cause, beside their values. */
export interface ChangeTerms {
  /** Left out: nothing can be set. */
  readonly settable?: Settable;
  /** The value is as wrong in other roots: an image for whoever pulls it, the name of an object where none has it. */
  readonly wrongElsewhere?: 'image' | 'object';
  /** Only a value that stands in a file that people keep is changed: none is added where a default applies that nobody chose. */
  readonly onlyWritten?: true;
}

export interface Finding {
  readonly rule: RuleId;
  /** One of the rule's causes. */
  readonly cause: string;
  readonly object: ObjectRef;
  readonly container: string | null;
  readonly phase: Phase;
  /** True where nothing fails yet. Left out: it fails now. */
  readonly foresees?: true;
  readonly culprit: Culprit;
  /** Objects that suffer from the culprit, itself left out. */
  readonly affected: readonly ObjectRef[];
  /**
   * What would explain it further up, the nearest first: the claim behind a Pending pod, the store behind an ExternalSecret, a node.
   * Where one of them has a finding of its own, this one follows it; what that object refers to itself need not be named.
   */
  readonly explainedBy: readonly Culprit[];
  readonly givesWayTo: GivesWayTo;
  /** One sentence: what broke and why. */
  readonly summary: Prose;
  /** One paragraph. Every claim in it rests on some evidence. */
  readonly rootCause: Prose;
  readonly evidence: readonly Evidence[];
  readonly ruledOut: readonly RuledOut[];
  readonly confidence: readonly ConfidencePart[];
  readonly verdict: Verdict;
  /** Why not a fix (or why this fix): one sentence, shown with the decision. */
  readonly reason: Prose;
  /** Empty unless an edit is known: for `fix`, and for `escalate` where only the size or policy is in doubt. */
  readonly changes: readonly Change[];
  /** Left out: none. */
  readonly terms?: ChangeTerms;
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
