import type { ContainerFacts, ContainerInstance } from '../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { leavesOf } from '../kubernetes/leaves.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { podSpecOf, type PodSpec } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { listed, ownText, prose } from '../untrusted/prose.ts';
import { demandOf } from './capacity.ts';
import type { Statement } from './statement.ts';
import { vpaOpinion } from './vpa.ts';

/** A default that a LimitRange of the namespace gives to containers without a memory limit of their own. */
export interface DefaultLimit {
  readonly range: KubernetesObject;
  /** As written: `128Mi`. */
  readonly text: string;
  /** `spec.limits[0].default.memory` */
  readonly field: string;
}

/**
 * The LimitRange whose default is the limit that a pod has. A default only fills in what a container leaves out: a limit in
 * the manifest wins.
 * Source: https://kubernetes.io/docs/concepts/policy/limit-range/#limitrange-and-admission-checks-for-pods
 */
export function defaultLimit(
  cluster: ClusterState,
  namespace: string | null,
  enforced: number,
): DefaultLimit | null {
  if (namespace === null) return null;
  for (const range of cluster.list('LimitRange', namespace)) {
    for (const [index, item] of recordsOf(recordAt(range, 'spec')['limits']).entries()) {
      // Without a default, the maximum is it.
      const name = recordAt(item, 'default')['memory'] === undefined ? 'max' : 'default';
      const text = recordAt(item, name)['memory'];
      if (item['type'] !== 'Container' || text === undefined || parseQuantity(text) !== enforced) continue;
      return { range, text: String(text), field: `spec.limits[${index}].${name}.memory` };
    }
  }
  return null;
}

/**
 * A LimitRange of the namespace that forbids the new limit, for the container or for the whole pod (`after` is its spec
 * with the new size), or whose largest ratio of limit to request the new size (`request`: null for the limit itself) exceeds.
 * Source: https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export function limitRangeAgainst(
  cluster: ClusterState,
  namespace: string | null,
  limit: number,
  after: PodSpec,
  request: number | null = null,
): Statement | null {
  if (namespace === null) return null;
  const ofPod = demandOf(after)['limits.memory'] ?? 0;
  for (const range of cluster.list('LimitRange', namespace)) {
    for (const item of recordsOf(recordAt(range, 'spec')['limits'])) {
      const ratio = parseQuantity(recordAt(item, 'maxLimitRequestRatio')['memory']);
      if (item['type'] === 'Container' && ratio !== null && request !== null && limit > ratio * request) {
        return {
          says: prose`${describeRef(refOf(range))} allows a memory limit of at most ${ratio} times the request.`,
          evidence: [quoted('object', range, null, `type: Container, maxLimitRequestRatio.memory: ${ratio}`)],
        };
      }
      const maximum = parseQuantity(recordAt(item, 'max')['memory']);
      const wanted = item['type'] === 'Pod' ? ofPod : limit;
      if (maximum === null || (item['type'] !== 'Container' && item['type'] !== 'Pod') || wanted <= maximum)
        continue;
      const text = String(recordAt(item, 'max')['memory']);
      return {
        says: prose`${describeRef(refOf(range))} allows at most ${text} of memory for a ${String(item['type'])}.`,
        evidence: [quoted('object', range, null, `type: ${String(item['type'])}, max.memory: ${text}`)],
      };
    }
  }
  return null;
}

/** Where an operator's resource has the memory limit: `spec.resources.limits.memory`; none where more than three places have it. */
function limitsIn(object: KubernetesObject, enforced: number): readonly string[] {
  const found = [...leavesOf(object['spec'], ['spec'])].filter(
    ([field, { value }]) => /(?:^|\.)limits\.memory$/.test(field) && parseQuantity(value) === enforced,
  );
  return found.length > 3 ? [] : found.map(([field]) => field);
}

/** Who decides on a field of a container that the workload's template does not have; null where it has the container. */
export function ownerBeyondTemplate(
  { workload, name, placed }: ContainerFacts,
  enforced: number,
): Statement | null {
  if (placed) return null;
  const ref = describeRef(workload.ref);
  const isOperators = workload.object !== undefined && podSpecOf(workload.object) === undefined;
  const fields = isOperators ? limitsIn(workload.object!, enforced) : [];
  if (fields.length > 0)
    return {
      says:
        fields.length === 1
          ? prose`${ref} makes these pods through an operator, and its ${fields[0]!} is the same.`
          : prose`${ref} makes these pods through an operator; ${listed(fields)} are the same, and which of them is meant for container ${name} is not known here.`,
      evidence: [],
      blames: fields.map((field) => ({ object: workload.ref, field })),
      reason: prose`What the operator makes of the field is not proven here, so nothing is changed without a person.`,
      advice: [
        prose`Raise ${fields.length === 1 ? fields[0]! : ownText('the field that is meant')} of ${ref}: the operator writes its StatefulSets and Deployments again, and overwrites what is changed in them.`,
      ],
    };
  let says = prose`${ref} has no container ${name}: something adds it to the pods when they are made (a sidecar injector, most often).`;
  if (isOperators)
    says = prose`${ref} makes these pods through an operator; the field in it that sets the limit is not known here.`;
  else if (workload.object === undefined)
    says = prose`${ref} was not recorded, so its template cannot be compared with the pod's.`;
  return {
    says,
    evidence: [],
    reason: prose`No template on record has the value, so nothing is changed.`,
    advice: [
      isOperators
        ? prose`Set the memory in the resource that the operator reads.`
        : prose`Find what sets the resources of this container.`,
    ],
  };
}

/**
 * Who gave a container the memory limit that its template does not: a VerticalPodAutoscaler, or something that changed the pod when it was
 * made. null where the template has the limit, or a LimitRange of the namespace its default.
 */
export function ownerOfLimit(
  facts: ContainerFacts,
  { pod, placed: inPod }: ContainerInstance,
  enforced: number,
): Statement | null {
  const { cluster, workload, name, placed } = facts;
  const vpa = vpaOpinion(cluster, workload.ref, name);
  if (vpa.kind === 'owns') return vpa.statement;
  const shown = String(inPod.container.resources?.limits?.['memory']);
  const written = placed?.container.resources?.limits?.['memory'];
  if (written !== undefined) {
    if (parseQuantity(written) === enforced) return null;
    return {
      says: prose`The template says ${String(written)}, the pod has ${shown}: something changed it when the pod was made, or later.`,
      evidence: [],
      reason: prose`What gives the pod another limit than its template has to be found first.`,
    };
  }
  if (defaultLimit(cluster, workload.ref.namespace, enforced)) return null;
  const ranger = pod.metadata.annotations?.['kubernetes.io/limit-ranger'];
  const isDefault = ranger !== undefined && /memory limit/.test(ranger) && ranger.includes(name);
  return {
    says: isDefault
      ? prose`The template sets no memory limit: a LimitRange gave the pod the default of ${shown} when it was made. No LimitRange on record has that default now.`
      : prose`The template sets no memory limit, and no LimitRange on record has a default of ${shown}: nothing on record tells what set it.`,
    evidence: isDefault ? [quoted('object', pod, null, `kubernetes.io/limit-ranger: ${ranger}`)] : [],
    reason: prose`What set the limit of ${shown} is not on record, so a person has to find it first.`,
  };
}
