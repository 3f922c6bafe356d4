import { messageOf } from '../errors/error-message.ts';
import { containersIn, objectsOf, workloadsIn } from '../facts/subjects.ts';
import { refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Detected, Rule, Subject } from '../rules/define-rule.ts';
import { hiding } from './hidden-objects.ts';

export interface RuleFailure {
  readonly rule: string;
  /** The object that the rule broke on; null when it broke without any. */
  readonly object: ObjectRef | null;
  readonly message: string;
}

/** Objects that one rule may break on before it is given up: more of them are a bug that has nothing to do with one object. */
const MOST_HIDDEN = 20;

/**
 * What every rule sees. A rule that breaks on an object does not see that object, and sees all others; it stops no other
 * rule.
 */
export function detect(
  rules: readonly Rule[],
  cluster: ClusterState,
): { readonly detected: readonly Detected[]; readonly failures: readonly RuleFailure[] } {
  const detected: Detected[] = [];
  const failures: RuleFailure[] = [];
  for (const rule of rules) {
    const seen = detectWith(rule, cluster);
    detected.push(...seen.detected);
    failures.push(...seen.failures);
  }
  return { detected, failures };
}

interface Seen {
  readonly detected: readonly Detected[];
  readonly failures: readonly RuleFailure[];
}

function detectWith(rule: Rule, cluster: ClusterState): Seen {
  const hidden = new Set<KubernetesObject>();
  const failures: RuleFailure[] = [];
  for (;;) {
    const visible = hidden.size === 0 ? cluster : hiding(cluster, (object) => hidden.has(object));
    const attempt = tried(rule, visible);
    if ('detected' in attempt) return { detected: attempt.detected, failures };
    const culprit = hidden.size < MOST_HIDDEN ? firstThatBreaks(rule, visible) : null;
    const message = messageOf(attempt.error);
    failures.push({ rule: rule.id, object: culprit && refOf(culprit), message });
    if (culprit === null) return { detected: [], failures };
    hidden.add(culprit);
  }
}

function tried(
  rule: Rule,
  cluster: ClusterState,
): { readonly detected: readonly Detected[] } | { readonly error: unknown } {
  try {
    return { detected: subjectsIn(cluster, rule).flatMap((subject) => rule.detect(subject)) };
  } catch (error) {
    return { error };
  }
}

/** All that a rule is asked about. */
function subjectsIn(cluster: ClusterState, rule: Rule): readonly Subject[] {
  return rule.on.flatMap((on): readonly Subject[] => {
    switch (on) {
      case 'cluster':
        return [{ cluster }];
      case 'workload':
        return workloadsIn(cluster);
      case 'container':
        return workloadsIn(cluster).flatMap(containersIn);
      default:
        return objectsOf(on, cluster);
    }
  });
}

/**
 * The object whose arrival breaks the rule, when they arrive one after the other: pods first, then what pods belong to and use. Null when
 * the rule breaks without any. Bisects, so that the rule runs only 14 times for ten thousand objects.
 */
function firstThatBreaks(rule: Rule, cluster: ClusterState): KubernetesObject | null {
  const kinds = cluster.kinds().toSorted((a, b) => Number(b === 'Pod') - Number(a === 'Pod'));
  const objects = kinds.flatMap((kind) => cluster.list(kind));
  const place = new Map(objects.map((object, index) => [object, index]));
  const breaksWith = (arrived: number): boolean =>
    'error' in
    tried(
      rule,
      hiding(cluster, (object) => (place.get(object) ?? 0) >= arrived),
    );
  if (objects.length === 0 || breaksWith(0)) return null;
  let [whole, broken] = [0, objects.length];
  while (broken - whole > 1) {
    const middle = Math.floor((whole + broken) / 2);
    if (breaksWith(middle)) broken = middle;
    else whole = middle;
  }
  return objects[broken - 1]!;
}
