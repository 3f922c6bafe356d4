import { isWithin } from './observations.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { containerStatuses, isReady, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { derived } from './derived.ts';

/** Why the kubelet could not make the sandbox of a pod: the network namespace and pause container that its containers live in. */
export type SandboxError =
  | 'runtime-down'
  | 'network-not-ready'
  | 'addresses-exhausted'
  | 'pause-image'
  | 'node-exhausted'
  | 'attachment-missing'
  | 'sandbox-failed';

/** A pod on a node whose sandbox is not made. */
export interface SandboxFailure {
  readonly pod: ClusterObject;
  readonly node: string;
  readonly error: SandboxError;
  readonly event: ClusterEvent;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const REASONS = /^(?:FailedCreatePodSandBox|FailedPodSandBoxStatus|NetworkNotReady|FailedSync)$/;
const LATELY = 10 * MINUTE;

/** The sandbox failure of a pod that has not started since; null where it has, or where the failure has another rule. */
export function sandboxFailureOf(cluster: ClusterState, pod: ClusterObject): SandboxFailure | null {
  const { phase } = recordAt(pod, 'status');
  const node = podSpecOf(pod)?.nodeName;
  if (!node || isReady(pod) || phase === 'Succeeded' || phase === 'Failed') return null;
  if (containerStatuses(pod).some(({ state }) => state?.running ?? state?.terminated)) return null;
  const events = cluster.eventsOf(pod);
  const failed = events.filter(
    ({ reason, message, lastSeen }) =>
      REASONS.test(reason) && isWithin(cluster, lastSeen, LATELY) && sandboxErrorIn(message) !== null,
  );
  const latest = failed.at(-1);
  const made = events.findLast(({ reason }) => /^(?:Created|Started|Pulling|Pulled)$/.test(reason));
  if (!latest || (made && made.lastSeen > latest.lastSeen)) return null;
  return {
    pod,
    node,
    error: sandboxErrorIn(latest.message)!,
    event: latest,
    since: Math.min(...failed.map(({ firstSeen }) => firstSeen)),
  };
}

/** What is wrong with the node itself, and not with one pod. */
export function isOfNode(error: SandboxError): boolean {
  return error !== 'attachment-missing' && error !== 'sandbox-failed';
}

type Reading = readonly [pattern: RegExp, error: SandboxError | null];

/**
 * What kubelet, containerd, CRI-O, cri-dockerd and the network plugins write, the most telling first; null for what belongs to another rule
 * (a memory limit, a runtime class). Sources: pkg/kubelet/kuberuntime of k8s.io/kubernetes, internal/cri of containerd, server of CRI-O, and
 * the plugins' own repositories.
 */
const READINGS: readonly Reading[] = [
  [/OOM-killed|OOM: |memory limit \S* ?(?:could be |is )?too low/i, null],
  [
    /no runtime for "|RuntimeHandler "[^"]*" not (?:supported|found)|failed to find runtime handler|unknown runtime handler/i,
    null,
  ],
  [
    /failed to get sandbox image|pull(?:ing)? (?:sandbox |infra(?:structure)? )?image "?[^ ]*pause|sandbox image "[^"]*"/i,
    'pause-image',
  ],
  [/(?:initializing source|creating pod sandbox).*docker:\/\/\S*pause/i, 'pause-image'],
  [
    /cannot find a network-attachment-definition|network-attachment-definitions\S* "[^"]*" not found/i,
    'attachment-missing',
  ],
  [
    /no (?:more )?IPs? (?:addresses )?(?:are )?available|no IP addresses available|failed to assign an IP address to (?:container|pod)|Assigned 0 out of|IP pool exhausted|InsufficientFreeAddresses|range is full/i,
    'addresses-exhausted',
  ],
  [
    /dial unix \S*(?:containerd|crio|cri-dockerd|dockershim|docker)|container runtime is down|ttrpc: closed|Cannot connect to the Docker daemon/i,
    'runtime-down',
  ],
  [
    /cni (?:plugin not initialized|config uninitialized)|network plugin is not ready|NetworkPluginNotReady|NetworkReady=false|network is not ready|failed to find plugin "|no networks found in|subnet\.env|check that the calico\/node container is running|cilium\.sock|Is the agent running|127\.0\.0\.1:(?:6784|50051)|failed to set ?up (?:pod|network)|failed to setup network|networkPlugin cni failed|plugin type="[^"]+" failed|error adding (?:container|pod) to network|already has an IP address different from|\bovs\b|\bantrea\b/i,
    'network-not-ready',
  ],
  [
    /no space left on device|cannot allocate memory|too many open files|resource temporarily unavailable|pids? limit|failed to create cgroup/i,
    'node-exhausted',
  ],
  [/sandbox/i, 'sandbox-failed'],
];

export function sandboxErrorIn(message: string): SandboxError | null {
  return READINGS.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

/** The failures of pods on a node that are the node's own, the oldest first. */
export function sandboxFailuresOn(cluster: ClusterState, node: string): readonly SandboxFailure[] {
  return derived(cluster, `sandbox failures on ${node}`, (given) =>
    failuresOfNodes(given).filter((failure) => failure.node === node),
  );
}

function failuresOfNodes(cluster: ClusterState): readonly SandboxFailure[] {
  return derived(cluster, 'sandbox failures', (given) =>
    given
      .namespacesOf('Pod')
      .flatMap((namespace) => failuresIn(given, namespace))
      .toSorted((a, b) => a.since - b.since),
  );
}

function failuresIn(cluster: ClusterState, namespace: string | null): readonly SandboxFailure[] {
  return derived(cluster, `sandbox failures in ${namespace ?? ''}`, (given) =>
    given
      .list('Pod', namespace)
      .flatMap((pod) => sandboxFailureOf(given, pod) ?? [])
      .filter(({ error }) => isOfNode(error)),
  );
}

/** The network plugin that a message is about; null where it names none. */
export function networkPluginIn(message: string): string | null {
  const [, type] = /plugin type="([^"]+)" failed|failed to find plugin "([^"]+)"/.exec(message) ?? [];
  if (type !== undefined && !/^(?:portmap|bandwidth|loopback|tuning|firewall)$/.test(type)) return type;
  const [name] =
    /calico|cilium|flannel|weave|antrea|multus|aws-cni|azure-vnet|kindnet|ovn|canal/i.exec(message) ?? [];
  return name?.toLowerCase() ?? null;
}
