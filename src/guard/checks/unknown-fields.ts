import { nearest } from '../../errors/nearest.ts';
import { fieldAt } from '../../kubernetes/field-path.ts';
import { describeRef, isRecord, refOf } from '../../kubernetes/objects.ts';
import type { FieldType, ObjectType } from '../../kubernetes/types/field-type.ts';
import { BUILT_IN, typesAt } from '../../kubernetes/types/kind-types.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';

/**
 * Fields that a kind of Kubernetes does not have, where one is near that it has, or that stand at the wrong depth. `kubectl apply` and Flux
 * refuse them, others drop them. A field that is like no other may be of a newer Kubernetes, and is silent.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level
 */
export const unknownFields: Foresight = {
  causes: {
    'unknown-field': 'a field is misspelt, or stands at a depth where its kind has no such field',
  },
  foresee({ objects, before }) {
    return objects.flatMap((object): readonly Foreseen[] => {
      const was = before(object);
      const known = new Set(was ? unknownIn(was).map(({ key }) => key) : []);
      return unknownIn(object)
        .filter(({ key }) => !known.has(key))
        .map(({ path, name, meant, above }) => ({
          cause: 'unknown-field',
          object: refOf(object),
          field: fieldAt(path).text,
          level: 'warning',
          because: prose`${describeRef(refOf(object))} has no field ${fieldAt(path).text}${meant === null ? ownText('') : prose`; ${meant} is near it`}${above === null ? ownText('') : prose`; ${name} belongs into ${above === '' ? 'the object itself' : above}`}: kubectl and Flux refuse it, and other tools drop it.`,
        }));
    });
  },
};

interface Unknown {
  readonly path: readonly (string | number)[];
  readonly name: string;
  /** The same on both sides of a change that only moves items of lists. */
  readonly key: string;
  /** A field of the same mapping with a similar name. */
  readonly meant: string | null;
  /** The mapping further up that has a field of this very name; empty for the object itself. */
  readonly above: string | null;
}

const FOUND = new WeakMap<ClusterObject, readonly Unknown[]>();

function unknownIn(object: ClusterObject): readonly Unknown[] {
  const known = FOUND.get(object);
  if (known) return known;
  const found = typesAt(BUILT_IN, object, []).flatMap((type) => [...unknownBelow(type, object, [])]);
  FOUND.set(object, found);
  return found;
}

interface Around {
  readonly type: ObjectType;
  readonly path: readonly (string | number)[];
}

function* unknownBelow(
  type: FieldType,
  value: unknown,
  path: readonly (string | number)[],
  around: readonly Around[] = [],
): Iterable<Unknown> {
  if (type.kind === 'list' && Array.isArray(value))
    for (const [index, item] of value.entries())
      yield* unknownBelow(type.items(), item, [...path, index], around);
  if (type.kind === 'map' && isRecord(value))
    for (const [key, inner] of Object.entries(value))
      yield* unknownBelow(type.values(), inner, [...path, key], around);
  if (type.kind !== 'object' || !isRecord(value)) return;
  const here = [...around, { type, path }];
  for (const [name, inner] of Object.entries(value)) {
    const field = type.field(name);
    if (field) yield* unknownBelow(field, inner, [...path, name], here);
    else if (!type.open) {
      const near = nearest(name, type.names);
      const meant = near !== null && !(near in value) ? near : null;
      const place = around.findLast((one) => one.type.names.includes(name));
      const above = place ? fieldText(place.path) : null;
      const key = [...path, name].filter((step) => typeof step === 'string').join('.');
      if (meant !== null || above !== null) yield { path: [...path, name], name, key, meant, above };
    }
  }
}

function fieldText(path: readonly (string | number)[]): string {
  return path.length === 0 ? '' : fieldAt(path).text;
}
