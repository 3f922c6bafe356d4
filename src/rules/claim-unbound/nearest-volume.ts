import { recordAt } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';

/** A volume that lacks one thing only to fit a claim. */
export interface NearVolume {
  readonly cause: keyof typeof DIFFERENCES;
  readonly volume: ClusterObject;
  readonly because: readonly Prose[];
  /** Fields of the claim. */
  readonly fields: readonly string[];
  readonly advice: Prose;
}

type Spec = Readonly<Record<string, unknown>>;

/** What keeps a volume from a claim, and the claim's field that says so. */
const DIFFERENCES = {
  'volume-already-bound': {
    field: 'metadata.name',
    says: (volume: Spec) => prose`bound to ${otherClaim(volume)}`,
  },
  'storage-class-mismatch': {
    field: 'spec.storageClassName',
    says: ({ storageClassName }: Spec, claim: Spec) =>
      prose`of class "${String(storageClassName ?? '')}", the claim of class "${String(claim['storageClassName'] ?? '')}"`,
  },
  'access-mode-mismatch': {
    field: 'spec.accessModes[0]',
    says: ({ accessModes }: Spec, claim: Spec) =>
      prose`for access mode ${modes(accessModes)}, the claim for ${modes(claim['accessModes'])}`,
  },
  'capacity-too-small': {
    field: 'spec.resources.requests.storage',
    says: (volume: Spec, claim: Spec) =>
      prose`of capacity ${String(recordAt(volume, 'capacity')['storage'])}, the claim of ${String(recordAt(claim, 'resources', 'requests')['storage'])}`,
  },
  'selector-mismatch': {
    field: 'spec.selector.matchLabels',
    says: (_volume: Spec, claim: Spec) =>
      prose`without the labels of the selector ${JSON.stringify(recordAt(claim, 'selector')['matchLabels'] ?? claim['selector'])}`,
  },
} as const;

/** The one volume that differs from what the claim asks for in a single point; null where there are several, or none. */
export function nearestVolume(cluster: ClusterState, claim: ClusterObject): NearVolume | null {
  const wanted = recordAt(claim, 'spec');
  const near = cluster.list('PersistentVolume').flatMap((volume) => {
    const differences = differencesOf(volume, claim);
    return differences.length === 1 ? [{ volume, cause: differences[0]! }] : [];
  });
  const [only, ...others] = near;
  if (!only || others.length > 0) return null;
  const { volume, cause } = only;
  const { field, says } = DIFFERENCES[cause];
  const key = Object.keys(recordAt(wanted, 'selector', 'matchLabels'))[0];
  return {
    cause,
    volume,
    because: [
      prose`PersistentVolume ${volume.metadata.name} is near: it is ${says(recordAt(volume, 'spec'), wanted)}.`,
    ],
    fields: [cause === 'selector-mismatch' && key !== undefined ? `${field}["${key}"]` : field],
    advice:
      cause === 'volume-already-bound'
        ? prose`Give the claim a volume of its own: ${volume.metadata.name} has another one.`
        : prose`Make the claim fit the volume (it has to be made again), or the volume fit the claim.`,
  };
}

function differencesOf(volume: ClusterObject, claim: ClusterObject): readonly NearVolume['cause'][] {
  const [has, wanted] = [recordAt(volume, 'spec'), recordAt(claim, 'spec')];
  const offered: readonly unknown[] = Array.isArray(has['accessModes']) ? has['accessModes'] : [];
  const asked: readonly unknown[] = Array.isArray(wanted['accessModes']) ? wanted['accessModes'] : [];
  const size = (of: unknown): number => parseQuantity(of) ?? 0;
  const labels = volume.metadata.labels ?? {};
  const isOthers = has['claimRef'] !== undefined && !isFor(has, claim);
  return [
    ...(isOthers || recordAt(volume, 'status')['phase'] === 'Released'
      ? (['volume-already-bound'] as const)
      : []),
    ...((has['storageClassName'] ?? '') === (wanted['storageClassName'] ?? '')
      ? []
      : (['storage-class-mismatch'] as const)),
    ...(asked.every((mode) => offered.includes(mode)) ? [] : (['access-mode-mismatch'] as const)),
    ...(size(recordAt(has, 'capacity')['storage']) >=
    size(recordAt(wanted, 'resources', 'requests')['storage'])
      ? []
      : (['capacity-too-small'] as const)),
    ...(Object.entries(recordAt(wanted, 'selector', 'matchLabels')).every(
      ([key, value]) => labels[key] === value,
    )
      ? []
      : (['selector-mismatch'] as const)),
  ];
}

function isFor(has: Spec, { metadata }: ClusterObject): boolean {
  const { namespace, name } = recordAt(has, 'claimRef');
  return namespace === metadata.namespace && name === metadata.name;
}

function otherClaim(volume: Spec): string {
  const { namespace, name } = recordAt(volume, 'claimRef');
  return typeof name === 'string' ? `PersistentVolumeClaim ${String(namespace)}/${name}` : 'another claim';
}

function modes(list: unknown): string {
  return Array.isArray(list) ? list.map(String).join(', ') : 'none';
}
