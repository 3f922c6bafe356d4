import { createHash } from 'node:crypto';
import { objectKey } from '../kubernetes/objects.ts';
import type { Finding, Symptom } from '../model/finding.ts';
import type { Incident } from '../model/incident.ts';

/** What an incident is by: two findings with the same are one fault. */
export type Fault = readonly [
  culprit: readonly [kind: string, namespace: string | null, name: string],
  container: string | null,
  cause: string,
];

/**
 * The culprit with the cause. A workload's own fault includes the container: two containers with one cause are two faults, with a change
 * each. A finding that wants a change is about the object that it changes, whatever else it names.
 */
export function faultOf(finding: Finding): Fault {
  const { rule, cause, container, culprit, changes } = finding;
  const [change] = changes;
  const isElsewhere = change !== undefined && objectKey(change.object) !== objectKey(culprit);
  const { kind, namespace, name } = isElsewhere ? change.object : culprit;
  const isOwn = isElsewhere || isOwnFault(finding);
  return [[kind, namespace, name], isOwn ? container : null, `${rule}/${cause}`];
}

/** True when the finding blames the very object that it is about. */
export function isOwnFault({ culprit, object }: Pick<Finding, 'culprit' | 'object'>): boolean {
  return objectKey(culprit) === objectKey(object);
}

export function fingerprintOf(cluster: string, finding: Finding): string {
  return hashOf([cluster, ...faultOf(finding)]);
}

/** Cluster, namespace, kind, name, container and rule: what earlier versions called the fingerprint. */
export function subjectOf(
  cluster: string,
  { object, container, rule }: Pick<Symptom, 'object' | 'container' | 'rule'>,
): string {
  return hashOf([cluster, object.namespace, object.kind, object.name, container, rule]);
}

function hashOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Fingerprints by what an incident is known as elsewhere: its fingerprint, or its subject. */
export type KnownFingerprints = ReadonlyMap<string, string>;

/**
 * An incident that a pull request or the store knows keeps the fingerprint that it has there. Its own may be another one by now: the cause
 * became clearer, or an earlier version made fingerprints in another way. The subject tells that only of a workload's own fault: what a
 * registry does to a hundred workloads stays one incident, whichever of them it shows on first.
 */
export function keepKnown(incidents: readonly Incident[], known: KnownFingerprints): readonly Incident[] {
  const taken = new Set(incidents.map(({ fingerprint }) => fingerprint));
  return incidents.map((incident) => {
    const { fingerprint, subject, includes, finding } = incident;
    const bySubject = isOwnFault(finding) ? known.get(subject) : undefined;
    const kept = known.get(fingerprint) ?? bySubject ?? fingerprint;
    if (kept === fingerprint || taken.has(kept)) return incident;
    taken.add(kept);
    return { ...incident, fingerprint: kept, includes: [...new Set([kept, ...includes])] };
  });
}
