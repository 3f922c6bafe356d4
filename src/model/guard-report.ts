import type { Json, ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Change } from './change.ts';

/** What a change does to one root. */
export interface RootDifference {
  readonly root: string;
  readonly renderer: 'plain' | 'kustomize' | 'helm';
  /** `unknown`: one of the two sides could not be rendered, and `why` says why. */
  readonly status: 'changed' | 'same' | 'added' | 'removed' | 'unknown';
  readonly why: string | null;
  /** In the rendered sense; null on one side of an object that appears or goes away. */
  readonly changes: readonly Change<Json>[];
  /** Whether the cluster was looked at: false where nothing tells that the root goes there. */
  readonly isInCluster: boolean;
}

/** A line of the head. */
export interface GuardSite {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units; null for the line as a whole. */
  readonly column: number | null;
}

export interface GuardFinding {
  /** The rule, or the check, that foresees it. */
  readonly rule: string;
  readonly cause: string;
  readonly level: 'error' | 'warning';
  readonly object: ObjectRef | null;
  readonly field: string | null;
  readonly because: Prose;
  /** The roots that it is foreseen in. */
  readonly roots: readonly string[];
  /** Null where no line is at fault, or none was found. */
  readonly site: GuardSite | null;
  /** What the field should be, with the lines of the file that would say so; null where nothing proves it. */
  readonly suggestion: GuardSuggestion | null;
}

export interface GuardSuggestion {
  readonly value: Scalar;
  /** Unified diff of the repository. */
  readonly diff: string;
  /** The line at the site, as it would be; null where more than that line changes. */
  readonly line: string | null;
}

/** All that a guard has to say of one change. */
export interface GuardReport {
  /** Full commit ids. The base is the commit that the head was started from. */
  readonly base: string;
  readonly head: string;
  readonly cluster: string | null;
  readonly files: number;
  readonly roots: readonly RootDifference[];
  /** Worst first. */
  readonly findings: readonly GuardFinding[];
  /** What was not looked at, and why. */
  readonly leftOut: readonly Prose[];
}
