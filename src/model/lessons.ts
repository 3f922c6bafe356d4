import type { Scalar } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';

/** What a fix teaches: a field of one rendered object that must not be less from now on. */
export interface Lesson {
  /** `Deployment/tiles` */
  readonly object: string;
  readonly namespace: string | null;
  /** The folder that renders it. */
  readonly root: string;
  readonly field: string;
  readonly atLeast: Exclude<Scalar, null | boolean>;
}

/** What a fix does to the file of expectations, beside what it fixes. */
export interface Lessons {
  readonly file: string;
  /** The whole file afterwards; null where it stays as it is. */
  readonly content: Buffer | null;
  /** Unified; empty where it stays as it is. */
  readonly diff: string;
  /** What is expected from now on, with its line in the file afterwards. */
  readonly written: readonly (Lesson & { readonly line: number })[];
  /** Expectations of earlier fixes that this one ends, with their lines before. */
  readonly ended: readonly { readonly line: number; readonly since: string }[];
  /** Why something is not written that would have been: clauses. */
  readonly left: readonly Prose[];
}
