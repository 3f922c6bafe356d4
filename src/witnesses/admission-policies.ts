import {
  describeRef,
  groupOf,
  isRecord,
  recordAt,
  recordsOf,
  refOf,
  type KubernetesObject,
} from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { Statement } from './statement.ts';

/**
 * An admission policy that sets the memory of containers, or allows less than the new limit: Kyverno rules that mutate
 * `memory` or compare it (`<=1Gi`), and Gatekeeper's K8sContainerLimits. A policy that only asks for a limit to exist is
 * no obstacle.
 * Sources: https://kyverno.io/docs/policy-types/cluster-policy/ and
 * https://open-policy-agent.github.io/gatekeeper-library/website/validation/containerlimits/
 */
export function memoryPolicyAgainst(
  cluster: ClusterState,
  namespace: string | null,
  limit: number,
): Statement | null {
  const kyverno = [...cluster.list('ClusterPolicy'), ...cluster.list('Policy', namespace)].filter(
    ({ apiVersion }) => groupOf(apiVersion) === 'kyverno.io',
  );
  for (const policy of kyverno) {
    for (const rule of recordsOf(recordAt(policy, 'spec')['rules'])) {
      if (!appliesTo(rule, namespace)) continue;
      if (valuesUnder(rule['mutate'], 'memory').length > 0) {
        return against(
          policy,
          `rule ${String(rule['name'])} mutates memory`,
          prose`sets the memory of containers`,
        );
      }
      const bound = valuesUnder(rule['validate'], 'memory').find((text) => isExceeded(text, limit));
      if (bound !== undefined) {
        return against(
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
      return against(
        constraint,
        `parameters.memory: ${String(maximum)}`,
        prose`allows at most ${String(maximum)}`,
      );
    }
  }
  return null;
}

function against(policy: KubernetesObject, quote: string, what: Prose): Statement {
  return {
    says: prose`${describeRef(refOf(policy))} ${what}.`,
    evidence: [quoted('object', policy, null, quote)],
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
