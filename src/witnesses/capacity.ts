import { derived } from '../facts/derived.ts';
import {
  describeRef,
  recordAt,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { matchesNodeSelector, untoleratedTaints } from '../kubernetes/node-selection.ts';
import { describeBytes, parseQuantity } from '../kubernetes/quantities.ts';
import {
  conditionsOf,
  containersOf,
  podSpecOf,
  type Container,
  type PodSpec,
} from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
import type { Statement } from './statement.ts';

/**
 * What one pod asks of its node and of its namespace's quota: cores and bytes, by the names that a ResourceQuota uses
 * (`requests.cpu`, `limits.memory`, …), and `pods`.
 */
export type Demand = Readonly<Record<string, number>>;

/**
 * The effective requests and limits of a pod: the larger of all regular containers and sidecars together, and of the
 * largest init container beside the sidecars; a request that is missing is the limit.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 * (The order of init containers and sidecars does not count: at most a little too much.)
 */
export function demandOf(spec: PodSpec | undefined): Demand {
  const demand: Record<string, number> = { pods: 1 };
  for (const resource of ['cpu', 'memory'])
    for (const kind of ['requests', 'limits'] as const)
      demand[`${kind}.${resource}`] = amountOf(spec, kind, resource);
  return demand;
}

/** The effective request or limit of a pod for any resource, with what its runtime class adds to requests. */
export function amountOf(spec: PodSpec | undefined, kind: 'requests' | 'limits', resource: string): number {
  const placed = containersOf(spec);
  const amount = (container: Container): number => {
    const { requests, limits } = container.resources ?? {};
    const own = kind === 'requests' ? (requests?.[resource] ?? limits?.[resource]) : limits?.[resource];
    return parseQuantity(own) ?? 0;
  };
  const sum = (roles: readonly string[]): number =>
    placed
      .filter(({ role }) => roles.includes(role))
      .reduce((total, { container }) => total + amount(container), 0);
  const sidecars = sum(['sidecar']);
  const starting = placed
    .filter(({ role }) => role === 'init')
    .map(({ container }) => sidecars + amount(container));
  const overhead = kind === 'requests' ? (parseQuantity(recordAt(spec, 'overhead')[resource]) ?? 0) : 0;
  return Math.max(sum(['container', 'sidecar']), ...starting) + overhead;
}

/** What keeps pods of this spec out: a quota of their namespace with less than `extra` free, or nodes with too few places. */
export function shortageFor(
  cluster: ClusterState,
  owner: ObjectRef,
  spec: PodSpec,
  pods: number,
  extra: Demand,
): Statement | null {
  const shortage = quotaShortage(cluster, owner.namespace, extra);
  if (shortage) {
    const { quota, resource, used, hard } = shortage;
    return {
      says: prose`${describeRef(quota)} has no room for that (${resource}: ${used} of ${hard} used).`,
      evidence: [quoted('object', quota, null, `${resource}: used ${used}, hard ${hard}`)],
    };
  }
  const demand = demandOf(spec);
  const room = nodeRoom(cluster, owner, spec, demand, pods);
  if (room.kind !== 'too-small') return null;
  const memory = describeBytes(demand['requests.memory']!);
  const text = `places for pods requesting ${demand['requests.cpu']} cores and ${memory}: ${room.places} of ${pods}`;
  return {
    says: prose`the nodes have places for ${room.places} of ${pods} pods that request ${memory} of memory each.`,
    evidence: [quoted('object', 'Nodes', null, text)],
  };
}

/** The pods that a workload runs when all is well. */
export function podsWanted(owner: KubernetesObject, cluster: ClusterState): number {
  const spec = recordAt(owner, 'spec');
  const replicas = spec['replicas'] ?? spec['parallelism'];
  if (typeof replicas === 'number') return replicas;
  return owner.kind === 'DaemonSet' ? Math.max(1, cluster.podsOf(refOf(owner)).length) : 1;
}

/** The memory that a rollout from one spec to another takes more at its worst moment: all new pods beside the last old ones. */
export function memoryOfRollout(
  owner: KubernetesObject,
  pods: number,
  [before, after]: readonly [PodSpec, PodSpec],
): Demand {
  const [old, wanted] = [demandOf(before), demandOf(after)];
  const surge = surgeOf(owner, pods);
  return Object.fromEntries(
    ['requests.memory', 'limits.memory'].map((name) => [
      name,
      (wanted[name]! - old[name]!) * pods + old[name]! * surge,
    ]),
  );
}

/**
 * Pods that a rolling update makes beyond the wanted ones (25 % unless told otherwise, rounded up).
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge
 */
function surgeOf(owner: KubernetesObject, pods: number): number {
  if (owner.kind !== 'Deployment') return 0;
  const strategy = recordAt(owner, 'spec', 'strategy');
  if (strategy['type'] === 'Recreate') return 0;
  const surge = recordAt(strategy, 'rollingUpdate')['maxSurge'] ?? '25%';
  return typeof surge === 'number' ? surge : Math.ceil((Number.parseFloat(String(surge)) / 100) * pods);
}

/** Pods that a rolling update makes before it takes one away; 0 where it may take one away first. */
export function surgeWithoutPause(owner: KubernetesObject, pods: number): number {
  const unavailable = recordAt(owner, 'spec', 'strategy', 'rollingUpdate')['maxUnavailable'] ?? '25%';
  const away =
    typeof unavailable === 'number'
      ? unavailable
      : Math.floor((Number.parseFloat(String(unavailable)) / 100) * pods);
  return away > 0 ? 0 : surgeOf(owner, pods);
}

/** The first quota that the additional demand does not fit into. */
export interface QuotaShortage {
  readonly quota: ObjectRef;
  /** As the quota calls it: `limits.memory`. */
  readonly resource: string;
  /** As a {@link Demand} calls it: `requests.memory` for `memory`. */
  readonly counts: string;
  readonly hard: string;
  readonly used: string;
}

/**
 * Finds a ResourceQuota of the namespace with less than `extra` free. Quotas with scopes count only where
 * the scope holds for every ordinary pod (NotTerminating, NotBestEffort).
 * Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export function quotaShortage(
  cluster: ClusterState,
  namespace: string | null,
  extra: Demand,
): QuotaShortage | null {
  if (namespace === null) return null;
  for (const quota of cluster.list('ResourceQuota', namespace)) {
    if (!coversOrdinaryPods(quota)) continue;
    const status = recordAt(quota, 'status');
    const hard = { ...recordAt(quota, 'spec', 'hard'), ...recordAt(status, 'hard') };
    const used = recordAt(status, 'used');
    for (const [name, allowed] of Object.entries(hard)) {
      const more = extra[canonicalResource(name)] ?? 0;
      const room = (parseQuantity(allowed) ?? Number.POSITIVE_INFINITY) - (parseQuantity(used[name]) ?? 0);
      if (more > 0 && more > room) {
        return {
          quota: refOf(quota),
          resource: name,
          counts: canonicalResource(name),
          hard: String(allowed),
          used: String(used[name] ?? 0),
        };
      }
    }
  }
  return null;
}

/** A quota's `cpu` and `memory` mean the requests, `count/pods` the pods. */
export function canonicalResource(name: string): string {
  if (name === 'cpu' || name === 'memory') return `requests.${name}`;
  return name === 'count/pods' ? 'pods' : name;
}

function coversOrdinaryPods(quota: KubernetesObject): boolean {
  const spec = recordAt(quota, 'spec');
  const scopes = Array.isArray(spec['scopes']) ? spec['scopes'] : [];
  return (
    spec['scopeSelector'] === undefined &&
    scopes.every((scope) => scope === 'NotTerminating' || scope === 'NotBestEffort')
  );
}

/** Whether the nodes can hold a number of pods. `unknown`: nodes were not recorded, or more of them come when needed. */
export type NodeRoom =
  | { readonly kind: 'fits' }
  | { readonly kind: 'unknown'; readonly because: 'autoscaler' | 'not recorded' }
  /** `places`: how many such pods all suitable nodes together could hold. */
  | { readonly kind: 'too-small'; readonly places: number };

/**
 * Counts the places for pods with this demand: on every suitable node, what is allocatable less the requests of pods
 * that are not the owner's, divided by the demand. Suitable is a Ready, schedulable node that the pod's nodeSelector
 * matches and whose taints it tolerates; affinities do not count (so the result is never too low).
 * Source: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
 */
export function nodeRoom(
  cluster: ClusterState,
  owner: ObjectRef,
  spec: PodSpec,
  demand: Demand,
  pods: number,
): NodeRoom {
  const nodes = cluster.list('Node');
  // Of a list that was cut, or with a node that is set aside, the places cannot be counted.
  if (nodes.length === 0 || !cluster.isRecorded('Node', nodes[0]!.metadata.namespace ?? null))
    return { kind: 'unknown', because: 'not recorded' };
  if (isAutoscaled(cluster, nodes)) return { kind: 'unknown', because: 'autoscaler' };
  const taken = allRequests(cluster);
  const own = sumRequests(cluster.podsOf(owner));
  const sizes = allocatableOf(cluster);
  let places = 0;
  for (const node of nodes) {
    if (!isSuitable(node, spec)) continue;
    const allocatable = sizes.get(node.metadata.name) ?? {};
    const fits = ['cpu', 'memory', 'pods'].map((resource) => {
      const name = resource === 'pods' ? 'pods' : `requests.${resource}`;
      const wanted = demand[name] ?? 0;
      const free =
        (allocatable[resource] ?? Number.POSITIVE_INFINITY) -
        (taken.get(node.metadata.name)?.[name] ?? 0) +
        (own.get(node.metadata.name)?.[name] ?? 0);
      // A tenth of a millicore of floating point is not a missing place.
      return wanted > 0 ? Math.floor((free + 1e-4) / wanted) : Number.POSITIVE_INFINITY;
    });
    places += Math.max(0, Math.min(...fits));
  }
  return places >= pods ? { kind: 'fits' } : { kind: 'too-small', places };
}

type Sums = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** What each node has for pods of cpu, memory and pods, where it says so. */
function allocatableOf(cluster: ClusterState): ReadonlyMap<string, Readonly<Record<string, number | null>>> {
  return derived(
    cluster,
    'allocatable by node',
    (given) =>
      new Map(
        given.list('Node').map((node) => {
          const { cpu, memory, pods } = recordAt(node, 'status', 'allocatable');
          return [
            node.metadata.name,
            { cpu: parseQuantity(cpu), memory: parseQuantity(memory), pods: parseQuantity(pods) },
          ];
        }),
      ),
  );
}

/** What is requested on each node. */
function allRequests(cluster: ClusterState): Sums {
  return derived(cluster, 'requests by node', (given) => {
    const all = new Map<string, Record<string, number>>();
    for (const namespace of given.namespacesOf('Pod'))
      for (const [node, sums] of requestsIn(given, namespace)) add(all, node, sums);
    return all;
  });
}

function requestsIn(cluster: ClusterState, namespace: string | null): Sums {
  return derived(cluster, `requests of ${namespace ?? ''} by node`, (given) =>
    sumRequests(given.list('Pod', namespace)),
  );
}

function sumRequests(pods: readonly KubernetesObject[]): Sums {
  const byNode = new Map<string, Record<string, number>>();
  for (const pod of pods) {
    const spec = podSpecOf(pod);
    const phase = recordAt(pod, 'status')['phase'];
    if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') continue;
    add(byNode, spec.nodeName, demandOf(spec));
  }
  return byNode;
}

function add(
  byNode: Map<string, Record<string, number>>,
  node: string,
  amounts: Readonly<Record<string, number>>,
): void {
  const sums = byNode.get(node) ?? {};
  for (const [name, amount] of Object.entries(amounts)) sums[name] = (sums[name] ?? 0) + amount;
  byNode.set(node, sums);
}

/** Labels that managed groups of nodes carry: such groups usually grow, which cannot be seen from inside the cluster. */
const GROUP_LABELS = [
  'karpenter.sh/nodepool',
  'karpenter.sh/provisioner-name',
  'eks.amazonaws.com/nodegroup',
  'eks.amazonaws.com/compute-type',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
];

/** True where nodes come when they are needed, as far as the cluster shows it. */
export function isAutoscaled(cluster: ClusterState, nodes: readonly KubernetesObject[]): boolean {
  return (
    nodes.some(({ metadata }) => GROUP_LABELS.some((label) => metadata.labels?.[label] !== undefined)) ||
    cluster.get('ConfigMap', 'kube-system', 'cluster-autoscaler-status') !== undefined ||
    cluster.list('NodePool').length > 0 ||
    cluster.list('Deployment').some(({ metadata }) => /cluster-autoscaler|^karpenter$/.test(metadata.name))
  );
}

function isSuitable(node: KubernetesObject, spec: PodSpec): boolean {
  return (
    conditionsOf(node).every(({ type, status }) => type !== 'Ready' || status === 'True') &&
    recordAt(node, 'spec')['unschedulable'] !== true &&
    matchesNodeSelector(node, spec) &&
    untoleratedTaints(node, spec).length === 0
  );
}
