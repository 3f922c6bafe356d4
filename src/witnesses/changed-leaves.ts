import { sameValue } from '../kubernetes/compare.ts';
import { isScalarValue } from '../kubernetes/field.ts';
import { parseFieldPath } from '../kubernetes/field-path.ts';
import { leavesOf } from '../kubernetes/leaves.ts';
import type { Json, ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { Container, PlacedContainer } from '../kubernetes/workloads.ts';
import { type Change, changeOf } from '../model/change.ts';

type Written = Readonly<Record<string, unknown>>;

/** A single value of a mapping that differs: `httpGet.port`. Null: it is not there. */
export interface ChangedLeaf {
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
}

/** How two ways to write a probe or hook differ; a default that one of them leaves out is no difference. */
export function changedLeaves(one: Written, other: Written): readonly ChangedLeaf[] {
  const [before, after] = [leavesOf(one), leavesOf(other)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const [was, is] = [before.get(field)?.value, after.get(field)?.value];
    const path = parseFieldPath(field);
    const isSame = sameValue(path, was, is) || sameValue(path, is, was);
    return isSame ? [] : [{ field, before: was ?? null, after: is ?? null }];
  });
}

/**
 * The changes of a mapping of a template: what is replaced or added first, so that no mapping is empty while others go. Null where a list would
 * have to change its length.
 */
export function changesAt(
  object: ObjectRef,
  base: string,
  leaves: readonly ChangedLeaf[],
): readonly Change[] | null {
  const single = leaves.flatMap((leaf) => itemsOf(leaf) ?? [leaf]);
  if (!single.every(({ before, after }) => isScalarValue(before) && isScalarValue(after))) return null;
  return single
    .map(({ field, before, after }) =>
      changeOf(object, `${base}.${field}`, before as Scalar, after as Scalar),
    )
    .toSorted((a, b) => Number(a.after === null) - Number(b.after === null));
}

/** The items of a list of single values that differ, where both have as many. */
function itemsOf({ field, before, after }: ChangedLeaf): readonly ChangedLeaf[] | null {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return null;
  return before.flatMap((was: Json, index) =>
    was === after[index] ? [] : [{ field: `${field}[${index}]`, before: was, after: after[index] as Json }],
  );
}

/** What runs, with which words and settings, is what it was. */
export function isSameRun(
  former: Container,
  { placed }: { readonly placed: Pick<PlacedContainer, 'container'> | undefined },
): boolean {
  return ['image', 'command', 'args', 'env', 'envFrom'].every((field) =>
    sameValue(parseFieldPath(field), placed?.container[field], former[field]),
  );
}
