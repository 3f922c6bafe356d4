import { messageOf } from '../errors/error-message.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
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

/** What one rule sees of one subject. */
export interface Seen {
  readonly detected: readonly Detected[];
  readonly failures: readonly RuleFailure[];
}

/** Objects that one rule may break on before it is given up: more of them are a bug that has nothing to do with one object. */
export const MOST_HIDDEN = 20;

/** A workload, an object, or the cluster as a whole: what a unit of detection is about. */
export type Target = Exclude<Subject, { readonly instances: unknown }>;

/** What a rule is asked about, for a target: the target itself, or its containers. */
export type SubjectsOf = (target: Target) => readonly Subject[];

/**
 * What a rule sees of a target. A rule that breaks on an object does not see that object, and sees all others.
 *
 * @param aside does what it is given without any note of what was read
 */
export function detectOn(
  rule: Rule,
  target: Target,
  subjectsOf: SubjectsOf,
  aside: <Result>(work: () => Result) => Result,
): Seen {
  const hidden = new Set<KubernetesObject>();
  const failures: RuleFailure[] = [];
  for (;;) {
    const visible = hidden.size === 0 ? target : without(target, (object) => hidden.has(object));
    const attempt = tried(rule, visible, subjectsOf);
    if ('detected' in attempt) return { detected: attempt.detected, failures };
    const culprit =
      hidden.size < MOST_HIDDEN && visible !== null
        ? aside(() => firstThatBreaks(rule, visible, subjectsOf))
        : null;
    failures.push({ rule: rule.id, object: culprit && refOf(culprit), message: messageOf(attempt.error) });
    if (culprit === null) return { detected: [], failures };
    hidden.add(culprit);
  }
}

function tried(
  rule: Rule,
  target: Target | null,
  subjectsOf: SubjectsOf,
): { readonly detected: readonly Detected[] } | { readonly error: unknown } {
  try {
    const subjects = target === null ? [] : subjectsOf(target);
    return { detected: subjects.flatMap((subject) => rule.detect(subject)) };
  } catch (error) {
    return { error };
  }
}

/** The target in a cluster without some of its objects; null where nothing is left of it. */
function without(target: Target, isHidden: (object: KubernetesObject) => boolean): Target | null {
  const cluster: ClusterState = hiding(target.cluster, isHidden);
  if ('pods' in target) return workloadWithout(target, cluster, isHidden);
  if ('object' in target) return isHidden(target.object) ? null : { ...target, cluster };
  return { cluster };
}

function workloadWithout(
  workload: WorkloadFacts,
  cluster: ClusterState,
  isHidden: (object: KubernetesObject) => boolean,
): WorkloadFacts | null {
  const { object } = workload;
  const [makers, pods, activePods] = [workload.makers, workload.pods, workload.activePods].map((objects) =>
    objects.filter((one) => !isHidden(one)),
  );
  if (makers!.length + pods!.length === 0) return null;
  return {
    ...workload,
    cluster,
    object: object && isHidden(object) ? undefined : object,
    makers: makers!,
    pods: pods!,
    activePods: activePods!,
  };
}

/**
 * The object whose arrival breaks the rule, when they arrive one after the other: pods first, then what pods belong to and use. Null when
 * the rule breaks without any. Bisects, so that the rule runs only 14 times for ten thousand objects.
 */
function firstThatBreaks(rule: Rule, target: Target, subjectsOf: SubjectsOf): KubernetesObject | null {
  const { cluster } = target;
  const kinds = cluster.kinds().toSorted((a, b) => Number(b === 'Pod') - Number(a === 'Pod'));
  const objects = kinds.flatMap((kind) => cluster.list(kind));
  const place = new Map<KubernetesObject, number>(objects.map((object, index) => [object, index]));
  const breaksWith = (arrived: number): boolean =>
    'error' in
    tried(
      rule,
      without(target, (object) => (place.get(object) ?? 0) >= arrived),
      subjectsOf,
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
