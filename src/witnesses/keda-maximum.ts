import { printFieldPath } from '../kubernetes/field-path.ts';
import { describeRef, isRecord, recordAt, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { quoted } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { Statement } from './statement.ts';

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

/** What is to say of a ScaledObject that sets no maximum. */
export interface UnsetMaximum extends Statement {
  /** Git sets one that the cluster does not have; a key stands in the wrong place; or neither. */
  readonly kind: 'only in git' | 'misplaced' | 'not chosen';
  readonly reason: Prose;
}

/**
 * @param maximum that of the autoscaler which KEDA makes
 * @param written the ScaledObject as git renders it; null where that is not known
 */
export function unsetMaximum(
  scaledObject: KubernetesObject,
  maximum: number,
  written: KubernetesObject | null,
): UnsetMaximum {
  const object = refOf(scaledObject);
  const ref = describeRef(object);
  const inGit = recordAt(written ?? undefined, 'spec')['maxReplicaCount'];
  if (inGit !== undefined && inGit !== null)
    return {
      kind: 'only in git',
      says: prose`Git sets spec.maxReplicaCount of ${ref} to ${String(inGit)}; the ScaledObject in the cluster has none.`,
      reason: prose`Git and the cluster differ in the maximum, so it is not changed in git.`,
      evidence: [],
      blames: [{ object, field: 'spec.maxReplicaCount' }],
    };
  const origin =
    maximum === KEDA_DEFAULT
      ? prose`${ref} sets no spec.maxReplicaCount, so the maximum of ${maximum} is KEDA's default: nobody chose it.`
      : prose`${ref} sets no spec.maxReplicaCount, so nobody chose the maximum of ${maximum} there.`;
  const misplaced = misplacedIn(written ?? scaledObject) ?? misplacedIn(scaledObject);
  if (!misplaced)
    return {
      kind: 'not chosen',
      says: origin,
      reason: prose`A default that nobody chose is not raised: a person has to choose a maximum.`,
      evidence: [quoted('object', scaledObject, null, 'spec.maxReplicaCount: not set')],
      // The line that the missing key would stand beside.
      blames: [{ object, field: 'spec.scaleTargetRef.name' }],
      advice: [
        prose`Set spec.maxReplicaCount of ${ref} to the maximum that the target and what it depends on can take.`,
      ],
    };
  const { key, value, field } = misplaced;
  return {
    kind: 'misplaced',
    says: prose`${origin} ${key}: ${value} stands at ${field}, where KEDA does not read it as the maximum.`,
    reason: prose`A maximum of ${value} was meant, not a larger one: a person has to move the key to spec.maxReplicaCount and check that ${value} replicas are enough.`,
    evidence: [quoted('object', scaledObject, null, `${field}: ${value}`)],
    blames: [{ object, field }],
    advice: [
      prose`Write maxReplicaCount: ${value} directly under spec of ${ref}; the replicas above it are then removed.`,
    ],
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
