import { quote } from '../../facts/observations.ts';
import type { Clause } from '../../facts/scheduling.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import { containerPath, containersOf, podSpecOf, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { amountOf } from '../../witnesses/capacity.ts';
import { amountsOn, type NodeAmount } from '../../witnesses/free-on-nodes.ts';
import type { SchedulingCause } from './causes.ts';
import { plain, type Obstacle } from './obstacle.ts';

/** `Insufficient cpu`, and whether any node could hold the pod if it were empty. `meant` is null where not all nodes are known. */
export function resourceObstacle(
  workload: WorkloadFacts,
  spec: PodSpec,
  clauses: readonly Clause[],
  meant: readonly ClusterObject[] | null,
): Obstacle | null {
  const short = clauses.flatMap(({ text }) => /^Insufficient (\S+)$/.exec(text)?.[1] ?? []);
  if (short.length === 0) return null;
  const judged = short.map((resource) => ofResource(workload, spec, resource, meant));
  return judged.find(({ patience }) => patience === 0) ?? judged[0]!;
}

function ofResource(
  workload: WorkloadFacts,
  spec: PodSpec,
  resource: string,
  meant: readonly ClusterObject[] | null,
): Obstacle {
  const amounts = amountsOn(workload.cluster, meant ?? [], resource);
  const [largest] = amounts;
  const wanted = amountOf(spec, 'requests', resource);
  const isTooLarge = largest !== undefined && wanted > largest.allocatable;
  const isOffered = amounts.some(({ allocatable }) => allocatable > 0);
  const evidence = amounts
    .slice(0, 6)
    .map((one) => quote('object', one.node, null, described(one, resource)));
  const shared = { evidence, blames: blamesOf(workload, resource), patience: isTooLarge ? 0 : undefined };
  const more = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
  const asks = prose`it requests ${requested(spec, resource)}`;
  if (isTooLarge && !isOffered && isExtended(resource))
    return plain('resource-not-offered', pluginAdvice(resource), {
      ...more,
      says: prose`${asks}, and no node offers any ${resource}`,
      because: [
        prose`A node offers ${resource} once its device plugin has registered with the kubelet, so more replicas or another limit do not help.`,
      ],
    });
  if (largest === undefined)
    return plain(causeOf(resource), sizeAdvice(workload, resource), { ...more, says: asks });
  return plain(
    causeOf(resource),
    isTooLarge ? tooLargeAdvice(resource, largest) : sizeAdvice(workload, resource),
    {
      ...more,
      says: isTooLarge
        ? prose`${asks}, and the largest node, ${largest.node.metadata.name}, offers ${offered(largest, resource)}`
        : prose`${asks}${freeText(amounts, resource)}`,
    },
  );
}

function causeOf(resource: string): SchedulingCause {
  return resource === 'cpu' || resource === 'memory' ? `insufficient-${resource}` : 'insufficient-resource';
}

/** A resource of a vendor, which only a device plugin makes a node offer. */
export function isExtended(resource: string): boolean {
  return resource.includes('/') && !/^(?:[\w.-]*\.)?kubernetes\.io\//.test(resource);
}

/** Who ships the device plugin of a vendor's resources. */
const PLUGINS: readonly (readonly [vendor: RegExp, plugin: string])[] = [
  [/^nvidia\.com\//, "NVIDIA's device plugin or GPU operator, and the driver on the nodes"],
  [/^amd\.com\//, "AMD's GPU device plugin, and the driver on the nodes"],
  [/^(?:gpu|npu)\.intel\.com\//, "Intel's device plugins, and the driver on the nodes"],
  [/^aws\.amazon\.com\/neuron/, "AWS Neuron's device plugin"],
  [/^google\.com\/tpu/, "Google's TPU device plugin"],
  [/^smarter-devices\/|^squat\.ai\//, 'the generic device plugin'],
];

function pluginAdvice(resource: string): Prose {
  const plugin =
    PLUGINS.find(([vendor]) => vendor.test(resource))?.[1] ?? `the device plugin for ${resource}`;
  return prose`Check that ${plugin} run on the nodes that should offer it: kubectl get daemonsets -A, and kubectl describe node shows ${resource} under Allocatable once it does.`;
}

function tooLargeAdvice(resource: string, { node }: NodeAmount): Prose {
  return prose`Request less ${resource} than ${node.metadata.name} offers, or add a larger node.`;
}

function sizeAdvice({ ref }: WorkloadFacts, resource: string): Prose {
  return prose`Add a node, lower the ${resource} request of ${ref.name}, or scale down what takes most: kubectl describe nodes (Allocated resources).`;
}

/** `40 cpu`; of several containers each one's share. */
function requested(spec: PodSpec, resource: string): Prose {
  const parts = partsOf(spec, resource);
  const [only] = parts;
  if (parts.length === 1 && only) return prose`${only.text} ${resource} (container ${only.name})`;
  const total = printed(amountOf(spec, 'requests', resource), resource);
  const each = parts.map(({ name, text }) => `${name} ${text}`).join(', ');
  return parts.length === 0 ? prose`${resource}` : prose`${total} ${resource} (${each})`;
}

function partsOf(spec: PodSpec, resource: string) {
  return containersOf(spec).flatMap(({ container }) => {
    const text = container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource];
    return text === undefined ? [] : [{ name: container.name, text: String(text) }];
  });
}

function isInBytes(resource: string): boolean {
  return /^(?:memory|ephemeral-storage|storage|hugepages-)/.test(resource);
}

/** For reading: bytes in the largest unit, cores and devices to three digits. */
export function printed(amount: number, resource: string): string {
  return isInBytes(resource) ? describeBytes(amount) : String(Number(amount.toPrecision(3)));
}

function offered({ text, allocatable }: NodeAmount, resource: string): string {
  return text === undefined ? 'none' : printed(allocatable, resource);
}

function freeText(amounts: readonly NodeAmount[], resource: string): Prose {
  const [most] = amounts
    .filter(({ free }) => free !== null)
    .toSorted((a, b) => (b.free ?? 0) - (a.free ?? 0));
  const [largest] = amounts;
  if (most)
    return prose`, and the most that is free on one node is ${printed(most.free!, resource)} of ${offered(most, resource)} (${most.node.metadata.name})`;
  return largest
    ? prose`, which no node has free (the largest, ${largest.node.metadata.name}, has ${offered(largest, resource)} in all)`
    : prose``;
}

function described({ text, free }: NodeAmount, resource: string): string {
  const rest = free === null ? '' : `, free ${printed(free, resource)}`;
  return `status.allocatable.${resource}: ${text ?? 'none'}${rest}`;
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
