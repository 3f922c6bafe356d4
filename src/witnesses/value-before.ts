import type { Scalar } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Commit } from '../model/commit.ts';
import type { Blame } from '../model/finding.ts';

/** What a field was before the last change of it in git. */
export interface ValueBefore {
  /** Undefined where the object did not have the field. */
  readonly value: Scalar | undefined;
  /** The commit that made it what it is. */
  readonly commit: Commit;
}

/** Null where git has another value now, never had another one, or does not tell. */
export function* valueBefore(ask: Ask, { object, field }: Blame, now: unknown): Asking<ValueBefore | null> {
  const [last, earlier] = (yield* ask.history(object, field)) ?? [];
  if (!last || !earlier || String(last.value ?? '') !== String(now ?? '')) return null;
  return { value: earlier.value, commit: last.commit };
}
