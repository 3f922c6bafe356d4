import { createHash } from 'node:crypto';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Finding, Symptom } from '../model/finding.ts';
import type { Prose } from '../untrusted/prose.ts';

/** All signals that share one root cause. */
export interface Incident {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly symptom: Symptom;
  readonly finding: Finding;
  /** What became of values that people asked for in place of those that the rule wants; left out where nobody did. */
  readonly values?: ValuesAsked;
}

export interface ValuesAsked {
  /** In place of `own`, which the rule wants. `finding.wanted` has the value already. */
  readonly set: readonly { readonly field: string; readonly own: Scalar; readonly value: string }[];
  readonly refused: readonly { readonly field: string; readonly value: string; readonly why: Prose }[];
}

/** Cluster, namespace, kind, name, container and rule, hashed: the same failure has it in every run. 16 hexadecimal digits. */
export function fingerprintOf(
  cluster: string,
  symptom: Pick<Symptom, 'object' | 'container' | 'rule'>,
): string {
  const { object, container, rule } = symptom;
  return createHash('sha256')
    .update(JSON.stringify([cluster, object.namespace, object.kind, object.name, container, rule]))
    .digest('hex')
    .slice(0, 16);
}
