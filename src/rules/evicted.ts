/**
 * Rule `evicted`: a node or the kubelet ended whole pods, and not enough others have taken their place.
 *
 * A node that runs short evicts pods that use more than they asked for; a pod that uses more ephemeral storage than its limit, or than the size of an
 * emptyDir, is evicted too. Texts: pkg/kubelet/eviction of k8s.io/kubernetes.
 */
import { DAY } from '../kubernetes/durations.ts';
import { conditionsIn, quote, quoteEvent, warningsOf } from '../facts/observations.ts';
import { isBeingDeleted, type WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { isReady, parseTime, podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import type { Blame } from '../model/finding.ts';
import { prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const evicted = defineRule({
  id: 'evicted',
  title: 'Pods were evicted, and not enough others are ready',
  phase: 'node',
  semantics: [
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/',
    'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/',
  ],
  reads: ['Pod', 'Event'],
  on: 'workload',
  causes: {
    'ephemeral-storage-limit': {
      means: 'a container wrote more than its `ephemeral-storage` limit',
      ...PLAIN,
    },
    'empty-dir-limit': { means: 'an emptyDir grew beyond its `sizeLimit`', ...PLAIN },
    'node-memory': { means: 'the node was low on memory', ...PLAIN },
    'node-disk': { means: 'the node was low on disk or inodes', ...PLAIN },
    'node-pids': { means: 'the node was low on process ids', ...PLAIN },
    preempted: { means: 'a pod of higher priority took its place', ...PLAIN },
    evicted: { means: 'any other reason', ...PLAIN },
  },

  detect(workload) {
    const { cluster, object, pods } = workload;
    if (isBeingDeleted(object) || isReplaced(workload)) return null;
    const gone = pods
      .filter((pod) => isEvicted(pod) && !isBeingDeleted(pod))
      .map((pod) => ({ pod, at: endOf(workload, pod) }))
      .filter(({ at }) => at === null || cluster.now - at <= DAY)
      .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
    const [latest] = gone;
    if (!latest) return null;
    const times = gone.flatMap(({ at }) => at ?? []);
    return {
      pod: latest.pod,
      count: gone.length,
      seenOn: gone.map(({ pod }) => refOf(pod)),
      firstSeen: times.length > 0 ? Math.min(...times) : cluster.now,
      lastSeen: times.length > 0 ? Math.max(...times) : cluster.now,
      occurrences: gone.length,
    };
  },

  investigate(workload, _ask, { pod, count }) {
    const { message, reason } = recordAt(pod, 'status');
    const said = typeof message === 'string' ? message : '';
    const [, cause, advice, field] =
      READINGS.find(([pattern]) => pattern.test(`${String(reason)} ${said}`)) ?? OTHER;
    const node = podSpecOf(pod)?.nodeName;
    const isNode = cause.startsWith('node-') && node !== undefined;
    return diagnosis({
      cause,
      ...(isNode ? { culprit: { kind: 'Node', namespace: null, name: node } } : {}),
      summary: prose`${describeRef(workload.ref)}: pod ${pod.metadata.name} was evicted${count > 1 ? prose` (and ${count - 1} more)` : prose``}${saying(shortened(said))}`,
      because: isNode ? [prose`Node ${node} ran short; the evicted pod need not be what used it up.`] : [],
      evidence: [
        quote(
          'pod-status',
          pod,
          endOf(workload, pod),
          `phase Failed, reason ${String(reason ?? 'none')}: ${said}`,
        ),
        ...warningsOf(workload.cluster, pod, DAY)
          .slice(0, 2)
          .map((event) => quoteEvent(pod, event)),
      ],
      certainty: [cause === 'evicted' ? 0.5 : 0.85, prose`the kubelet says why it evicted the pod`],
      reason: prose`How much the pod should be given is for a person to decide.`,
      blames: field === null ? [] : fieldOf(workload, said, field),
      advice: [advice],
    });
  },
});

type Reading = readonly [RegExp, string, Prose, string | null];

const READINGS: readonly Reading[] = [
  [
    /exceeded its local ephemeral storage limit|ephemeral local storage usage exceeds/i,
    'ephemeral-storage-limit',
    prose`Find what the container writes (logs, caches, uploads), move it to a volume, or raise its ephemeral-storage limit.`,
    'resources.limits.ephemeral-storage',
  ],
  [
    /Usage of EmptyDir volume/i,
    'empty-dir-limit',
    prose`Raise the sizeLimit of the emptyDir, or find what fills it.`,
    'emptyDir.sizeLimit',
  ],
  [
    /low on resource: memory|MemoryPressure/i,
    'node-memory',
    prose`Let memory requests be what the pods use, so that the scheduler leaves room: kubectl top pods --sort-by=memory -A`,
    'resources.requests.memory',
  ],
  [
    /low on resource: (?:ephemeral-storage|nodefs|imagefs|inodes)|DiskPressure/i,
    'node-disk',
    prose`Find what fills the disk of the node: logs, images, emptyDirs, containers without an ephemeral-storage limit.`,
    null,
  ],
  [
    /low on resource: pids|PIDPressure/i,
    'node-pids',
    prose`Find what makes so many processes on the node.`,
    null,
  ],
  [
    /Preempt/i,
    'preempted',
    prose`Give the workload a PriorityClass that fits it, or the cluster more room.`,
    null,
  ],
];
const OTHER: Reading = [
  /^/,
  'evicted',
  prose`Read the events of the node: kubectl get events -A --field-selector reason=Evicted`,
  null,
];

function isEvicted(pod: ClusterObject): boolean {
  const { phase, reason } = recordAt(pod, 'status');
  return phase === 'Failed' && (reason === 'Evicted' || reason === 'Preempting');
}

function endOf({ cluster }: WorkloadFacts, pod: ClusterObject): number | null {
  return (
    warningsOf(cluster, pod, DAY)[0]?.lastSeen ??
    parseTime(conditionsIn(pod)[0]?.lastTransitionTime) ??
    parseTime(recordAt(pod, 'status')['startTime'])
  );
}

/** Enough pods are ready: the eviction has been made good. */
function isReplaced({ object, pods }: WorkloadFacts): boolean {
  if (object === undefined || object.kind === 'Pod') return false;
  const status = recordAt(object, 'status');
  const wanted =
    object.kind === 'DaemonSet'
      ? status['desiredNumberScheduled']
      : (recordAt(object, 'spec')['replicas'] ?? 1);
  return typeof wanted === 'number' && pods.filter((pod) => isReady(pod)).length >= wanted;
}

/** The limit that the message is about, where the template sets it. */
function fieldOf({ ref, object }: WorkloadFacts, message: string, field: string): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  const spec = object && podSpecOf(object);
  if (!spec || path === null) return [];
  if (field.startsWith('emptyDir')) {
    const volume = spec.volumes?.find(({ name }) => message.includes(`"${name}"`));
    return volume ? [{ object: ref, field: `${path}.volumes[name=${volume.name}].${field}` }] : [];
  }
  const containers = (spec.containers ?? []).filter(({ name }) => message.includes(name));
  const [list, resource] = field.split('.').slice(1) as [string, string];
  return containers
    .filter((container) => recordAt(container, 'resources', list)[resource] !== undefined)
    .map(({ name }) => ({ object: ref, field: `${path}.containers[name=${name}].${field}` }));
}
