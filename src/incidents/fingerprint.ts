import { createHash } from 'node:crypto';
import type { Symptom } from '../model/finding.ts';

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
