import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { containerStatuses, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { claimsOf } from './claims.ts';
import { quote, quoteEvent, warningsOf, isOlder } from './observations.ts';
import type { WorkloadFacts } from './subjects.ts';

/** What the words of kubelet, attach controller and drivers come down to. */
export type MountError =
  | 'multi-attach'
  | 'volume-elsewhere'
  | 'host-path'
  | 'sub-path'
  | 'driver-missing'
  | 'provider-class-missing'
  | 'credentials-missing'
  | 'resize-failed'
  | 'file-system-broken'
  | 'volume-limit'
  | 'permission-denied'
  | 'volume-missing'
  | 'storage-unreachable'
  | 'timed-out'
  | 'other';

/**
 * The first that matches tells.
 * Sources: pkg/kubelet/kubelet_pods.go, pkg/kubelet/volumemanager, pkg/volume/util/operationexecutor, pkg/volume/hostpath and
 * pkg/controller/volume/attachdetach of k8s.io/kubernetes; pkg/cri/server of containerd; the CSI specification's codes
 */
const WORDS: readonly (readonly [MountError, RegExp])[] = [
  [
    'multi-attach',
    /Multi-Attach error|already exclusively attached|already used by pod|VolumeInUse|is in use by|already attached to an instance|RESOURCE_IN_USE/i,
  ],
  [
    'volume-elsewhere',
    /NodeAffinity check failed|must be in the same (?:zone|availability)|different (?:zone|availability zone)|zone .{0,60}does not match/i,
  ],
  ['sub-path', /failed to (?:prepare|create) subPath/i],
  [
    'host-path',
    /hostPath type check failed|failed to (?:generate spec: failed to )?(?:stat|mkdir) "?\/|error while creating mount source path/i,
  ],
  [
    'driver-missing',
    /driver name \S+ not found in the list of registered CSI drivers|no volume plugin matched|CSINode \S+ does not contain driver/i,
  ],
  // https://secrets-store-csi-driver.sigs.k8s.io/concepts.html
  [
    'provider-class-missing',
    /failed to get secretproviderclass .{0,300}not found|SecretProviderClass\S* "[^"]+" not found/i,
  ],
  [
    'credentials-missing',
    /(?:fetching|failed to get|get) .{0,60}secret|secrets? "[^"]+" (?:not found|is forbidden)/i,
  ],
  ['resize-failed', /resize|expand/i],
  [
    'file-system-broken',
    /wrong fs type|bad superblock|fsck|structure needs cleaning|can't read superblock|corrupt/i,
  ],
  [
    'volume-limit',
    /max(?:imum)? (?:number of )?(?:volume|attach)|AttachmentLimitExceeded|too many (?:volumes|attachments)/i,
  ],
  [
    'permission-denied',
    /access denied|permission denied|not authorized|UnauthorizedOperation|AuthorizationFailed|operation not permitted/i,
  ],
  [
    'volume-missing',
    /InvalidVolume|VolumeNotFound|volume .{0,80}(?:not found|does not exist)|code = NotFound|No such file or directory|stale (?:NFS )?file handle/i,
  ],
  ['timed-out', /timed out waiting for the condition|waiting for (?:a )?volume|unmounted volumes=/i],
  [
    'storage-unreachable',
    /connection (?:refused|timed out)|i\/o timeout|no route to host|DeadlineExceeded|deadline exceeded|failed to dial|host is down|no such host/i,
  ],
];

export function mountErrorIn(message: string): MountError {
  return WORDS.find(([, pattern]) => pattern.test(message))?.[0] ?? 'other';
}

/** A pod whose volumes are not ready, or whose container does not find its part of one. */
export interface MountFailure {
  readonly pod: ClusterObject;
  readonly error: MountError;
  readonly message: string;
  readonly container: string | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
  readonly evidence: readonly Evidence[];
}

const REASONS = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
]);
const LATELY = 15 * MINUTE;
/** Volumes of a new pod are often ready at the second try. */
const GRACE = 2 * MINUTE;
/** No waiting helps against these: the path or the volume is not what the manifest says. */
const PLAIN_AT_ONCE = new Set<MountError>(['host-path', 'sub-path', 'volume-elsewhere']);

/** Failures of the pods of a workload that no waiting heals, or that have lasted, the longest first. */
export function mountFailuresOf({ cluster, activePods }: WorkloadFacts): readonly MountFailure[] {
  return activePods
    .flatMap((pod) => byEvents(cluster, pod) ?? byContainer(cluster, pod) ?? [])
    .filter(
      ({ pod, error, count }) =>
        isOlder(cluster, pod.metadata.creationTimestamp, GRACE) || (PLAIN_AT_ONCE.has(error) && count > 1),
    )
    .toSorted((a, b) => a.firstSeen - b.firstSeen);
}

type Cluster = WorkloadFacts['cluster'];

function byEvents(cluster: Cluster, pod: ClusterObject): MountFailure | null {
  if (!isCreating(pod)) return null;
  const events = warningsOf(cluster, pod, LATELY).filter(isMountFailure);
  // That volumes are waited for says least.
  const telling = events.find(({ message }) => mountErrorIn(message) !== 'timed-out') ?? events[0];
  if (!telling) return null;
  return {
    pod,
    error: mountErrorIn(telling.message),
    message: telling.message,
    container: null,
    firstSeen: Math.min(...events.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...events.map(({ lastSeen }) => lastSeen)),
    count: Math.max(...events.map(({ count }) => count)),
    evidence: events.slice(0, 3).map((event) => quoteEvent(pod, event)),
  };
}

/** The volume is mounted on the node; what a container wants of it is not there. */
function byContainer(cluster: Cluster, pod: ClusterObject): MountFailure | null {
  for (const { name, state } of containerStatuses(pod)) {
    const message = state?.waiting?.message ?? '';
    const error = mountErrorIn(message);
    if (error !== 'sub-path' && error !== 'host-path') continue;
    const events = warningsOf(cluster, pod, HOUR).filter((event) => event.container === name);
    const failed = events.find((event) => event.message.includes(message));
    return {
      pod,
      error,
      message,
      container: name,
      firstSeen: failed?.firstSeen ?? cluster.now,
      lastSeen: failed?.lastSeen ?? cluster.now,
      count: failed?.count ?? 2,
      evidence: [
        quote(
          'pod-status',
          pod,
          null,
          `container ${name} waiting: ${state?.waiting?.reason ?? ''}: ${message}`,
        ),
      ],
    };
  }
  return null;
}

function isCreating(pod: ClusterObject): boolean {
  const statuses = containerStatuses(pod);
  const hasStarted = statuses.some(({ state }) => state?.running ?? state?.terminated);
  return podSpecOf(pod)?.nodeName !== undefined && statuses.length > 0 && !hasStarted;
}

/** References that are broken are no failure of a volume. */
function isMountFailure({ reason, message }: ClusterEvent): boolean {
  return (
    REASONS.has(reason) &&
    !/(?:configmap|secret)s? "[^"]+" not found|references non-existent (?:config|secret) key|object ".*" not registered/i.test(
      message,
    )
  );
}

type Volume = Readonly<Record<string, unknown>>;

/** The volume that a message names: by its own name, by that of the PersistentVolume behind its claim, or the only claim of the pod. */
export function volumeNamedIn(cluster: Cluster, pod: KubernetesObject, message: string): Volume | undefined {
  const volumes: readonly Volume[] = recordsOf(podSpecOf(pod)?.volumes);
  const [, named] = /(?:for volume|volumeMount) "([^"]+)"/.exec(message) ?? [];
  const [, unmounted] = /unmounted volumes=\[([^\]\s,]+)\]/.exec(message) ?? [];
  const byName = volumes.find(({ name }) => name === named || name === unmounted);
  if (byName) return byName;
  const claims = volumes.filter(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
  const behind = claims.find((volume) => {
    const { claimName } = volume['persistentVolumeClaim'] as Volume;
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace ?? null, String(claimName));
    return (claim?.['spec'] as Volume | undefined)?.['volumeName'] === named && named !== undefined;
  });
  return behind ?? (claimsOf(pod).length === 1 ? claims[0] : undefined);
}
