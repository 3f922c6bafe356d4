import { recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import {
  containersOf,
  containerStatuses,
  parseTime,
  podSpecOf,
  type ContainerStatus,
} from '../kubernetes/workloads.ts';
import type { ClusterState, Owner } from '../model/cluster-state.ts';
import { quoted, type EvidenceSource } from '../model/evidence.ts';
import { shortened } from '../untrusted/shorten.ts';
import { currentReferences, isSettled, liveKeys, type Broken, type Span } from './broken-references.ts';
import { missingPaths } from './complaints.ts';
import { keyUnder, type Reference } from './references.ts';
import type { WorkloadFacts } from './subjects.ts';

/** A container that keeps failing and reads a ConfigMap or Secret volume: its log decides whether a file is missing there. */
export interface Crash extends Span {
  readonly owner: Owner;
  readonly container: string;
}

/** Containers of a workload that crash and mount something whose keys are known. */
export function findCrashes({ cluster, pods }: WorkloadFacts): readonly Crash[] {
  const found = new Map<string, Crash>();
  for (const pod of pods.filter((each) => !isSettled(each))) {
    const failing = containerStatuses(pod).filter(isCrashing);
    if (failing.length === 0) continue;
    const owner = cluster.ownerOf(pod);
    for (const status of failing) {
      const mounts = mountsOf(pod, status.name, currentReferences(owner, pod));
      if (mounts.every(({ reference }) => liveKeys(cluster, pod, reference) === null)) continue;
      const before = found.get(status.name);
      const ended = parseTime(terminationOf(status)?.finishedAt) ?? cluster.now;
      const first = parseTime(pod.metadata.creationTimestamp) ?? ended;
      found.set(status.name, {
        owner,
        container: status.name,
        pods: [...(before?.pods ?? []), pod],
        firstSeen: Math.min(before?.firstSeen ?? first, first),
        lastSeen: Math.max(before?.lastSeen ?? ended, ended),
        occurrences: (before?.occurrences ?? 0) + Math.max(1, status.restartCount ?? 0),
      });
    }
  }
  return [...found.values()];
}

/** What the container's last termination left as its message: empty where it left none. */
export function lastWords({ pods, container }: Crash): string {
  const status = containerStatuses(pods[0]!).find(({ name }) => name === container);
  return (status && terminationOf(status)?.message) ?? '';
}

/** The key that a program complains about: a file below a mount that the mounted object, whose keys are known, does not have. */
export function missingFile(
  crash: Crash,
  source: EvidenceSource,
  said: string,
  cluster: ClusterState,
): Broken | null {
  const pod = crash.pods[0]!;
  const mounts = mountsOf(pod, crash.container, currentReferences(crash.owner, pod));
  for (const path of missingPaths(said)) {
    for (const mount of mounts) {
      const key = keyMissingAt(path, mount, liveKeys(cluster, pod, mount.reference));
      if (key === null) continue;
      const line = said.split('\n').find((each) => each.includes(path)) ?? path;
      const at = source === 'log' ? null : crash.lastSeen;
      return {
        ...asBroken(crash, mount.reference, key),
        evidence: [quoted(source, pod, at, shortened(line, 500))],
      };
    }
  }
  return null;
}

/** A reference whose volume a container mounts, with the mount. */
interface Mount {
  readonly reference: Reference;
  readonly mountPath: string;
  readonly subPath: string | null;
  readonly otherMounts: readonly string[];
}

function mountsOf(pod: KubernetesObject, name: string, references: readonly Reference[]): readonly Mount[] {
  const placed = containersOf(podSpecOf(pod)).find(({ container }) => container.name === name);
  const mounts = recordsOf(placed?.container.volumeMounts).filter(
    ({ mountPath }) => typeof mountPath === 'string',
  );
  return mounts.flatMap((mount) =>
    references
      .filter(({ volume }) => volume === mount.name)
      .map((reference) => ({
        reference,
        mountPath: mount.mountPath,
        subPath: mount.subPath || null,
        otherMounts: mounts.filter((other) => other !== mount).map(({ mountPath }) => mountPath),
      })),
  );
}

/** The key that a file is made from and that the object does not have; null where that cannot be said. */
function keyMissingAt(
  path: string,
  { reference, mountPath, subPath, otherMounts }: Mount,
  has: ReadonlySet<string> | null,
): string | null {
  // With items the files are their paths: what is not projected says nothing about the keys.
  if (has === null || reference.keys.some(({ because }) => because === 'item')) return null;
  const plain = path.replace('/..data/', '/');
  const ofSubPath = plain === mountPath ? subPath : null;
  const key = subPath === null ? keyUnder(plain, mountPath, otherMounts) : ofSubPath;
  return key === null || has.has(key) ? null : key;
}

/** A crash as what it turned out to be: a reference to a key that is not there. */
function asBroken(crash: Crash, reference: Reference, key: string): Omit<Broken, 'evidence'> {
  const use = { key, field: null, because: 'path', container: crash.container } as const;
  const isNamed = reference.keys.some((each) => each.key === key);
  const needed = isNamed ? reference : { ...reference, keys: [...reference.keys, use] };
  const { kind, name } = reference;
  const namespace = crash.pods[0]!.metadata.namespace ?? null;
  return {
    ...crash,
    missing: { apiVersion: 'v1', kind, namespace, name },
    keys: [key],
    references: [needed],
    template: [needed],
    witness: 'record',
  };
}

function terminationOf(status: ContainerStatus): NonNullable<ContainerStatus['lastState']>['terminated'] {
  return status.state?.terminated ?? status.lastState?.terminated;
}

function isCrashing(status: ContainerStatus): boolean {
  const ended = terminationOf(status);
  const inBackOff =
    status.state?.waiting?.reason === 'CrashLoopBackOff' || status.state?.terminated !== undefined;
  return inBackOff && ended !== undefined && ended.exitCode !== 0 && ended.reason !== 'OOMKilled';
}
