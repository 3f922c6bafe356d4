import { parseQuantity } from '../kubernetes/quantities.ts';
import { podsThatEnded, type EndedPod } from './ended-pods.ts';
import type { WorkloadFacts } from './subjects.ts';

/** Why the kubelet, the scheduler or the node ended a whole pod, as far as the message says. */
export type EvictionKind =
  | 'ephemeral-storage-limit'
  | 'empty-dir-limit'
  | 'memory'
  | 'disk'
  | 'pids'
  | 'preempted'
  | 'shutdown'
  | 'other';

/** A pod that was ended as a whole, with why. */
export interface Eviction extends EndedPod {
  readonly kind: EvictionKind;
}

/** What a container used of a resource that the node was short of. */
export interface Usage {
  readonly container: string;
  /** As the kubelet writes it, and in bytes. */
  readonly used: string;
  readonly bytes: number;
  readonly requested: string;
}

/**
 * The formats of every release, old ones too.
 * Sources: pkg/kubelet/eviction/helpers.go, pkg/kubelet/preemption and pkg/kubelet/nodeshutdown of k8s.io/kubernetes
 */
const KINDS: readonly (readonly [EvictionKind, RegExp])[] = [
  [
    'ephemeral-storage-limit',
    /exceeded its local ephemeral storage limit|ephemeral local storage usage exceeds/i,
  ],
  ['empty-dir-limit', /Usage of EmptyDir volume/i],
  ['memory', /low on resource: \[?(?:memory|allocatableMemory)|MemoryPressure/i],
  [
    'disk',
    /low on resource: \[?(?:ephemeral-storage|storage|nodefs|imagefs|containerfs|disk|inodes)|DiskPressure/i,
  ],
  ['pids', /low on resource: \[?pids?|PIDPressure/i],
  ['preempted', /Preempt/i],
  ['shutdown', /^(?:Terminated|NodeShutdown|Shutdown)\b|node shutdown|node is shutting down/i],
];

const EVICTED = /^(?:Evicted|Preempting|Terminated|NodeShutdown|Shutdown)$/;

/** The pods of a workload that were evicted within a day, the latest first. */
export function evictionsOf(workload: WorkloadFacts): readonly Eviction[] {
  return podsThatEnded(workload, EVICTED).map((ended) => {
    const text = `${ended.reason} ${ended.message}`;
    return { ...ended, kind: KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other' };
  });
}

/** `Container web was using 900Mi, request is 128Mi, has larger consumption of memory.` */
export function usagesIn(message: string): readonly Usage[] {
  const found = message.matchAll(
    /Container (\S+) was using ([^\s,]+), (?:request is|which exceeds its request of) ([^\s,]+?)(?=,|\.?(?:\s|$))/g,
  );
  return [...found].flatMap(([, container, used, requested]) => {
    const bytes = parseQuantity(used);
    return bytes === null ? [] : [{ container: container!, used: used!, bytes, requested: requested! }];
  });
}

/** What a limit in the message is about: a container and its limit, all containers of the pod, or a volume and its size. */
export interface LimitReached {
  readonly container: string | null;
  readonly volume: string | null;
  readonly limit: string;
}

export function limitIn(message: string): LimitReached | null {
  const own = /Container (\S+) exceeded its local ephemeral storage limit "([^"]+)"/i.exec(message);
  if (own) return { container: own[1]!, volume: null, limit: own[2]! };
  const volume = /Usage of EmptyDir volume "([^"]+)" exceeds the limit "([^"]+)"/i.exec(message);
  if (volume) return { container: null, volume: volume[1]!, limit: volume[2]! };
  const pod = /exceeds the total limit of containers ([0-9.]*[0-9][A-Za-z]*)/i.exec(message);
  return pod ? { container: null, volume: null, limit: pod[1]! } : null;
}
