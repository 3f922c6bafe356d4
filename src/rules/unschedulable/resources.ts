import { quote } from '../../facts/observations.ts';
import type { Clause } from '../../facts/scheduling.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { containerPath, containersOf, podSpecOf, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import { prose } from '../../untrusted/prose.ts';
import { demandOf } from '../../witnesses/capacity.ts';
import { plain, type Obstacle } from './obstacle.ts';

/** `Insufficient cpu`, and whether any node could hold the pod if it were empty. `meant` is null where not all nodes are known. */
export function resourceObstacle(
  workload: WorkloadFacts,
  spec: PodSpec,
  clauses: readonly Clause[],
  meant: readonly ClusterObject[] | null,
): Obstacle | null {
  const short = clauses.flatMap(({ text }) => /^Insufficient (\S+)$/.exec(text)?.[1] ?? []);
  const [resource] = short;
  if (resource === undefined) return null;
  const cause =
    resource === 'cpu' || resource === 'memory'
      ? (`insufficient-${resource}` as const)
      : 'insufficient-resource';
  const sizes = (meant ?? []).map((node) => ({
    node,
    text: recordAt(node, 'status', 'allocatable')[resource],
  }));
  const largest = sizes.toSorted((a, b) => (parseQuantity(b.text) ?? 0) - (parseQuantity(a.text) ?? 0))[0];
  const wanted = wantedOf(spec, resource);
  const isTooLarge = meant !== null && meant.length > 0 && wanted > (parseQuantity(largest?.text) ?? 0);
  const offered =
    largest?.text === undefined
      ? prose`no node offers any`
      : prose`the largest node offers ${String(largest.text)}`;
  return plain(
    cause,
    isTooLarge
      ? prose`Ask for no more ${resource} than a node has, or add a node that is large enough.`
      : prose`Add a node, ask for less ${resource}, or remove pods that need it less: kubectl describe nodes`,
    {
      isLasting: isTooLarge,
      because: isTooLarge
        ? [prose`One pod asks for ${asked(spec, resource)} of ${resource}, and ${offered}.`]
        : [],
      evidence: sizes
        .slice(0, 6)
        .map(({ node, text }) =>
          quote('object', node, null, `status.allocatable.${resource}: ${String(text ?? 'none')}`),
        ),
      blames: blamesOf(workload, resource),
    },
  );
}

function wantedOf(spec: PodSpec, resource: string): number {
  const known = demandOf(spec)[`requests.${resource}`];
  return known ?? amounts(spec, resource).reduce((sum, { amount }) => sum + amount, 0);
}

function asked(spec: PodSpec, resource: string): string {
  return amounts(spec, resource)
    .map(({ text }) => text)
    .join(' + ');
}

function amounts(spec: PodSpec, resource: string) {
  return containersOf(spec).flatMap(({ container, role }) => {
    const text = container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource];
    return text === undefined || role === 'init'
      ? []
      : [{ text: String(text), amount: parseQuantity(text) ?? 0 }];
  });
}

/** The requests of the template, the largest first; a limit where that is the request. */
function blamesOf({ ref, object }: WorkloadFacts, resource: string): readonly Blame[] {
  if (!object) return [];
  const key = /^[\w-]+$/.test(resource) ? `.${resource}` : `["${resource}"]`;
  return containersOf(podSpecOf(object))
    .flatMap((placed) => {
      const { requests, limits } = placed.container.resources ?? {};
      const list = requests?.[resource] !== undefined ? 'requests' : 'limits';
      const value = requests?.[resource] ?? limits?.[resource];
      const path = containerPath(object.kind, placed);
      return value === undefined || path === null
        ? []
        : [{ field: `${path}.resources.${list}${key}`, amount: parseQuantity(value) ?? 0 }];
    })
    .toSorted((a, b) => b.amount - a.amount)
    .map(({ field }) => ({ object: ref, field }));
}
