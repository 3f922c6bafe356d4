import { getField, parseFieldPath } from '../kubernetes/field-path.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { isFilledInLater } from '../kubernetes/types/refusals.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Root } from '../sources/roots.ts';
import { prose, sentenceOf } from '../untrusted/prose.ts';
import type { ForeseenBy } from './foresee.ts';
import { checked, identityOf, namespaceIn } from './planned.ts';

/** Objects that the API server would refuse, and would have taken before the change. */
export function malformedIn(
  after: readonly RenderedObject[],
  before: readonly RenderedObject[],
  root: Root,
): readonly ForeseenBy[] {
  const wasSo = new Set(
    before.flatMap(({ object }) => ('message' in checked(object) ? [identityOf(object)] : [])),
  );
  return after.flatMap(({ object }) => {
    const one = checked(object);
    if (!('message' in one) || wasSo.has(identityOf(object))) return [];
    if (one.field !== '' && isFilledInLater(getField(object, parseFieldPath(one.field)))) return [];
    const ref = { ...refOf(object), namespace: namespaceIn(object, root) };
    return [
      {
        rule: 'manifest',
        cause: 'malformed',
        level: 'error' as const,
        object: ref,
        field: one.field === '' ? null : one.field,
        because: prose`The API server refuses ${describeRef(ref)}: ${sentenceOf(one.message.replace(/; the object is set aside$/, ''))}.`,
      },
    ];
  });
}
