import { usagesIn, type Eviction, type EvictionKind, type Usage } from '../../facts/evictions.ts';
import { conditionsIn, quoteCondition } from '../../facts/observations.ts';
import { carriesCurrentTemplate } from '../../facts/rollout.ts';
import { containersIn, type WorkloadFacts } from '../../facts/subjects.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { MEBIBYTE, parseQuantity } from '../../kubernetes/quantities.ts';
import { containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Change } from '../../model/change.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { againstMemory } from '../../witnesses/memory-room.ts';
import { printLike } from '../../witnesses/memory-size.ts';
import type { Ended } from './ended.ts';

/** A request is too low where the use is this many times as much, and this share of the node's memory: less did not fill the node. */
const FACTOR = 1.5;
const SHARE = 0.1;
/** Of a node that is not on record. */
const LARGE = 512 * MEBIBYTE;
const STEP = 16 * MEBIBYTE;
const MOST_NAMED = 4;

/** The node was short of something: of memory, a request that is far too low may be why. */
export function underPressure(workload: WorkloadFacts, eviction: Eviction): Ended {
  const { pod, kind, message } = eviction;
  const node = podSpecOf(pod)?.nodeName ?? null;
  const usages = usagesIn(message);
  const changes =
    kind === 'memory' ? usages.flatMap((usage) => higherRequest(workload, eviction, node, usage)) : [];
  const [first] = usages;
  const used = first
    ? prose`; container ${first.container} was using ${first.used} and requests ${first.requested}`
    : ownText('');
  const found = {
    says: prose`node ${node ?? 'unknown'} was low on ${ownText(SHORT_OF[kind] ?? 'a resource')}${used}`,
    evidence: conditionEvidence(workload.cluster, node),
  };
  if (changes.length > 0)
    return {
      ...found,
      cause: 'memory-request-too-low',
      because: [
        prose`The scheduler reserves what is requested; what a pod uses above that has no room of its own on the node.`,
      ],
      changes,
      reason: prose`The kubelet's own numbers show what the container uses.`,
      blames: changes.map(({ object, field }) => ({ object, field: field.text })),
      advice: [],
    };
  return {
    ...found,
    cause: kind === 'memory' ? 'node-memory' : kind === 'disk' ? 'node-disk' : 'node-pids',
    ...(node !== null && { culprit: { kind: 'Node', namespace: null, name: node } }),
    because: [
      prose`What used it up is not on record.`,
      ...(kind === 'memory' ? withoutLimit(workload, node) : []),
    ],
    blames: kind === 'memory' ? usages.flatMap(({ container }) => requestField(workload, container)) : [],
    advice: [adviceOn(kind, node)],
  };
}

const SHORT_OF: Partial<Readonly<Record<EvictionKind, string>>> = {
  memory: 'memory',
  disk: 'disk',
  pids: 'process ids',
};

function adviceOn(kind: EvictionKind, node: string | null): Prose {
  const on = node ?? '';
  if (kind === 'disk')
    return prose`Find what fills the disk of ${on}: kubectl debug node/${on} -it --image=busybox, then du -xsh /host/var/log /host/var/lib/containerd /host/var/lib/kubelet/pods.`;
  if (kind === 'pids')
    return prose`Find what makes so many processes: kubectl debug node/${on} -it --image=busybox, then ps. podPidsLimit of the kubelet limits them.`;
  return prose`Find what uses most memory there: kubectl top pods -A --sort-by=memory, and kubectl describe node ${on} for the requests. Give that workload a memory limit.`;
}

function requestField(workload: WorkloadFacts, container: string) {
  const found = containersIn(workload).find(({ name }) => name === container);
  return found && found.value('resources.requests.memory') !== undefined
    ? found.field('resources.requests.memory')
    : [];
}

function higherRequest(
  workload: WorkloadFacts,
  { pod }: Eviction,
  node: string | null,
  { container, bytes, requested }: Usage,
): readonly Change[] {
  const { cluster } = workload;
  const found = containersIn(workload).find(({ name }) => name === container);
  if (!found?.placed || carriesCurrentTemplate(cluster, pod) === 'outdated') return [];
  const request = parseQuantity(requested) ?? 0;
  const { limits, requests } = found.placed.container.resources ?? {};
  const inTemplate = requests?.['memory'];
  const own = inTemplate ?? limits?.['memory'];
  if ((parseQuantity(own) ?? 0) !== request || bytes < FACTOR * request || bytes < largeOn(cluster, node))
    return [];
  const next = Math.ceil(bytes / STEP) * STEP;
  const limit = parseQuantity(limits?.['memory']);
  const capped = limit === null ? next : Math.min(limit, next);
  if (againstMemory(found, { limit: limit ?? Number.POSITIVE_INFINITY, request: capped })) return [];
  return found.change('resources.requests.memory', printLike(inTemplate, capped));
}

function largeOn(cluster: ClusterState, node: string | null): number {
  const found = node === null ? undefined : cluster.get('Node', null, node);
  const memory = parseQuantity(recordAt(found, 'status', 'allocatable')['memory']);
  return memory === null ? LARGE : SHARE * memory;
}

/** Other pods of the node that nothing keeps from taking its memory. */
function withoutLimit({ cluster, ref }: WorkloadFacts, node: string | null): readonly Prose[] {
  const names = cluster
    .list('Pod')
    .filter((pod) => podSpecOf(pod)?.nodeName === node && recordAt(pod, 'status')['phase'] === 'Running')
    .filter((pod) => cluster.ownerOf(pod).ref.name !== ref.name)
    .filter((pod) =>
      containersOf(podSpecOf(pod)).some(
        ({ container }) => container.resources?.limits?.['memory'] === undefined,
      ),
    )
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const more = names.length - MOST_NAMED;
  return names.length === 0
    ? []
    : [
        prose`Without a memory limit run there: ${listed(names.slice(0, MOST_NAMED))}${more > 0 ? prose` and ${more} more` : ownText('')}.`,
      ];
}

function conditionEvidence(cluster: ClusterState, node: string | null) {
  const found = node === null ? undefined : cluster.get('Node', null, node);
  return found === undefined
    ? []
    : conditionsIn(found)
        .filter(({ type, status }) => type.endsWith('Pressure') && status === 'True')
        .map((condition) => quoteCondition(found, condition));
}
