import type { ClusterState } from '../cluster/state.ts';
import { messageOf } from '../error-message.ts';
import { sameObject } from '../kubernetes/objects.ts';
import type { Rule, Symptom } from '../rules/rule.ts';

export interface Detected {
  readonly rule: Rule;
  readonly symptom: Symptom;
}

export interface RuleFailure {
  readonly rule: string;
  readonly message: string;
}

/** What every rule sees. A rule that breaks is reported and stops no other. */
export function detect(
  rules: readonly Rule[],
  cluster: ClusterState,
): { readonly detected: readonly Detected[]; readonly failures: readonly RuleFailure[] } {
  const detected: Detected[] = [];
  const failures: RuleFailure[] = [];
  for (const rule of rules) {
    try {
      for (const symptom of rule.detect(cluster)) detected.push({ rule, symptom });
    } catch (error) {
      failures.push({ rule: rule.id, message: messageOf(error) });
    }
  }
  return { detected, failures };
}

/** True when an incident already explains the same container, or where one of the two means the object as a whole. */
export function isExplained(symptom: Symptom, incidents: readonly { readonly symptom: Symptom }[]): boolean {
  return incidents.some(
    ({ symptom: other }) =>
      sameObject(other.object, symptom.object) &&
      (other.container === symptom.container || other.container === null || symptom.container === null),
  );
}
