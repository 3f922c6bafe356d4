import { volumeNamedIn, type MountError, type MountFailure } from '../../facts/mount-failures.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, type ObjectRef } from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf, podSpecPath, conditionsOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { MountCause } from './causes.ts';

/** What a failure means for its volume, claim and node. */
export interface Reading {
  readonly cause: MountCause;
  /** A clause after `pod x cannot start`; null where the message itself says it best. */
  readonly says: Prose | null;
  readonly because?: readonly Prose[];
  readonly advice: readonly Prose[];
  readonly culprit?: Culprit;
  readonly explainedBy?: readonly Culprit[];
  readonly blames: readonly Blame[];
}

const CAUSES: Readonly<Record<MountError, MountCause>> = {
  'multi-attach': 'multi-attach',
  'volume-elsewhere': 'volume-elsewhere',
  'host-path': 'host-path-missing',
  'sub-path': 'sub-path-failed',
  'driver-missing': 'driver-missing',
  'provider-class-missing': 'provider-class-missing',
  'credentials-missing': 'credentials-missing',
  'resize-failed': 'resize-failed',
  'file-system-broken': 'file-system-broken',
  'volume-limit': 'volume-limit',
  'permission-denied': 'permission-denied',
  'volume-missing': 'volume-missing',
  'storage-unreachable': 'storage-unreachable',
  'timed-out': 'timed-out',
  other: 'mount-failed',
};

export function readingOf(workload: WorkloadFacts, failure: MountFailure): Reading {
  const { pod, error, message } = failure;
  const volume = volumeNamedIn(workload.cluster, pod, message);
  const claim = claimOf(volume);
  const blames = fieldsOf(workload, failure, volume);
  const found = {
    cause: CAUSES[error],
    says: null,
    blames,
    ...(claim !== null && {
      culprit: { kind: 'PersistentVolumeClaim', namespace: workload.ref.namespace, name: claim },
    }),
  };
  if (error === 'multi-attach') return { ...found, ...attachedElsewhere(workload, failure, claim) };
  return { ...found, advice: [adviceOn(error, podSpecOf(pod)?.nodeName ?? '', volume, message)] };
}

function claimOf(volume: Readonly<Record<string, unknown>> | undefined): string | null {
  const name = recordAt(volume, 'persistentVolumeClaim')['claimName'];
  return typeof name === 'string' ? name : null;
}

type Held = Omit<Reading, 'cause' | 'blames' | 'culprit'>;

/** Who holds the volume: an old pod of the workload itself, another workload, or a node that is gone. */
function attachedElsewhere(
  workload: WorkloadFacts,
  { pod, message }: MountFailure,
  claim: string | null,
): Held {
  const { cluster, ref } = workload;
  const node = podSpecOf(pod)?.nodeName;
  const holder = cluster
    .list('Pod', ref.namespace)
    .find(
      (one) =>
        one !== pod &&
        claim !== null &&
        ![undefined, node].includes(podSpecOf(one)?.nodeName) &&
        !/^(?:Succeeded|Failed)$/.test(String(recordAt(one, 'status')['phase'])) &&
        recordsOf(podSpecOf(one)?.volumes).some((volume) => claimOf(volume) === claim),
    );
  const [, told] = /used by pod\(s\) (?:\S+\/)?([^\s,]+)/.exec(message) ?? [];
  const name = holder?.metadata.name ?? told;
  if (name === undefined)
    return {
      says: null,
      advice: [
        prose`See what holds the volume: kubectl get volumeattachments. A node that is gone gives it back after six minutes.`,
      ],
    };
  const on = holder && podSpecOf(holder)?.nodeName;
  const what = claim === null ? prose`its volume` : prose`the volume of claim ${claim}`;
  const says = prose`${what} is attached to ${on ? prose`node ${on}` : ownText('another node')}, where pod ${name} uses it`;
  if (on && isDown(cluster.get('Node', null, on))) return heldByLostNode(says, on);
  const owner = holder ? cluster.ownerOf(holder).ref : name.startsWith(`${ref.name}-`) ? ref : null;
  return heldByPod(workload, says, name, owner);
}

function heldByLostNode(says: Prose, node: string): Held {
  return {
    says: prose`${says}, and that node is not Ready`,
    explainedBy: [{ kind: 'Node', namespace: null, name: node }],
    advice: [
      prose`If node ${node} does not come back, delete it (kubectl delete node ${node}) or taint it node.kubernetes.io/out-of-service=nodeshutdown:NoExecute: then the volume is detached.`,
    ],
  };
}

function heldByPod({ ref, object }: WorkloadFacts, says: Prose, name: string, owner: ObjectRef | null): Held {
  const isOwn = owner?.kind === ref.kind && owner.name === ref.name;
  const strategy = recordAt(object, 'spec', 'strategy')['type'] ?? 'RollingUpdate';
  if (isOwn && ref.kind === 'Deployment' && strategy === 'RollingUpdate')
    return {
      says,
      because: [
        prose`${describeRef(ref)} starts new pods before it ends old ones (strategy RollingUpdate), and the volume can be attached to one node only.`,
      ],
      advice: [
        prose`Set strategy.type of ${describeRef(ref)} to Recreate. To get out now: kubectl delete pod ${name} -n ${ref.namespace ?? ''}.`,
      ],
    };
  if (isOwn)
    return {
      says,
      advice: [prose`Let pod ${name} end first, or use a volume that is ReadWriteMany.`],
    };
  return {
    says,
    because: owner ? [prose`That pod belongs to ${describeRef(owner)}.`] : [],
    advice: [
      prose`Give ${describeRef(ref)} a claim of its own, run both on one node, or use a volume that is ReadWriteMany.`,
    ],
  };
}

function isDown(node: ClusterObject | undefined): boolean {
  return (
    node !== undefined && conditionsOf(node).some(({ type, status }) => type === 'Ready' && status !== 'True')
  );
}

type Volume = Readonly<Record<string, unknown>> | undefined;

function adviceOn(error: MountError, node: string, volume: Volume, message: string): Prose {
  const { path, type } = recordAt(volume, 'hostPath');
  const [, driver] = /driver name (\S+) not found/.exec(message) ?? [];
  switch (error) {
    case 'host-path':
      return typeof path === 'string'
        ? prose`Create ${path} on node ${node}${typeof type === 'string' && type !== '' ? prose` as ${type}` : ownText('')}, correct the path, or set type: DirectoryOrCreate where an empty directory will do.`
        : prose`Create the path on node ${node}, or correct it in the manifest.`;
    case 'sub-path':
      return prose`Check that the subPath lies inside the volume and is not a link out of it, and that the volume is writable if it does not exist yet.`;
    case 'driver-missing':
      return prose`Install CSI driver ${driver ?? ''} on node ${node}, or start its pod there: kubectl get csinode ${node} -o yaml, kubectl get pods -A -o wide --field-selector spec.nodeName=${node}.`;
    case 'provider-class-missing':
      return prose`Create the SecretProviderClass in the namespace of the pod, or name one that exists.`;
    case 'credentials-missing':
      return prose`Create the Secret that the message names, in the namespace where the StorageClass or PersistentVolume expects it.`;
    case 'resize-failed':
      return prose`Act on what the storage says: kubectl describe pvc shows the conditions of the resize. A volume cannot be made smaller.`;
    case 'file-system-broken':
      return prose`Check the file system of the volume on node ${node} before anything writes to it (fsck on a copy).`;
    case 'volume-limit':
      return prose`Move pods with volumes off node ${node}, or add a node: kubectl get volumeattachments | grep ${node}.`;
    case 'permission-denied':
      return prose`Check what the storage permits node ${node}: exports, roles, credentials of the driver.`;
    case 'volume-missing':
      return prose`Find out who removed the volume at the storage, and restore it from a backup.`;
    case 'volume-elsewhere':
      return prose`Let the pod run where the volume is: kubectl get pv -o yaml shows its nodeAffinity. nodeName and hostname selectors skip that check of the scheduler.`;
    case 'storage-unreachable':
      return prose`Check that the storage is reachable from node ${node}: its address, port and firewall.`;
    case 'timed-out':
      return prose`See which step hangs: kubectl get volumeattachments | grep ${node}, and the log of the CSI node pod on ${node}.`;
    default:
      return prose`Act on what the message says: kubectl describe pod shows it as long as it fails.`;
  }
}

/** Fields that say what is mounted, by the kind of the volume. */
const FIELDS: readonly (readonly [string, string])[] = [
  ['persistentVolumeClaim', 'claimName'],
  ['hostPath', 'path'],
  ['hostPath', 'type'],
  ['nfs', 'server'],
  ['nfs', 'path'],
  ['csi', 'driver'],
];

function fieldsOf({ ref, object }: WorkloadFacts, failure: MountFailure, volume: Volume): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  const spec = object && podSpecOf(object);
  const written = spec?.volumes?.find(({ name }) => name === volume?.['name']);
  if (!written || path === null) return [];
  if (failure.error === 'provider-class-missing') {
    const field = `${path}.volumes[name=${written.name}].csi.volumeAttributes.secretProviderClass`;
    return [{ object: ref, field }];
  }
  if (failure.error === 'sub-path') return subPathsOf(spec, written.name, failure, ref, path);
  const base = `${path}.volumes[name=${written.name}]`;
  return FIELDS.filter(([kind, field]) => recordAt(written, kind)[field] !== undefined).map(
    ([kind, field]) => ({ object: ref, field: `${base}.${kind}.${field}` }),
  );
}

function subPathsOf(
  spec: ReturnType<typeof podSpecOf>,
  volume: string,
  { container }: MountFailure,
  ref: WorkloadFacts['ref'],
  path: string,
): readonly Blame[] {
  return containersOf(spec)
    .filter((placed) => container === null || placed.container.name === container)
    .flatMap(({ container: one, list }) =>
      recordsOf(one.volumeMounts).flatMap(({ name, subPath }, index) =>
        name === volume && typeof subPath === 'string'
          ? [{ object: ref, field: `${path}.${list}[name=${one.name}].volumeMounts[${index}].subPath` }]
          : [],
      ),
    );
}

export function alsoFailing(pods: readonly string[]): Prose {
  return pods.length === 0 ? ownText('') : prose` (and ${listed(pods.slice(0, 3))})`;
}
