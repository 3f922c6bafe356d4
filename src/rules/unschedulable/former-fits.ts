import { conditionsIn } from '../../facts/observations.ts';
import {
  matchesNodeAffinity,
  matchesNodeSelector,
  untoleratedTaints,
} from '../../kubernetes/node-selection.ts';
import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { podSpecOf, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { amountOf } from '../../witnesses/capacity.ts';
import type { FormerTemplate } from '../../witnesses/former-template.ts';
import { amountsOn } from '../../witnesses/free-on-nodes.ts';
import type { Stuck } from './stuck.ts';

/** Whether a node could take the pod as the former template had it, as far as the record tells. */
export function helps(stuck: Stuck, former: FormerTemplate): boolean {
  const { obstacle } = stuck.worst;
  switch (obstacle.cause) {
    case 'insufficient-cpu':
      return isFarSmaller(stuck, former, 'cpu');
    case 'insufficient-memory':
      return isFarSmaller(stuck, former, 'memory');
    case 'node-selector':
    case 'node-affinity':
    case 'untolerated-taint':
      return stuck.nodes === null
        ? former.ready !== null
        : stuck.nodes.some((node) => takes(node, former.spec));
    default:
      // What was not asked for before kept nothing off a node.
      return former.ready !== null || former.fields.every(({ before }) => before === null);
  }
}

/** A request that became so many times as large was not sized for its node. */
const FAR = 4;

/** The request was raised beyond what any node has, or several times over; the one before fits a node. */
function isFarSmaller(
  { workload, worst, meant }: Stuck,
  { spec, ready }: FormerTemplate,
  resource: string,
): boolean {
  const now = amountOf(podSpecOf(worst.pod), 'requests', resource);
  const before = amountOf(spec, 'requests', resource);
  const [largest] = amountsOn(workload.cluster, meant ?? [], resource);
  if (before >= now) return false;
  if (largest === undefined) return ready !== null && now >= before * FAR;
  return before <= largest.allocatable && (now > largest.allocatable || (before > 0 && now >= before * FAR));
}

/** A node that is Ready, and that neither selectors nor taints keep a pod of this spec from. */
export function takes(node: ClusterObject, spec: PodSpec): boolean {
  return (
    conditionsIn(node).every(({ type, status }) => type !== 'Ready' || status === 'True') &&
    recordAt(node, 'spec')['unschedulable'] !== true &&
    matchesNodeSelector(node, spec) &&
    matchesNodeAffinity(node, spec) &&
    untoleratedTaints(node, spec).length === 0
  );
}

/** Taints that no pod is let tolerate by an edit: of the control plane, of devices, of nodes that are of no use. */
const GUARDED =
  /control-?plane|master|etcd|gpu|nvidia|amd\.com|tpu|^node\.(?:cloudprovider\.)?kubernetes\.io\//i;

/** True where going back would let pods tolerate such a taint again, or any taint. */
export function isForbidden({ fields, spec }: FormerTemplate): boolean {
  const restoresToleration = fields.some(
    ({ field, before }) => /\.tolerations\b/.test(field) && before !== null,
  );
  return (
    restoresToleration &&
    recordsOf(spec['tolerations']).some(
      ({ key, value }) => key === undefined || GUARDED.test(`${String(key)} ${String(value ?? '')}`.trim()),
    )
  );
}
