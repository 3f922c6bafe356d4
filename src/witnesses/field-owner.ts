import type { ClusterState } from '../model/cluster-state.ts';
import {
  describeRef,
  groupOf,
  isRecord,
  recordAt,
  recordsOf,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { PodSpec } from '../kubernetes/workloads.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { quoted } from '../model/evidence.ts';
import { demandOf } from './capacity.ts';
import type { Obstacle } from './obstacle.ts';

/** What VerticalPodAutoscalers say about one container. */
export type VpaOpinion =
  | { readonly kind: 'owns'; readonly obstacle: Obstacle }
  /** Bytes for the request; mode `Off` only recommends. */
  | { readonly kind: 'recommends'; readonly request: number; readonly ref: ObjectRef }
  | { readonly kind: 'none' };

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
        obstacle: {
          reason: prose`${describeRef(ref)} (updateMode ${mode}) sets the memory of this container; its bounds are the place to change.`,
          evidence: quoted('object', vpa, null, `spec.updatePolicy.updateMode: ${mode}`),
        },
      };
    }
    const recommendation = recordAt(vpa, 'status', 'recommendation');
    const own = recordsOf(recommendation['containerRecommendations']).find(
      (one) => one['containerName'] === container,
    );
    const request = parseQuantity(recordAt(own, 'target')['memory']);
    if (request !== null) return { kind: 'recommends', request, ref };
  }
  return { kind: 'none' };
}

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
export function limitRangeObstacle(
  cluster: ClusterState,
  namespace: string | null,
  limit: number,
  after: PodSpec,
  request: number | null = null,
): Obstacle | null {
  if (namespace === null) return null;
  const ofPod = demandOf(after)['limits.memory'] ?? 0;
  for (const range of cluster.list('LimitRange', namespace)) {
    for (const item of recordsOf(recordAt(range, 'spec')['limits'])) {
      const ratio = parseQuantity(recordAt(item, 'maxLimitRequestRatio')['memory']);
      if (item['type'] === 'Container' && ratio !== null && request !== null && limit > ratio * request) {
        return {
          reason: prose`${describeRef(refOf(range))} allows a memory limit of at most ${ratio} times the request.`,
          evidence: quoted('object', range, null, `type: Container, maxLimitRequestRatio.memory: ${ratio}`),
        };
      }
      const maximum = parseQuantity(recordAt(item, 'max')['memory']);
      const wanted = item['type'] === 'Pod' ? ofPod : limit;
      if (maximum === null || (item['type'] !== 'Container' && item['type'] !== 'Pod') || wanted <= maximum)
        continue;
      const text = String(recordAt(item, 'max')['memory']);
      return {
        reason: prose`${describeRef(refOf(range))} allows at most ${text} of memory for a ${String(item['type'])}.`,
        evidence: quoted('object', range, null, `type: ${String(item['type'])}, max.memory: ${text}`),
      };
    }
  }
  return null;
}

/**
 * An admission policy that sets the memory of containers, or allows less than the new limit: Kyverno rules that mutate
 * `memory` or compare it (`<=1Gi`), and Gatekeeper's K8sContainerLimits. A policy that only asks for a limit to exist is
 * no obstacle.
 * Sources: https://kyverno.io/docs/policy-types/cluster-policy/ and
 * https://open-policy-agent.github.io/gatekeeper-library/website/validation/containerlimits/
 */
export function admissionObstacle(
  cluster: ClusterState,
  namespace: string | null,
  limit: number,
): Obstacle | null {
  const kyverno = [...cluster.list('ClusterPolicy'), ...cluster.list('Policy', namespace)].filter(
    ({ apiVersion }) => groupOf(apiVersion) === 'kyverno.io',
  );
  for (const policy of kyverno) {
    for (const rule of recordsOf(recordAt(policy, 'spec')['rules'])) {
      if (!appliesTo(rule, namespace)) continue;
      if (valuesUnder(rule['mutate'], 'memory').length > 0) {
        return policyObstacle(
          policy,
          `rule ${String(rule['name'])} mutates memory`,
          prose`sets the memory of containers`,
        );
      }
      const bound = valuesUnder(rule['validate'], 'memory').find((text) => isExceeded(text, limit));
      if (bound !== undefined) {
        return policyObstacle(
          policy,
          `rule ${String(rule['name'])}: memory: ${bound}`,
          prose`allows memory of ${bound} only`,
        );
      }
    }
  }
  for (const constraint of cluster.list('K8sContainerLimits')) {
    const maximum = recordAt(constraint, 'spec', 'parameters')['memory'];
    const bytes = parseQuantity(maximum);
    if (bytes !== null && limit > bytes) {
      return policyObstacle(
        constraint,
        `parameters.memory: ${String(maximum)}`,
        prose`allows at most ${String(maximum)}`,
      );
    }
  }
  return null;
}

function policyObstacle(policy: KubernetesObject, quote: string, what: Prose): Obstacle {
  return {
    reason: prose`${describeRef(refOf(policy))} ${what}.`,
    evidence: quoted('object', policy, null, quote),
  };
}

/** False when the rule names namespaces and this is none of them. */
function appliesTo(rule: Readonly<Record<string, unknown>>, namespace: string | null): boolean {
  const named = valuesUnder(rule['match'], 'namespaces');
  return named.length === 0 || named.some((glob) => matchesGlob(glob, namespace ?? ''));
}

function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(text);
}

/** `<=1Gi` and `<1Gi` when the size is more; anything else (`?*`, `>=64Mi`) is no bound. */
function isExceeded(pattern: string, bytes: number): boolean {
  return pattern.split(/[|&]/).some((part) => {
    const bound = /^\s*<(=?)\s*(\S+)\s*$/.exec(part);
    const maximum = bound && parseQuantity(bound[2]);
    return bound !== null && maximum !== null && (bytes > maximum || (bytes === maximum && bound[1] === ''));
  });
}

/** All texts in fields of this name, at any depth; Kyverno's anchors are read through, but not `+(…)`, which only fills in what is missing. */
function valuesUnder(value: unknown, name: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesUnder(item, name));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (key.replace(/^[=X^<]?\((.*)\)$/, '$1') !== name) return valuesUnder(child, name);
    return (Array.isArray(child) ? child : [child])
      .filter((one) => typeof one === 'string' || typeof one === 'number')
      .map(String);
  });
}
