import { MINUTE } from '../kubernetes/durations.ts';
import { isRecord, recordAt } from '../kubernetes/objects.ts';
import { parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { ageOf, conditionsIn, quote } from './observations.ts';
import type { Evidence } from '../model/evidence.ts';

/** Conditions come and go; one that has stood for this long means something. */
const LASTING = 5 * MINUTE;
const ON_ITS_WAY = /^(Progressing|Issuing|Pending|Reconciling)/;

/** The condition by which a custom resource has been saying for minutes that it is not as it should be; null for one that is suspended or being deleted. */
export function unreadyCondition(cluster: ClusterState, object: ClusterObject): Condition | null {
  if (object.metadata.deletionTimestamp !== undefined || recordAt(object, 'spec')['suspend'] === true)
    return null;
  const found = conditionsIn(object).find(
    ({ type, status, reason }) =>
      /^(Ready|Synced|Healthy|Available)$/.test(type) && status === 'False' && !ON_ITS_WAY.test(reason ?? ''),
  );
  return found && ageOf(cluster, found.lastTransitionTime) >= LASTING ? found : null;
}

/** Milliseconds since the epoch. */
export function sinceOf({ lastTransitionTime }: Condition, cluster: ClusterState): number {
  return parseTime(lastTransitionTime) ?? cluster.now;
}

export interface MissingReference {
  /** `spec.secretStoreRef.name` */
  readonly field: string;
  readonly kind: string;
  readonly name: string;
  /** Others of its kind that could be meant. */
  readonly others: readonly string[];
  readonly evidence: Evidence;
}

/** Objects that the spec names through fields like `secretStoreRef: {kind, name}` and that are not there, where others of their kind are on record. */
export function missingReferences(cluster: ClusterState, object: ClusterObject): readonly MissingReference[] {
  return Object.entries(recordAt(object, 'spec')).flatMap(([field, value]) => {
    if (!field.endsWith('Ref') || !isRecord(value)) return [];
    const { kind, name } = value;
    if (typeof kind !== 'string' || typeof name !== 'string') return [];
    const own = object.metadata.namespace ?? null;
    const others = cluster
      .list(kind)
      .filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === own)
      .map(({ metadata }) => metadata.name);
    if (others.length === 0 || others.includes(name)) return [];
    const text = `spec.${field} names ${kind} ${name}, which is not there; there are: ${others.join(', ')}`;
    return [
      { field: `spec.${field}.name`, kind, name, others, evidence: quote('object', object, null, text) },
    ];
  });
}
