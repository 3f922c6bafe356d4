import { openSnapshot } from '../cluster/snapshot.ts';
import { InputError } from '../errors/input-error.ts';
import { kindsRead } from '../incidents/kinds-read.ts';
import { apiKind, type ApiKind } from '../kubernetes/api-kinds.ts';
import { builtInApiVersion } from '../kubernetes/types/built-in.ts';
import type { ClusterSource } from '../model/cluster-state.ts';
import { rules } from '../rules/index.ts';

export interface ClusterOptions {
  readonly snapshot?: string;
  readonly context?: string;
}

/** What says where in git an object comes from. */
const DECLARING = /^(Application|Kustomization|HelmRelease|GitRepository|OCIRepository)$/;

/**
 * The cluster in which one object is looked at: of a live one, objects of its kind and what Argo CD and Flux have are read. Null where none
 * is named.
 *
 * @throws {InputError} when both are named, or one cannot be opened
 */
export async function clusterForObject(
  { snapshot, context }: ClusterOptions,
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion?: string | undefined },
): Promise<ClusterSource | null> {
  if (snapshot !== undefined && context !== undefined)
    throw new InputError('--snapshot and --context exclude each other: give one of them');
  if (snapshot !== undefined) return openSnapshot(snapshot);
  if (context === undefined) return null;
  const { openLive } = await import('../cluster/live.ts');
  const kinds = kindsRead(rules).filter((one) => DECLARING.test(one.kind) || one.kind === kind);
  const isListed = kinds.some((one) => one.kind === kind);
  return openLive({ context, kinds: isListed ? kinds : [...kinds, ...ownKind(kind, apiVersion)] });
}

/** Secrets are never read. */
function ownKind(kind: string, apiVersion: string | undefined): readonly ApiKind[] {
  if (kind === 'Secret') return [];
  const [group, version] = apiVersion?.split('/') ?? [];
  if (group !== undefined && version !== undefined) return [{ group, kind, version }];
  return builtInApiVersion(kind) === null ? [] : [apiKind(kind)];
}
