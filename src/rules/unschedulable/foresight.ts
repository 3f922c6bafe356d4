import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import { matchesNodeSelector } from '../../kubernetes/node-selection.ts';
import { containersOf, podSpecOf, podSpecPath, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { amountOf, isAutoscaled } from '../../witnesses/capacity.ts';
import { printAmount } from '../../witnesses/quota-use.ts';

/** Pods that no node of the cluster can take, however empty it is. */
export const foresight: Foresight = {
  causes: {
    'insufficient-cpu': 'a pod requests more processor time than any node has',
    'insufficient-memory': 'a pod requests more memory than any node has',
    'node-selector': 'the nodeSelector of a template fits no node of the cluster',
  },
  foresee({ objects, cluster }) {
    const nodes = cluster?.list('Node') ?? [];
    // A node group that is empty now may bring what no node of today has.
    if (!cluster || nodes.length === 0 || !cluster.isRecorded('Node', null) || isAutoscaled(cluster, nodes))
      return [];
    return objects.flatMap((object) => tooLarge(object, cluster, nodes));
  },
};

function tooLarge(
  object: ClusterObject,
  _cluster: ClusterState,
  nodes: readonly ClusterObject[],
): readonly Foreseen[] {
  const [spec, path] = [podSpecOf(object), podSpecPath(object.kind)];
  if (!spec || path === null || object.kind === 'DaemonSet') return [];
  const ref = refOf(object);
  const suitable = nodes.filter((node) => matchesNodeSelector(node, spec));
  const [key] = Object.keys(recordAt(spec, 'nodeSelector'));
  if (suitable.length === 0 && key !== undefined) {
    const wrong = Object.entries(recordAt(spec, 'nodeSelector')).find(
      ([label, value]) => !nodes.some(({ metadata }) => metadata.labels?.[label] === value),
    );
    return [
      {
        cause: 'node-selector',
        object: ref,
        field: `${path}.nodeSelector["${wrong?.[0] ?? key}"]`,
        level: 'error',
        because: prose`${describeRef(ref)} selects nodes with ${wrong ? `${wrong[0]}=${String(wrong[1])}` : key}, and none of the ${nodes.length} nodes fits.`,
      },
    ];
  }
  return (['cpu', 'memory'] as const).flatMap((resource): readonly Foreseen[] => {
    const wanted = amountOf(spec, 'requests', resource);
    const most = Math.max(
      ...suitable.map((node) => parseQuantity(recordAt(node, 'status', 'allocatable')[resource]) ?? Infinity),
    );
    if (!Number.isFinite(most) || wanted <= most) return [];
    const shown = (amount: number): string =>
      resource === 'memory' ? describeBytes(amount) : printAmount('cpu', amount);
    return [
      {
        cause: `insufficient-${resource}`,
        object: ref,
        field: `${path}.${largest(spec, resource)}`,
        level: 'error',
        because: prose`A pod of ${describeRef(ref)} requests ${shown(wanted)} of ${ownText(resource)}, and the largest node that it may run on has ${shown(most)}.`,
      },
    ];
  });
}

/** The request that takes most, or the limit where that is the request. */
function largest(spec: PodSpec, resource: string): string {
  const asked = containersOf(spec).map(({ container, list }) => {
    const { requests, limits } = container.resources ?? {};
    const part = requests?.[resource] === undefined ? 'limits' : 'requests';
    const amount = parseQuantity(requests?.[resource] ?? limits?.[resource]) ?? 0;
    return { amount, field: `${list}[name=${container.name}].resources.${part}.${resource}` };
  });
  return asked.toSorted((a, b) => b.amount - a.amount)[0]!.field;
}
