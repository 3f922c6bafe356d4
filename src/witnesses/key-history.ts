import { printFieldPath } from '../kubernetes/field-path.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Commit } from '../model/commit.ts';
import type { FieldVersion } from '../model/need.ts';

/** Keys of one object whose history is read; more would say little and cost much. */
const MAX_KEYS = 12;

/** The commit that removed a key from an object. */
export interface KeyRemoval {
  readonly commit: Commit;
  /** The value before it. */
  readonly value: string;
  /** The keys that the same commit brought with that very value. */
  readonly heirs: readonly string[];
}

/** Null where history shows no removal, or none can be asked. `present` are the keys that the object has now. */
export function* removalOf(
  ask: Ask,
  object: ObjectRef,
  key: string,
  present: ReadonlySet<string>,
): Asking<KeyRemoval | null> {
  const others = [...present].sort().slice(0, MAX_KEYS);
  const [own, ...histories] = yield* ask.each(
    [key, ...others].map((each) => ask.history(object, keyField(each))),
  );
  const [last, before] = own ?? [];
  if (!last || last.value !== undefined || typeof before?.value !== 'string') return null;
  const removal = { commit: last.commit, value: before.value };
  return { ...removal, heirs: others.filter((_, index) => cameWith(histories[index] ?? [], removal)) };
}

export function keyField(key: string): string {
  return printFieldPath(['data', key]);
}

/** True when the commit of the removal brought this key, with the value that was removed. */
function cameWith(versions: readonly FieldVersion[], removal: Omit<KeyRemoval, 'heirs'>): boolean {
  const at = versions.findIndex(({ commit }) => commit.sha === removal.commit.sha);
  return (
    versions[at]?.value === removal.value && versions.slice(at + 1).every(({ value }) => value === undefined)
  );
}
