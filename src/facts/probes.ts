import { isWithin } from './observations.ts';
import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import type { Container } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { ContainerFacts, ContainerInstance } from './subjects.ts';

export type ProbeName = 'liveness' | 'readiness' | 'startup';

/** How a probe asks, as the pod has it. Times are seconds. */
export interface Probe {
  readonly name: ProbeName;
  readonly by: 'httpGet' | 'tcpSocket' | 'grpc' | 'exec';
  /** As it is written: a number or a port's name. Null for `exec`. */
  readonly port: number | string | null;
  readonly scheme: 'HTTP' | 'HTTPS' | null;
  readonly path: string | null;
  /** Another host than the pod, as an `httpGet` or `tcpSocket` may name one: the kubelet asks it from the node. */
  readonly host: string | null;
  /** Of `exec`; empty for the others. */
  readonly command: readonly string[];
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly timeoutSeconds: number;
}

/** What the kubelet says of a failing probe of one pod within the last hour. */
export interface ProbeFailures {
  readonly probe: ProbeName;
  readonly pod: ClusterObject;
  /** The latest failure, without `Liveness probe failed: `. */
  readonly message: string;
  readonly events: readonly ClusterEvent[];
  /** How often it failed, and how often the kubelet killed the container for it. */
  readonly count: number;
  readonly kills: number;
  /** Milliseconds since the epoch; null without a kill. */
  readonly firstKill: number | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export interface DeclaredPort {
  readonly name: string | null;
  readonly number: number;
  readonly protocol: string;
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/ */
export function probeOf(container: Container, name: ProbeName): Probe | null {
  return readProbe(recordAt(container, `${name}Probe`), name);
}

/** A probe as a manifest writes it; null without a handler. */
export function readProbe(probe: Readonly<Record<string, unknown>>, name: ProbeName): Probe | null {
  const by = (['httpGet', 'tcpSocket', 'grpc', 'exec'] as const).find((each) => probe[each] !== undefined);
  if (by === undefined) return null;
  const asked = recordAt(probe, by);
  const port = asked['port'];
  const seconds = (field: string, otherwise: number): number => {
    const value = probe[field];
    return typeof value === 'number' ? value : otherwise;
  };
  return {
    name,
    by,
    port: typeof port === 'number' || typeof port === 'string' ? port : null,
    scheme: by !== 'httpGet' ? null : asked['scheme'] === 'HTTPS' ? 'HTTPS' : 'HTTP',
    path: by === 'httpGet' ? String(asked['path'] ?? '/') : null,
    host: typeof asked['host'] === 'string' && asked['host'] !== '' ? asked['host'] : null,
    command: Array.isArray(asked['command']) ? asked['command'].map(String) : [],
    initialDelaySeconds: seconds('initialDelaySeconds', 0),
    periodSeconds: seconds('periodSeconds', 10),
    failureThreshold: seconds('failureThreshold', 3),
    timeoutSeconds: seconds('timeoutSeconds', 1),
  };
}

/** How long a probe lets a container fail from its start, in seconds. */
export function allowedBy({ initialDelaySeconds, periodSeconds, failureThreshold }: Probe): number {
  return initialDelaySeconds + failureThreshold * periodSeconds;
}

/** The ports that a container declares, which is optional: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports */
export function portsOf(container: Container): readonly DeclaredPort[] {
  return recordsOf(container['ports']).flatMap(({ name, containerPort, protocol }) =>
    typeof containerPort === 'number'
      ? [
          {
            name: typeof name === 'string' ? name : null,
            number: containerPort,
            protocol: typeof protocol === 'string' ? protocol : 'TCP',
          },
        ]
      : [],
  );
}

/** The number of a probe's port; null for a name that the container does not declare. */
export function portNumber({ port }: Probe, container: Container): number | null {
  if (typeof port !== 'string') return port;
  const named = portsOf(container).find(({ name }) => name === port)?.number;
  return named ?? (/^\d+$/.test(port) ? Number(port) : null);
}

/** The failing probes of a container in the pods that should run, those first for which the kubelet kills it. */
export function probeFailuresOf({ cluster, workload, instances }: ContainerFacts): readonly ProbeFailures[] {
  return instances
    .filter(({ pod }) => workload.activePods.includes(pod))
    .flatMap((instance) =>
      (['startup', 'liveness', 'readiness'] as const).flatMap((name) => failuresOf(cluster, instance, name)),
    )
    .toSorted((a, b) => Number(b.kills > 0) - Number(a.kills > 0));
}

/**
 * True when the kubelet ended the container for a probe: then the program did not end of its own. It says so in a Normal event; a record that
 * has warnings alone shows it by a liveness or startup probe that failed as often as it may until a signal ended the container.
 */
export function isKilledByProbe(cluster: ClusterState, instance: ContainerInstance): boolean {
  return (['liveness', 'startup'] as const).some(
    (name) =>
      killsOf(cluster, instance, name).length > 0 ||
      failuresOf(cluster, instance, name).some((failures) => endedWith(instance, failures)),
  );
}

/** The exit codes of SIGTERM, and of SIGKILL after the grace period. */
const STOPPED: ReadonlySet<number> = new Set([143, 137]);

/** The container ended by a signal while the probe failed, after as many failures as the kubelet allows. */
function endedWith({ terminations, placed }: ContainerInstance, failures: ProbeFailures): boolean {
  const [last] = terminations;
  const probe = probeOf(placed.container, failures.probe);
  if (!last?.finishedAt || !probe || last.reason === 'OOMKilled' || !STOPPED.has(last.exitCode ?? 0))
    return false;
  const since = failures.firstSeen - MINUTE;
  return (
    failures.count >= probe.failureThreshold &&
    last.finishedAt >= since &&
    last.finishedAt <= failures.lastSeen + MINUTE + probe.periodSeconds * 1000
  );
}

/** `Liveness probe failed: …`, `Readiness probe errored and resulted in unknown state: …` */
const SAYS_SO = /^\w+ probe (?:failed|errored[^:]*): ?/i;

/** What a probe says of a container that is just being stopped, which tells nothing of why it failed. */
const WHILE_ENDING =
  /container is (?:stopping|not running|in CONTAINER_EXITED)|context canceled|(?:task|container) \S+ not found|cannot register an exec PID|procReady not received/i;

function failuresOf(
  cluster: ClusterState,
  instance: ContainerInstance,
  name: ProbeName,
): readonly ProbeFailures[] {
  const { pod, placed } = instance;
  if (probeOf(placed.container, name) === null) return [];
  const failed = lately(cluster, instance).filter(
    ({ reason, message }) => reason === 'Unhealthy' && message.toLowerCase().startsWith(`${name} probe`),
  );
  const killing = killsOf(cluster, instance, name);
  const all = [...killing, ...failed];
  if (all.length === 0) return [];
  const telling = failed.findLast(({ message }) => !WHILE_ENDING.test(message));
  const sum = (events: readonly ClusterEvent[]) => events.reduce((total, { count }) => total + count, 0);
  return [
    {
      probe: name,
      pod,
      message: (telling ?? failed.at(-1))?.message.replace(SAYS_SO, '') ?? '',
      events: [...killing.slice(-1), ...failed.slice(-2)],
      count: sum(failed),
      kills: sum(killing),
      firstKill: killing.length === 0 ? null : Math.min(...killing.map(({ firstSeen }) => firstSeen)),
      firstSeen: Math.min(...all.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...all.map(({ lastSeen }) => lastSeen)),
    },
  ];
}

/** `Container web failed liveness probe, will be restarted`: a Normal event. Source: pkg/kubelet/kuberuntime of k8s.io/kubernetes */
function killsOf(
  cluster: ClusterState,
  instance: ContainerInstance,
  name: ProbeName,
): readonly ClusterEvent[] {
  const words = `${instance.placed.container.name} failed ${name} probe`;
  return lately(cluster, instance).filter(
    ({ reason, message }) => reason === 'Killing' && message.includes(words),
  );
}

function lately(cluster: ClusterState, { pod, placed }: ContainerInstance): readonly ClusterEvent[] {
  const { name } = placed.container;
  return cluster
    .eventsOf(pod)
    .filter((event) => (event.container ?? name) === name && isWithin(cluster, event.lastSeen, HOUR));
}
