import type { Found } from '../../src/incidents/arbitrate.ts';
import type { ObjectRef } from '../../src/kubernetes/objects.ts';
import { quoted } from '../../src/model/evidence.ts';
import type { Finding } from '../../src/model/finding.ts';
import { ownText, prose } from '../../src/untrusted/prose.ts';

export function ref(kind: string, name: string, namespace: string | null = 'pier'): ObjectRef {
  return { apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, namespace, name };
}

/** What a rule found on a container `server` of Deployment `ferry`, unless told otherwise, as two pods of that object show it. */
export function foundBy(
  rule: string,
  given: Partial<Finding> & { readonly seenOn?: readonly ObjectRef[] },
): Found {
  const { seenOn, ...own } = given;
  const object = own.object ?? ref('Deployment', 'ferry');
  const { kind, namespace, name } = object;
  const finding: Finding = {
    rule,
    cause: 'made-up',
    object,
    container: 'server',
    phase: 'runtime',
    culprit: { kind, namespace, name },
    affected: own.culprit === undefined ? [] : [object],
    explainedBy: [],
    givesWayTo: [],
    summary: prose`${name} fails.`,
    rootCause: prose`${name} fails, says ${rule}.`,
    evidence: [quoted('event', object, 5, `${rule} saw ${name}`)],
    ruledOut: [],
    confidence: [{ factor: 0.9, reason: ownText('made up') }],
    verdict: 'decline',
    reason: ownText('made up'),
    changes: [],
    guards: [],
    advice: [],
    chart: null,
    firstSeen: 3,
    lastSeen: 9,
    occurrences: 2,
    ...own,
  };
  const pods = seenOn ?? [ref('Pod', `${name}-1`), ref('Pod', `${name}-2`)];
  const { container, firstSeen, lastSeen, occurrences } = finding;
  return { symptom: { rule, object, container, seenOn: pods, firstSeen, lastSeen, occurrences }, finding };
}
