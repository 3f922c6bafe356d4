import { createHash } from 'node:crypto';
import type { Finding, Symptom } from '../rules/rule.ts';

/** All signals that share one root cause. */
export interface Incident {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly symptom: Symptom;
  readonly finding: Finding;
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
