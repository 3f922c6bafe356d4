import type { WorkloadFacts } from '../facts/subjects.ts';
import { getField, parseFieldPath } from '../kubernetes/field-path.ts';
import { recordAt, recordsOf, refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import { prose, type Prose } from '../untrusted/prose.ts';

/** What people write to get a claim: the claim itself, or a template that a controller makes claims from. */
export interface ClaimSource {
  readonly object: ObjectRef;
  /** Where the claim's spec stands in it: `spec`, `spec.volumeClaimTemplates[0].spec`. */
  readonly spec: string;
  /** How a claim that has no volume is made again with another spec, as a sentence. */
  readonly remake: Prose;
}

/** Null for a claim that something else makes: an operator, most often. */
export function claimSource(
  { ref, object }: Pick<WorkloadFacts, 'ref' | 'object'>,
  claim: KubernetesObject,
): ClaimSource | null {
  return (object && (ofStatefulSet(object, claim) ?? ofEphemeralVolume(ref, object, claim))) ?? itself(claim);
}

/** Source: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates */
function ofStatefulSet(object: KubernetesObject, claim: KubernetesObject): ClaimSource | null {
  if (object.kind !== 'StatefulSet') return null;
  const templates = recordsOf(recordAt(object, 'spec')['volumeClaimTemplates']);
  const at = templates.findIndex((template) => {
    const start = `${String(recordAt(template, 'metadata')['name'])}-${object.metadata.name}-`;
    return claim.metadata.name.startsWith(start) && /^\d+$/.test(claim.metadata.name.slice(start.length));
  });
  if (at < 0) return null;
  const [{ name, namespace }, of] = [refOf(object), claim.metadata.name];
  return {
    object: refOf(object),
    spec: `spec.volumeClaimTemplates[${at}].spec`,
    remake: prose`volumeClaimTemplates are immutable, so recreate the StatefulSet without its pods and the claim: kubectl delete statefulset ${name} -n ${namespace ?? ''} --cascade=orphan; kubectl delete pvc ${of} -n ${namespace ?? ''}; then apply it again.`,
  };
}

/** Source: https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes */
function ofEphemeralVolume(
  ref: ObjectRef,
  object: KubernetesObject,
  claim: KubernetesObject,
): ClaimSource | null {
  const owner = claim.metadata.ownerReferences?.find(({ kind }) => kind === 'Pod')?.name;
  const path = podSpecPath(object.kind);
  const volume = recordsOf(podSpecOf(object)?.volumes).find(
    ({ name, ephemeral }) =>
      ephemeral !== undefined && claim.metadata.name === `${owner ?? ''}-${String(name)}`,
  );
  if (!volume || path === null) return null;
  return {
    object: ref,
    spec: `${path}.volumes[name=${String(volume['name'])}].ephemeral.volumeClaimTemplate.spec`,
    remake: prose`The claim goes with its pod: new pods get one with the new spec.`,
  };
}

function itself(claim: KubernetesObject): ClaimSource | null {
  if ((claim.metadata.ownerReferences ?? []).length > 0) return null;
  const { name, namespace } = refOf(claim);
  return {
    object: refOf(claim),
    spec: 'spec',
    remake: prose`The spec of a claim without a volume is immutable, so recreate it: kubectl delete pvc ${name} -n ${namespace ?? ''}, then apply it again. It has no volume, so no data is lost.`,
  };
}

/** The value that the source has in a field of the claim's spec: `storageClassName`. */
export function valueIn(claim: KubernetesObject, field: string): unknown {
  return getField(claim, parseFieldPath(`spec.${field}`));
}
