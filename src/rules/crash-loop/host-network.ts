import { behind } from '../../facts/addresses.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { getField, parseFieldPath } from '../../kubernetes/field-path.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { prose } from '../../untrusted/prose.ts';
import type { Complaint } from '../../witnesses/named-edit.ts';
import type { Remedy } from './failing.ts';

const WANTED = 'ClusterFirstWithHostNet';

/**
 * A pod on its node's network asks the node's name servers, which do not know Services, unless its dnsPolicy is ClusterFirstWithHostNet.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
export function* namesOnHostNetwork(
  { cluster, workload }: ContainerFacts,
  { cause, host }: Complaint,
  ask: Ask,
): Asking<Remedy | null> {
  const { object, ref } = workload;
  const [spec, path] = [object && podSpecOf(object), podSpecPath(ref.kind)];
  if (cause !== 'name-not-resolved' || host === null || !spec || path === null) return null;
  const { hostNetwork, dnsPolicy = 'ClusterFirst' } = recordAt(spec);
  if (hostNetwork !== true || (dnsPolicy !== 'ClusterFirst' && dnsPolicy !== 'Default')) return null;
  const found = behind(cluster, ref.namespace ?? '', host);
  if (found.kind !== 'service') return null;
  const field = `${path}.dnsPolicy`;
  const written = getField((yield* ask.rendered(ref)) ?? undefined, parseFieldPath(field));
  return {
    verdict: 'fix',
    reason: prose`With hostNetwork, only dnsPolicy ClusterFirstWithHostNet asks the cluster's DNS.`,
    because: [
      prose`${describeRef(refOf(found.service))} exists, but the pods are on their node's network (hostNetwork: true), and with dnsPolicy ${String(dnsPolicy)} they ask the node's name servers, which do not know Services.`,
    ],
    evidence: [],
    changes: [changeOf(ref, field, typeof written === 'string' ? written : null, WANTED)],
    guards: [
      { kind: 'no-auto-merge', reason: prose`all names that the pods look up are resolved elsewhere then` },
    ],
    sure: { factor: 0.9, reason: prose`the Service exists, and the pods do not ask the cluster's DNS` },
  };
}
