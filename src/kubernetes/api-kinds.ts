import { pluralOf } from './kind-names.ts';
import { builtInApiVersion } from './types/built-in.ts';

/** A kind as kubectl takes it: `Pod`, `Deployment` for Kubernetes' own; `ScaledObject.v1alpha1.keda.sh` or `Policy.kyverno.io` for others. */
export type KindName = string;

/** A kind of the API. */
export interface ApiKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** The version whose fields are read; left out: the one that the server prefers. */
  readonly version?: string;
}

/** @throws {Error} for a bare name that is none of Kubernetes' own kinds */
export function apiKind(name: KindName): ApiKind {
  const [, kind, version, group] =
    /^(\w+)(?:(?:\.(v\d\w*))?\.([a-z0-9-]+(?:\.[a-z0-9-]+)+))?$/.exec(name) ?? [];
  if (kind === undefined) throw new Error(`${name} is not a kind: write Kind or Kind.version.group`);
  if (group !== undefined) return { group, kind, ...(version === undefined ? {} : { version }) };
  const apiVersion = builtInApiVersion(kind);
  if (apiVersion === null) throw new Error(`${kind} is none of Kubernetes' own kinds: write ${kind}.<group>`);
  const [own = '', ofGroup] = apiVersion.split('/');
  return ofGroup === undefined ? { group: '', kind, version: own } : { group: own, kind, version: ofGroup };
}

/** `ScaledObject` of `ScaledObject.v1alpha1.keda.sh`. */
export function bareKind(name: KindName): string {
  return name.split('.', 1)[0]!;
}

/** The resource as RBAC names it: `networkpolicies`. */
export function resourceOf({ kind }: ApiKind): string {
  return pluralOf(kind.toLowerCase());
}
