import type { ConcretePath } from './field-path.ts';
import { isRecord, type Json } from './objects.ts';

interface Difference {
  readonly path: ConcretePath;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** The smallest places in which two values differ: scalars, and whole values that are only on one side. */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: ConcretePath = [],
): readonly Difference[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
      differences(before[index], after[index], [...path, index]),
    ).flat();
  }
  if (isRecord(before) && isRecord(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differences(before[key] as Json | undefined, after[key] as Json | undefined, [...path, key]),
    );
  }
  // A mapping that is only there on one side is told by its leaves, so that an added limit reads as that limit.
  // Null says nothing, as an absent value does.
  const whole = isNothing(before) ? after : isNothing(after) ? before : undefined;
  if (isRecord(whole) && Object.keys(whole).length > 0) {
    return Object.keys(whole).flatMap((key) =>
      differences(
        isRecord(before) ? (before[key] as Json) : undefined,
        isRecord(after) ? (after[key] as Json) : undefined,
        [...path, key],
      ),
    );
  }
  return [{ path, before, after }];
}

function isNothing(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}
