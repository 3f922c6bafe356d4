import { conditionsIn } from '../facts/observations.ts';
import { describeRef, recordAt, recordsOf, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../kubernetes/quantities.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { sizeMemory, type MemoryNeed, type MemorySize } from './memory-size.ts';
import type { Statement } from './statement.ts';

/** What VerticalPodAutoscalers say about one container. */
export type VpaOpinion =
  { readonly kind: 'owns'; readonly statement: Statement } | Recommendation | { readonly kind: 'none' };

/** A VerticalPodAutoscaler in mode `Off` only recommends. */
export interface Recommendation {
  readonly kind: 'recommends';
  /** Bytes. */
  readonly request: number;
  readonly ref: ObjectRef;
  readonly evidence: Evidence;
}

/**
 * A VerticalPodAutoscaler in any mode but `Off` sets requests, and the limits by ratio, when a pod is made: a limit in the
 * manifest would be overwritten. A missing mode means `Auto` (`Recreate` from VPA 1.4 on).
 * Source: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md
 */
export function vpaOpinion(cluster: ClusterState, owner: ObjectRef, container: string): VpaOpinion {
  for (const vpa of cluster.list('VerticalPodAutoscaler', owner.namespace)) {
    const spec = recordAt(vpa, 'spec');
    const target = recordAt(spec, 'targetRef');
    if (target['kind'] !== owner.kind || target['name'] !== owner.name) continue;
    const policies = recordsOf(recordAt(spec, 'resourcePolicy')['containerPolicies']);
    const policy =
      policies.find((one) => one['containerName'] === container) ??
      policies.find((one) => one['containerName'] === '*');
    const controlled = policy?.['controlledResources'];
    if (policy?.['mode'] === 'Off' || (Array.isArray(controlled) && !controlled.includes('memory'))) continue;
    const mode = String(recordAt(spec, 'updatePolicy')['updateMode'] ?? 'Auto');
    const ref = refOf(vpa);
    if (mode !== 'Off') {
      return {
        kind: 'owns',
        statement: {
          says: prose`${describeRef(ref)} (updateMode ${mode}) sets the memory of this container; its bounds are the place to change.`,
          evidence: [quoted('object', vpa, null, `spec.updatePolicy.updateMode: ${mode}`)],
          reason: prose`A limit in the manifest would be overwritten; the owner of the value has to change it.`,
        },
      };
    }
    const recommended = recommendationOf(vpa, container);
    if (recommended) return recommended;
  }
  return { kind: 'none' };
}

/** What it recommends for the request, unless it says itself that it has seen too little. */
function recommendationOf(vpa: ClusterObject, container: string): Recommendation | null {
  const isUnsure = conditionsIn(vpa).some(
    ({ type, status }) => type === 'LowConfidence' && status === 'True',
  );
  const own = recordsOf(recordAt(vpa, 'status', 'recommendation')['containerRecommendations']).find(
    (one) => one['containerName'] === container,
  );
  const { memory } = recordAt(own, 'target');
  const request = parseQuantity(memory);
  if (isUnsure || request === null) return null;
  const text = `status.recommendation, container ${container}: target.memory: ${String(memory)}`;
  return { kind: 'recommends', request, ref: refOf(vpa), evidence: quoted('object', vpa, null, text) };
}

/** The size for a need, and the recommendation where it asks for more than everything else. */
export function withRecommendation(
  need: MemoryNeed,
  opinion: VpaOpinion,
): { readonly size: MemorySize; readonly vpa: Recommendation | null } {
  const without = sizeMemory(need);
  if (opinion.kind !== 'recommends') return { size: without, vpa: null };
  const size = sizeMemory({ ...need, recommendedRequest: opinion.request });
  return { size, vpa: size.limit > without.limit ? opinion : null };
}

/** How a size follows from a recommendation. */
export function sizedBy({ ref, request }: Recommendation): Prose {
  return prose`${describeRef(ref)} recommends a request of ${describeBytes(request)}; the new limit has the present ratio to it, rounded up to 128Mi.`;
}
