import { printFieldPath } from '../../kubernetes/field-path.ts';
import { describeRef, isRecord, recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { Blame } from '../../model/finding.ts';
import type { Conclusion } from '../sizing/conclusion.ts';
import { atMaximum, type Case } from './judgements.ts';

/**
 * What KEDA takes for a maximum that nobody wrote.
 * Source: https://keda.sh/docs/latest/reference/scaledobject-spec/#maxreplicacount
 */
const KEDA_DEFAULT = 100;

/** A key that reads like KEDA's maximum and stands where nothing reads it. */
export interface Misplaced {
  readonly field: string;
  readonly key: string;
  readonly value: string;
}

/**
 * The maximum is KEDA's default: the ScaledObject sets none. A key that was meant to set it is named.
 *
 * @param written the ScaledObject as git renders it; null where that is not known
 */
export function defaultMaximum(known: Case, written: KubernetesObject | null): Conclusion | null {
  const { manager, maximum } = known.autoscaler;
  if (manager.kind !== 'keda' || !manager.object) return null;
  if (recordAt(manager.object, 'spec')['maxReplicaCount'] !== undefined) return null;
  const inGit = written && recordAt(written, 'spec')['maxReplicaCount'];
  if (inGit !== null && inGit !== undefined) return notYet(known, manager.object, String(inGit));
  const misplaced = misplacedIn(written ?? manager.object) ?? misplacedIn(manager.object);
  const ref = describeRef(refOf(manager.object));
  const origin: Prose =
    maximum === KEDA_DEFAULT
      ? prose`${ref} sets no spec.maxReplicaCount, so the maximum of ${maximum} is KEDA's default: nobody chose it.`
      : prose`${ref} sets no spec.maxReplicaCount, so nobody chose the maximum of ${maximum} there.`;
  const meant = misplaced
    ? prose` ${misplaced.key}: ${misplaced.value} stands at ${misplaced.field}, where KEDA does not read it as the maximum.`
    : prose``;
  return {
    cause: 'default-maximum',
    verdict: 'escalate',
    summary: atMaximum(known),
    explanation: prose`${origin}${meant}`,
    reason: misplaced
      ? prose`A maximum of ${misplaced.value} was meant, not a larger one: a person has to move the key to spec.maxReplicaCount and check that ${misplaced.value} replicas are enough.`
      : prose`A default that nobody chose is not raised: a person has to choose a maximum.`,
    evidence: misplaced
      ? [quoted('object', manager.object, null, `${misplaced.field}: ${misplaced.value}`)]
      : [quoted('object', manager.object, null, 'spec.maxReplicaCount: not set')],
    blames: misplaced ? [{ object: refOf(manager.object), field: misplaced.field }] : kindOf(manager.object),
    advice: [
      misplaced
        ? prose`Write maxReplicaCount: ${misplaced.value} directly under spec of ${ref}; the replicas above it are then removed.`
        : prose`Set spec.maxReplicaCount of ${ref} to the maximum that the target and what it depends on can take.`,
    ],
  };
}

/** The line that the missing key would stand beside. */
function kindOf(object: KubernetesObject): readonly Blame[] {
  return [{ object: refOf(object), field: 'spec.scaleTargetRef.name' }];
}

function notYet(known: Case, object: KubernetesObject, inGit: string): Conclusion {
  return {
    cause: 'waiting-for-sync',
    verdict: 'monitor',
    summary: atMaximum(known),
    explanation: prose`Git sets spec.maxReplicaCount of ${describeRef(refOf(object))} to ${inGit}; the ScaledObject in the cluster has none.`,
    reason: prose`Git and the cluster differ in the maximum, so it is not changed in git.`,
    blames: [{ object: refOf(object), field: 'spec.maxReplicaCount' }],
  };
}

const MAXIMUM = /^max(?:imum)?replica(?:s|count)?(?:count)?$/;

/** The first key below an object that is called like the maximum, `spec.maxReplicaCount` aside. */
export function misplacedIn(object: KubernetesObject): Misplaced | null {
  const visit = (value: unknown, path: readonly (string | number)[]): Misplaced | null => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        const found = visit(item, [...path, index]);
        if (found) return found;
      }
      return null;
    }
    if (!isRecord(value)) return null;
    for (const [key, child] of Object.entries(value)) {
      const here = [...path, key];
      const isScalar = typeof child === 'string' || typeof child === 'number';
      const isOwn = path.length === 1 && path[0] === 'spec' && key === 'maxReplicaCount';
      if (isScalar && !isOwn && MAXIMUM.test(key.toLowerCase().replaceAll(/[-_.]/g, '')))
        return { field: printFieldPath(here), key, value: String(child) };
      const found = visit(child, here);
      if (found) return found;
    }
    return null;
  };
  const { status: _status, ...rest } = object;
  return visit(rest, []);
}
