import { recordAt, type Scalar } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { isOneSlip, relationOf } from '../../witnesses/near-name.ts';
import { formerValueOf } from '../../witnesses/former-value.ts';
import { modesOf } from './nearest-volume.ts';
import { changeIn, fieldIn, takenBack, type Draft, type Waiting, type Why } from './why.ts';

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';
/** Makes nothing: its volumes are made by people. */
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** Disks that one node at a time can attach. Sources: the drivers' own documentation. */
const ONE_NODE =
  /^(?:rancher\.io\/local-path|openebs\.io\/local|kubernetes\.io\/(?:aws-ebs|gce-pd|azure-disk|cinder)|ebs\.csi\.aws\.com|pd\.csi\.storage\.gke\.io|disk\.csi\.azure\.com|csi\.hetzner\.cloud|dobs\.csi\.digitalocean\.com|cinder\.csi\.openstack\.org)$/;

export function isDefaultClass({ metadata }: ClusterObject): boolean {
  return metadata.annotations?.[DEFAULT] === 'true';
}

/** `dock, quay (default)`; `none` where none is on record. */
export function classesIn(cluster: ClusterState): string {
  const names = cluster
    .list('StorageClass')
    .map((one) => `${one.metadata.name}${isDefaultClass(one) ? ' (default)' : ''}`);
  return names.length === 0 ? 'none' : names.join(', ');
}

/** The claim names a class that the cluster does not have. */
export function* missingClass(waiting: Waiting, wanted: string, ask: Ask): Asking<Why> {
  const draft = yield* classDraft(waiting, wanted, ask);
  const { cluster } = waiting.workload;
  const there = classesIn(cluster);
  return {
    cause: 'storage-class-missing',
    clause: prose`its StorageClass ${wanted} does not exist`,
    because:
      draft && cluster.list('StorageClass').length === 1
        ? []
        : [prose`StorageClasses in the cluster: ${there}.`],
    blames: fieldIn(waiting, 'storageClassName'),
    culprit: { kind: 'StorageClass', namespace: null, name: wanted },
    advice: draft
      ? []
      : [
          prose`Set storageClassName to a class that exists (${there}), or create StorageClass ${wanted}. ${waiting.source?.remake ?? ownText('')}`,
        ],
    ...(draft && { draft }),
  };
}

/** The claim names no class, and the cluster has no default one. */
export function* noDefaultClass(waiting: Waiting, ask: Ask): Asking<Why> {
  const { cluster } = waiting.workload;
  const draft = yield* classDraft(waiting, null, ask);
  const names = cluster.list('StorageClass').map(({ metadata }) => metadata.name);
  return {
    cause: 'no-default-class',
    clause: prose`it names no StorageClass, and no StorageClass of the cluster is the default`,
    because: [
      names.length === 0
        ? prose`No StorageClass is on record.`
        : prose`The cluster has ${listed(names)}; none of them is the default.`,
    ],
    blames: fieldIn(waiting, 'storageClassName'),
    advice: draft
      ? []
      : [
          names.length === 0
            ? prose`Create a PersistentVolume that fits, or a StorageClass with a provisioner.`
            : prose`Set storageClassName to ${names.join(' or ')}, or make one of them the default. ${waiting.source?.remake ?? ownText('')}`,
        ],
    ...(draft && { draft }),
  };
}

/** The class that history, one near name, the claims beside it or the only class prove. */
function* classDraft(waiting: Waiting, wanted: string | null, ask: Ask): Asking<Draft | null> {
  const { source, workload } = waiting;
  if (!source) return null;
  const { cluster } = workload;
  const usable = cluster.list('StorageClass').filter((one) => makesFor(one, waiting.claim));
  const [at] = fieldIn(waiting, 'storageClassName');
  const former = yield* formerValueOf(ask, at!, wanted);
  if (former && isThere(former.before, usable))
    return takenBack(
      changeIn(waiting, 'storageClassName', former.before ?? null),
      former.commit,
      source.remake,
    );
  const found =
    nearClass(wanted, usable) ??
    classBeside(waiting, usable) ??
    (cluster.isRecorded('StorageClass', null) ? onlyClass(usable, cluster) : null);
  return (
    found && {
      changes: changeIn(waiting, 'storageClassName', found.name),
      because: prose`${found.because}.`,
      restsOn: found.restsOn,
      factor: found.factor,
      advice: [source.remake],
    }
  );
}

interface Found {
  readonly name: string;
  readonly because: Prose;
  readonly restsOn: Prose;
  readonly factor: number;
}

/** A claim without the field takes the default class. */
function isThere(value: Scalar | undefined, usable: readonly ClusterObject[]): boolean {
  return usable.some((one) => (value === undefined ? isDefaultClass(one) : one.metadata.name === value));
}

/** The class makes volumes, and with the access modes of the claim as far as its provisioner is known. */
function makesFor(one: ClusterObject, claim: ClusterObject): boolean {
  const provisioner = String(one['provisioner']);
  const isShared = modesOf(recordAt(claim, 'spec')).some((mode) => String(mode).endsWith('Many'));
  return provisioner !== NO_PROVISIONER && !(isShared && ONE_NODE.test(provisioner));
}

function nearClass(wanted: string | null, usable: readonly ClusterObject[]): Found | null {
  if (wanted === null) return null;
  const near = usable
    .map(({ metadata }) => metadata.name)
    .filter((name) => relationOf(wanted, name, []) !== null || isOneSlip(wanted, name));
  return near.length === 1
    ? {
        name: near[0]!,
        because: prose`StorageClass ${near[0]!} is the only one with a name like ${wanted}`,
        restsOn: prose`its similar name`,
        factor: 0.85,
      }
    : null;
}

/** The bound claims of the namespace are all of one class. */
function classBeside(
  { workload: { cluster }, claim }: Waiting,
  usable: readonly ClusterObject[],
): Found | null {
  const bound = cluster
    .list('PersistentVolumeClaim', claim.metadata.namespace ?? null)
    .filter((one) => recordAt(one, 'status')['phase'] === 'Bound');
  const classes = [...new Set(bound.map((one) => recordAt(one, 'spec')['storageClassName']))];
  const [name] = classes;
  if (classes.length !== 1 || typeof name !== 'string' || !isThere(name, usable)) return null;
  return {
    name,
    because: prose`All bound claims of the namespace (${bound.length}) are of StorageClass ${name}`,
    restsOn: prose`the class of the claims beside it`,
    factor: 0.8,
  };
}

/** Others that make nothing, or not for this claim, are no choice. */
function onlyClass(usable: readonly ClusterObject[], cluster: ClusterState): Found | null {
  const [only, ...others] = usable;
  if (!only || others.length > 0) return null;
  const { name } = only.metadata;
  const isOnly = cluster.list('StorageClass').length === 1;
  return {
    name,
    because: isOnly
      ? prose`StorageClass ${name} is the only one in the cluster`
      : prose`StorageClass ${name} is the only one in the cluster that makes volumes for this claim`,
    restsOn: prose`that there is no other class`,
    factor: 0.75,
  };
}
