import { keysNeeded, type Broken } from '../facts/broken-references.ts';
import { isSystemObject, keysOf } from '../kubernetes/config-objects.ts';
import { isGeneratedFrom, withoutHash } from '../kubernetes/generated-name.ts';
import { describeRef, type KubernetesObject } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { RenderedKeys } from '../model/need.ts';
import { relationOf, type Relation } from './near-name.ts';

/** The objects of the missing one's kind and namespace. */
export interface Neighbours {
  /** Those of the cluster, without what its controllers keep for themselves. */
  readonly live: readonly KubernetesObject[];
  /** Those that the repository renders; null where that could not be found out. */
  readonly rendered: readonly RenderedKeys[] | null;
}

export function neighboursOf(
  { missing: { kind, namespace } }: Broken,
  cluster: ClusterState,
  rendered: readonly RenderedKeys[] | null,
): Neighbours {
  return {
    live: cluster.list(kind, namespace).filter((object) => !isSystemObject(object)),
    // Manifests may leave the namespace to whatever applies them.
    rendered: rendered?.filter(({ ref }) => ref.namespace === null || ref.namespace === namespace) ?? null,
  };
}

/** An object that a reference could name instead. */
export interface Target {
  readonly name: string;
  readonly live: KubernetesObject | undefined;
  readonly rendered: RenderedKeys | undefined;
  /** Null where they cannot be seen. */
  readonly keys: ReadonlySet<string> | null;
  /** Keys that the references need and it lacks. */
  readonly lacks: readonly string[];
}

/** What a name stands for, in the cluster and in the repository; undefined where it is in neither. */
export function targetOf(broken: Broken, name: string, { live, rendered }: Neighbours): Target | undefined {
  const object =
    live.find(({ metadata }) => metadata.name === name) ??
    live.find(({ metadata }) => isGeneratedFrom(name, metadata.name));
  const source =
    rendered?.find(({ ref }) => ref.name === name) ??
    rendered?.find(({ ref }) => isGeneratedFrom(name, ref.name));
  if (!object && !source) return undefined;
  const keys = (object && keysOf(object)) ?? (source ? new Set(source.keys) : null);
  const lacks = keys === null ? [] : keysNeeded(broken).filter((key) => !keys.has(key));
  return { name, live: object, rendered: source, keys, lacks };
}

/** Names that differ from the missing one in a generated hash alone. */
export function generatedSiblings({ missing }: Broken, { live, rendered }: Neighbours): readonly string[] {
  const base = withoutHash(missing.name);
  const names = [
    ...live.map(({ metadata }) => metadata.name),
    ...(rendered ?? []).map(({ ref }) => ref.name),
  ];
  const siblings = [...new Set(names.filter((name) => isGeneratedFrom(base, name)))];
  return siblings.length === 0 && base !== missing.name && names.includes(base) ? [base] : siblings;
}

export interface Related extends Target {
  readonly live: KubernetesObject;
  readonly relation: Relation;
  /** True when the repository keeps it: it renders it, or keeps no Secrets of the namespace at all and the name differs in its version alone. */
  readonly isKept: boolean;
}

/** Live objects that have every key that is used and a name like the missing one. */
export function relatedTo(broken: Broken, neighbours: Neighbours): readonly Related[] {
  const { namespace, name } = broken.missing;
  const context = [broken.owner.ref.name, ...(namespace === null ? [] : [namespace])];
  return neighbours.live.flatMap((live): readonly Related[] => {
    const other = live.metadata.name;
    if (withoutHash(other) !== other || isUsedAsAWhole(broken, live)) return [];
    const relation = relationOf(name, other, context);
    const target = targetOf(broken, other, neighbours);
    if (!relation || !target?.keys || target.lacks.length > 0) return [];
    return [{ ...target, live, relation, isKept: isKept(broken, { ...target, live }, relation, neighbours) }];
  });
}

/** Another volume or envFrom of the same template has it already: it plays its own part there. */
function isUsedAsAWhole({ template }: Broken, object: KubernetesObject): boolean {
  return template.some(
    ({ kind, name, via }) => kind === object.kind && name === object.metadata.name && via !== 'env',
  );
}

/**
 * Secrets are often not in git: where the repository renders none in this namespace, an installer that rotates a versioned name is
 * believed, if the reference names keys and the Secret has them.
 */
function isKept(
  broken: Broken,
  { live, rendered }: Pick<Target, 'rendered'> & { readonly live: KubernetesObject },
  relation: Relation,
  neighbours: Neighbours,
): boolean {
  if (rendered) return true;
  const keepsNone = neighbours.rendered !== null && neighbours.rendered.length === 0;
  if (broken.missing.kind !== 'Secret' || !keepsNone) return false;
  const isControlled = live.metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  return relation === 'version' && !isControlled && keysNeeded(broken).length > 0;
}

/** What shows that an object exists, with its keys. */
export function presentEvidence(object: KubernetesObject): Evidence {
  const keys = keysOf(object);
  const known = keys === null ? '; its keys are unknown' : ` with the keys ${[...keys].sort().join(', ')}`;
  return quoted('object', object, null, `exists${known}`);
}

export function renderedEvidence({ ref, root }: RenderedKeys): Evidence {
  return quoted('git', root, null, `renders ${describeRef(ref)}`);
}

export function targetEvidence({ live, rendered }: Target): readonly Evidence[] {
  return [...(live ? [presentEvidence(live)] : []), ...(rendered ? [renderedEvidence(rendered)] : [])];
}
