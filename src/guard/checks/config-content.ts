import { withoutHash } from '../../kubernetes/generated-name.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

/** JSON in a ConfigMap that could be parsed before the change: whoever reads the file stops at its start, or keeps what it had. */
export const configContent: Foresight = {
  causes: {
    'no-longer-json': 'a file named `*.json` in a ConfigMap was JSON before the change, and is no longer',
  },
  foresee({ objects, allBefore }) {
    return objects.flatMap((object): readonly Foreseen[] => {
      if (object.kind !== 'ConfigMap') return [];
      const was = allBefore.find((one) => isSame(one, object));
      if (!was) return [];
      const [before, after] = [recordAt(was, 'data'), recordAt(object, 'data')];
      return Object.keys(after)
        .filter((key) => key.endsWith('.json') && isJson(before[key]) && !isJson(after[key]))
        .map((key) => ({
          cause: 'no-longer-json',
          object: refOf(object),
          field: `data[${JSON.stringify(key)}]`,
          level: 'warning',
          because: prose`${key} in ${describeRef(refOf(object))} is JSON before this change, and no longer with it.`,
        }));
    });
  },
};

/** A generator writes another name for other contents. */
function isSame(one: ClusterObject, other: ClusterObject): boolean {
  return (
    one.kind === other.kind &&
    one.metadata.namespace === other.metadata.namespace &&
    withoutHash(one.metadata.name) === withoutHash(other.metadata.name)
  );
}

function isJson(text: unknown): boolean {
  if (typeof text !== 'string' || text.trim() === '') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
