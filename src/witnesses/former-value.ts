import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Commit } from '../model/commit.ts';
import type { Blame } from '../model/finding.ts';
import type { FieldVersion } from '../model/need.ts';

/** The last change of a field in git. */
export interface FormerValue {
  /** Undefined: the field was not there. */
  readonly before: Scalar | undefined;
  /** Undefined: the commit removed it. */
  readonly now: Scalar | undefined;
  readonly commit: Commit;
}

/** Null where git knows one version only. `versions` newest first. */
export function formerValue(versions: readonly FieldVersion[] | null): FormerValue | null {
  const [now, before] = versions ?? [];
  return now && before ? { before: before.value, now: now.value, commit: now.commit } : null;
}

/** The last change of a field in git, where that gave it the value of now; null where git has another one, or knows one version only. */
export function* formerValueOf(ask: Ask, { object, field }: Blame, now: unknown): Asking<FormerValue | null> {
  const former = formerValue(yield* ask.history(object, field));
  return former !== null && String(former.now ?? '') === String(now ?? '') ? former : null;
}

/** A quantity that the last commit made smaller, as it is written. */
export interface Lowering {
  readonly from: string;
  readonly to: string;
  readonly commit: Commit;
}

export function loweringOf(versions: readonly FieldVersion[] | null): Lowering | null {
  const former = formerValue(versions);
  if (!former) return null;
  const [before, now] = [parseQuantity(former.before), parseQuantity(former.now)];
  return before !== null && now !== null && now < before
    ? { from: String(former.before), to: String(former.now), commit: former.commit }
    : null;
}
