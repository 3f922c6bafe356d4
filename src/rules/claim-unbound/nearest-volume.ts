import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { ClaimCause } from './causes.ts';
import { classText } from './why.ts';

/** What keeps a volume from a claim. */
export type Difference = Extract<
  ClaimCause,
  | 'volume-already-bound'
  | 'storage-class-mismatch'
  | 'access-mode-mismatch'
  | 'capacity-too-small'
  | 'volume-mode-mismatch'
  | 'selector-mismatch'
>;

/** A volume that lacks one thing only to fit a claim. */
export interface NearVolume {
  readonly cause: Difference;
  readonly volume: ClusterObject;
  /** A clause: `PersistentVolume berth fits but for its size: it has 1Gi, the claim asks for 2Gi`. */
  readonly says: Prose;
}

type Spec = Readonly<Record<string, unknown>>;

/**
 * The one volume that differs from what the claim asks for in a single point; null where there are several, none, or one that fits. A claim
 * that names its volume takes no other.
 */
export function nearestVolume(cluster: ClusterState, claim: ClusterObject): NearVolume | null {
  const { volumeName } = recordAt(claim, 'spec');
  const volumes = cluster
    .list('PersistentVolume')
    .filter(({ metadata }) => typeof volumeName !== 'string' || metadata.name === volumeName)
    .map((volume) => ({ volume, differences: differencesOf(volume, claim) }));
  if (volumes.some(({ differences }) => differences.length === 0)) return null;
  const [only, ...others] = volumes.filter(({ differences }) => differences.length === 1);
  if (!only || others.length > 0) return null;
  const { volume } = only;
  const cause = only.differences[0]!;
  return { cause, volume, says: saysOf(cause, volume, claim) };
}

/** Source: FindMatchingVolume in component-helpers/storage/volume of k8s.io/kubernetes */
function differencesOf(volume: ClusterObject, claim: ClusterObject): readonly Difference[] {
  const [has, wanted] = [recordAt(volume, 'spec'), recordAt(claim, 'spec')];
  const found: readonly (readonly [Difference, boolean])[] = [
    ['volume-already-bound', isTaken(volume, claim)],
    ['storage-class-mismatch', (has['storageClassName'] ?? '') !== (wanted['storageClassName'] ?? '')],
    ['access-mode-mismatch', modesOf(wanted).some((mode) => !modesOf(has).includes(mode))],
    ['capacity-too-small', sizeOf(capacityOf(volume)) < sizeOf(requestOf(claim))],
    ['volume-mode-mismatch', (has['volumeMode'] ?? 'Filesystem') !== (wanted['volumeMode'] ?? 'Filesystem')],
    ['selector-mismatch', missingLabels(volume, claim).length > 0 || failsExpression(volume, wanted)],
  ];
  return found.flatMap(([cause, holds]) => (holds ? [cause] : []));
}

function isTaken(volume: ClusterObject, claim: ClusterObject): boolean {
  const { claimRef } = recordAt(volume, 'spec');
  const phase = recordAt(volume, 'status')['phase'];
  return (claimRef !== undefined && !isFor(volume, claim)) || phase === 'Released' || phase === 'Failed';
}

function isFor(volume: ClusterObject, { metadata }: ClusterObject): boolean {
  const { namespace, name } = recordAt(volume, 'spec', 'claimRef');
  return namespace === metadata.namespace && name === metadata.name;
}

/** Keys of the claim's `matchLabels` that the volume does not have with that value. */
export function missingLabels(volume: ClusterObject, claim: ClusterObject): readonly string[] {
  const labels = volume.metadata.labels ?? {};
  const wanted = recordAt(claim, 'spec', 'selector', 'matchLabels');
  return Object.keys(wanted).filter((key) => labels[key] !== wanted[key]);
}

function failsExpression({ metadata: { labels = {} } }: ClusterObject, wanted: Spec): boolean {
  return recordsOf(recordAt(wanted, 'selector')['matchExpressions']).some(({ key, operator, values }) => {
    const value = labels[String(key)];
    const isAmong = Array.isArray(values) && values.includes(value);
    if (operator === 'In') return !isAmong;
    if (operator === 'NotIn') return isAmong;
    return operator === 'Exists' ? value === undefined : operator === 'DoesNotExist' && value !== undefined;
  });
}

export function modesOf({ accessModes }: Spec): readonly unknown[] {
  return Array.isArray(accessModes) ? accessModes : [];
}

export function capacityOf(volume: ClusterObject): unknown {
  return recordAt(volume, 'spec', 'capacity')['storage'];
}

export function requestOf(claim: ClusterObject): unknown {
  return recordAt(claim, 'spec', 'resources', 'requests')['storage'];
}

function sizeOf(text: unknown): number {
  return parseQuantity(text) ?? 0;
}

function saysOf(cause: Difference, volume: ClusterObject, claim: ClusterObject): Prose {
  const [has, wanted] = [recordAt(volume, 'spec'), recordAt(claim, 'spec')];
  const fits = prose`PersistentVolume ${volume.metadata.name} fits but for its`;
  switch (cause) {
    case 'volume-already-bound':
      return prose`PersistentVolume ${volume.metadata.name}, the one that fits, ${holderOf(volume, claim)}`;
    case 'storage-class-mismatch':
      return prose`${fits} class: it is of class ${classText(has['storageClassName'] ?? '')}, the claim of class ${classText(wanted['storageClassName'])}`;
    case 'access-mode-mismatch':
      return prose`${fits} access mode: it offers ${modesOf(has).join(', ')}, the claim asks for ${modesOf(wanted).join(', ')}`;
    case 'capacity-too-small':
      return prose`${fits} size: it has ${String(capacityOf(volume))}, the claim asks for ${String(requestOf(claim))}`;
    case 'volume-mode-mismatch':
      return prose`${fits} mode: it is ${String(has['volumeMode'] ?? 'Filesystem')}, the claim asks for ${String(wanted['volumeMode'] ?? 'Filesystem')}`;
    case 'selector-mismatch':
      return prose`${fits} labels: ${labelsMissed(volume, claim)}`;
  }
}

function labelsMissed(volume: ClusterObject, claim: ClusterObject): Prose {
  const [key] = missingLabels(volume, claim);
  if (key === undefined) return prose`they do not match the expressions of the claim's selector`;
  const wanted = String(recordAt(claim, 'spec', 'selector', 'matchLabels')[key]);
  const has = volume.metadata.labels?.[key];
  return prose`the claim selects ${key}=${wanted}, the volume has ${has === undefined ? ownText('no such label') : prose`${key}=${has}`}`;
}

function holderOf(volume: ClusterObject, claim: ClusterObject): Prose {
  const { namespace, name } = recordAt(volume, 'spec', 'claimRef');
  const { phase } = recordAt(volume, 'status');
  if (typeof name !== 'string') return prose`is ${String(phase)}`;
  if (isFor(volume, claim))
    return prose`is ${String(phase)}: it still names an earlier PersistentVolumeClaim ${name}`;
  return prose`is bound to PersistentVolumeClaim ${String(namespace)}/${name}`;
}
