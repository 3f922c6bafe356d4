import type { ChangesBefore } from './changed-before.ts';
import type { BackOff, ContainerEnd } from './container-end.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Finding, Symptom } from './finding.ts';

/** All findings with one culprit and cause, and those that follow from it. */
export interface Incident {
  /** Cluster, culprit and cause, hashed: the same fault has it in every run. 16 hexadecimal digits. */
  readonly fingerprint: string;
  /** Cluster, object, container and rule of the leading finding, hashed: it stays the same when the cause becomes clearer. */
  readonly subject: string;
  /** The fingerprint and the subject of every finding in it: each would be an incident of its own if the others were not there. */
  readonly includes: readonly string[];
  readonly cluster: string;
  readonly symptom: Symptom;
  readonly finding: Finding;
  /** What other rules found, and this explains. */
  readonly followers: readonly Finding[];
  /** How it showed, from what people notice first to what is at fault: `CrashLoopBackOff`, `config-reference/object-renamed`. */
  readonly chain: readonly string[];
  /** How the container of the finding ended last; null where it did not, or nothing is on record. */
  readonly ended: ContainerEnd | null;
  readonly backOff: BackOff | null;
  /** What changed since the workload was last Ready; null where nothing did, or it is not known when it was. */
  readonly changes: ChangesBefore | null;
  /** Values that people asked for in place of those that the rule wants, and that are not proposed; left out where nobody asked. */
  readonly refusedValues?: readonly ValueRefused[];
  /** What a language model wrote about it; left out where none was asked, or none answered. */
  readonly explanation?: Explanation;
}

/** Prose of a language model: plain text, and no fact. Nothing but its own section is made of it. */
export interface Explanation {
  readonly text: string;
  /** As the settings name it. */
  readonly model: string;
}

export interface ValueRefused {
  readonly field: string;
  readonly value: string;
  readonly why: Prose;
}

/** True for the fingerprint or subject of the incident, or of a finding in it. */
export function isKnownAs(
  { fingerprint, includes }: Pick<Incident, 'fingerprint' | 'includes'>,
  known: string,
): boolean {
  return fingerprint === known || includes.includes(known);
}
