import { quote } from '../../facts/observations.ts';
import { fits, podsWith, selectorField, selectorOf, type Labels } from '../../facts/services.ts';
import { workloadsOf, type ObjectFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, refOf, sameObject } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { listed, prose } from '../../untrusted/prose.ts';
import { commitAsActor, commitEvidence } from '../../witnesses/commits.ts';
import { lastChangeOf } from '../../witnesses/last-change.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import { deadPorts, type DeadPort } from './dead-ports.ts';
import { changesTo, ownersOf, selectorBefore } from './repaired-selector.ts';
import { IDENTIFYING_KEYS } from './selection.ts';

/**
 * The pods of the workload that is called like the Service, where no Service selects them and this one selects those of a workload of quite another
 * name. Another colour or version of the same name is a switch that somebody means.
 */
export function ownPodsOf(
  cluster: ClusterState,
  service: ClusterObject,
  selected: readonly ClusterObject[],
): readonly ClusterObject[] {
  const { name, namespace } = refOf(service);
  const bare = name.replace(/-?(?:svc|service)$/, '');
  const owners = ownersOf(cluster, selected).map(({ ref }) => ref.name);
  if (owners.some((owner) => owner.includes(bare) || bare.includes(owner))) return [];
  const own = workloadsOf(cluster, namespace).find(
    ({ ref }) => ref.namespace === namespace && (ref.name === name || ref.name === bare),
  );
  const selectors = cluster
    .list('Service', namespace)
    .map(selectorOf)
    .filter((selector) => selector !== null);
  const pods = own?.activePods ?? [];
  return pods.some((pod) => selectors.some((selector) => fits(selector, pod.metadata.labels))) ? [] : pods;
}

/** A commit turned the Service away from its pods to those of another workload; null where git does not show that. */
export function* othersSelected(
  { cluster, object: service }: ObjectFacts,
  ask: Ask,
  {
    pods,
    own,
    dead,
  }: {
    readonly pods: readonly ClusterObject[];
    readonly own: readonly ClusterObject[];
    readonly dead: readonly DeadPort[];
  },
): Asking<Conclusion | null> {
  const ref = refOf(service);
  const selector: Labels = recordAt(service, 'spec', 'selector');
  const keys = [...new Set([...Object.keys(selector), ...IDENTIFYING_KEYS])];
  const past = yield* lastChangeOf(ask, ref, keys.map(selectorField));
  if (!past) return null;
  const wanted = selectorBefore(selector, keys, past);
  const before = podsWith(cluster, ref.namespace, wanted);
  const [owner] = ownersOf(cluster, before);
  const now = ownersOf(cluster, pods);
  if (!owner || now.some((one) => sameObject(one.ref, owner.ref))) return null;
  const isRefused = dead.length > 0 && deadPorts(cluster, service, before).length === 0;
  if (!isRefused && !before.some((pod) => own.includes(pod))) return null;
  const changes = changesTo(service, wanted);
  const names = listed(now.map((one) => describeRef(one.ref)));
  const ports = listed(dead.map(({ port }) => String(port.target)));
  return diagnosis({
    cause: 'selector-of-others',
    summary: isRefused
      ? prose`${describeRef(ref)} selects the pods of ${names}, which have no port ${ports}, and not those of ${describeRef(owner.ref)}, which have it`
      : prose`${describeRef(ref)} selects the pods of ${names}, and no Service selects those of ${describeRef(owner.ref)}`,
    because: [
      prose`${commitAsActor(past.commit)} changed the selector, which fitted ${describeRef(owner.ref)} before.`,
    ],
    evidence: [
      quote('object', service, null, `spec.selector: ${JSON.stringify(selector)}`),
      quote('object', before[0]!, null, `metadata.labels: ${JSON.stringify(before[0]!.metadata.labels)}`),
      commitEvidence(past.commit, `changed spec.selector of ${describeRef(ref)}`),
    ],
    certainty: isRefused
      ? [0.95, prose`the pods that were selected before have the port, and those selected now do not`]
      : [0.8, prose`the workload of the Service's own name has no Service any more`],
    verdict: 'fix',
    reason: prose`The selector goes back to the pods that it fitted before.`,
    changes,
    blames: changes
      .filter((one) => one.before !== null)
      .map(({ object, field }) => ({ object, field: field.text })),
    introducedBy: past.commit,
    guards: [
      isRefused
        ? { kind: 'no-auto-merge', reason: prose`traffic goes to other pods at once` }
        : {
            kind: 'draft',
            reason: prose`the pods of ${names} may be meant, so a person says who gets the traffic`,
          },
    ],
    advice: [],
  });
}
