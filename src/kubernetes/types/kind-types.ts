import type { FieldPath } from '../field-path.ts';
import { isRecord, type KubernetesObject } from '../objects.ts';
import { builtInType, builtInTypesNamed, definition } from './built-in.ts';
import { customTypes } from './custom.ts';
import { ANY, refusalOf, typeAt, type FieldType, type Refusal } from './field-type.ts';

/** The types of kinds: Kubernetes' own, and those of CustomResourceDefinitions. */
export interface KindTypes {
  /**
   * Several where definitions of one kind differ; none for a kind of which nothing is known.
   *
   * @param apiVersion empty where it is not known: then it may be any that has such a kind
   */
  of(apiVersion: string, kind: string): readonly FieldType[];
}

/** Kubernetes' own kinds alone. */
export const BUILT_IN: KindTypes = kindTypes(() => []);

/**
 * Kubernetes' own kinds, and those that definitions add.
 *
 * @param definitionsOf CustomResourceDefinitions, among them those of a kind; asked once for each kind, and never for Kubernetes' own
 * @param otherwise knows the kinds that they do not define
 */
export function kindTypes(
  definitionsOf: (kind: string) => Iterable<KubernetesObject>,
  otherwise: KindTypes | null = null,
): KindTypes {
  const known = new Map<string, readonly FieldType[]>();
  return {
    of: (apiVersion, kind) => {
      const own = builtInType(apiVersion, kind);
      if (own) return [own];
      if (apiVersion === '') return builtInTypesNamed(kind);
      const name = `${apiVersion}/${kind}`;
      const defined = known.get(name) ?? definedAs(name, definitionsOf(kind));
      known.set(name, defined);
      return defined.length > 0 ? defined : (otherwise?.of(apiVersion, kind) ?? []);
    },
  };
}

function definedAs(name: string, definitions: Iterable<KubernetesObject>): readonly FieldType[] {
  return [...definitions].flatMap((one) => customTypes(one).get(name) ?? []);
}

/** What is known of every object, whatever its kind. */
const ANY_OBJECT: FieldType = {
  kind: 'object',
  open: true,
  names: ['metadata'],
  field: (name) => (name === 'metadata' ? definition('meta.v1.ObjectMeta') : null),
};

type Kind = Pick<KubernetesObject, 'apiVersion' | 'kind'>;

/** The types that a field may have: `any` where nothing is known, none where its kind has no such field. */
export function typesAt(types: KindTypes, { apiVersion, kind }: Kind, path: FieldPath): readonly FieldType[] {
  return typesOf(types, { apiVersion, kind })
    .map((type) => typeAt(type, path))
    .filter((type) => type !== null);
}

function typesOf(types: KindTypes, { apiVersion, kind }: Kind): readonly FieldType[] {
  const known = types.of(apiVersion, kind);
  return known.length > 0 ? known : [ANY_OBJECT];
}

/** Why the API server would refuse a value of one field; null where it takes it, or where nothing is known. */
export function refusedValue(types: KindTypes, kind: Kind, path: FieldPath, value: unknown): Refusal | null {
  const refusals = typesAt(types, kind, path).map((type) => refusalOf(type, value));
  // Definitions of one kind differ by version: what one of them takes may be taken.
  return refusals.every((refusal) => refusal !== null) ? (refusals[0] ?? null) : null;
}

/** Why the API server would refuse an object; null where it takes it, or where nothing is known. */
export function refusedObject(types: KindTypes, object: KubernetesObject): Refusal | null {
  return refusedValue(types, object, [], object);
}

/** Why the API server would refuse one field of an object for the value of another one. */
export function conflictAt(
  types: KindTypes,
  object: KubernetesObject,
  path: readonly (string | number)[],
): Refusal | null {
  const refusals = typesOf(types, object).map((type) => conflictOnTheWay(type, object, path));
  return refusals.every((refusal) => refusal !== null) ? (refusals[0] ?? null) : null;
}

function conflictOnTheWay(
  root: FieldType,
  object: unknown,
  path: readonly (string | number)[],
): Refusal | null {
  for (const depth of path.keys()) {
    const above = path.slice(0, depth);
    const type = typeAt(root, above) ?? ANY;
    const value = above.reduce<unknown>(
      (below, key) => (below as Readonly<Record<string | number, unknown>> | undefined)?.[key],
      object,
    );
    if (type.kind !== 'object' || !isRecord(value)) continue;
    const conflict = type.conflict?.(value);
    const isMeant = conflict?.fields.some((field) =>
      field.every((key, index) => path[depth + index] === key),
    );
    if (!conflict || !isMeant) continue;
    const refused = conflict.fields[0]!;
    const stands = refused.reduce<unknown>((below, key) => (isRecord(below) ? below[key] : undefined), value);
    return { path: [...above, ...refused], value: stands, expected: conflict.expected };
  }
  return null;
}
