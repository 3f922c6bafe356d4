import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Commit } from '../model/commit.ts';

/** The newest commit that gave one of some fields of an object another value. */
export interface LastChange {
  readonly commit: Commit;
  /** The fields that it changed, with what they were; null for a field that was not there. */
  readonly before: ReadonlyMap<string, Scalar>;
}

/** Fields whose history is read at most: more would say little and cost much. */
const MOST_FIELDS = 12;

/** Null where git does not render the object, where no commit is known to have changed a field, and for a commit that made the object. */
export function* lastChangeOf(
  ask: Ask,
  object: ObjectRef,
  fields: readonly string[],
): Asking<LastChange | null> {
  const asked = fields.slice(0, MOST_FIELDS);
  const [whole, ...histories] = yield* ask.each(
    ['kind', ...asked].map((field) => ask.history(object, field)),
  );
  const changes = histories.flatMap((versions, index) => {
    const [now, before] = versions ?? [];
    return now && before ? [{ field: asked[index]!, commit: now.commit, before: before.value ?? null }] : [];
  });
  const [newest] = changes.toSorted((a, b) => b.commit.at - a.commit.at);
  if (!newest || whole?.[0]?.commit.sha === newest.commit.sha) return null;
  const { commit } = newest;
  return {
    commit,
    before: new Map(
      changes.filter((one) => one.commit.sha === commit.sha).map(({ field, before }) => [field, before]),
    ),
  };
}
