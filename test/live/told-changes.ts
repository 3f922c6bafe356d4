import type { ClusterWatch } from '../../src/cluster/watching/open-watch.ts';
import { describeRef } from '../../src/kubernetes/objects.ts';
import type { ClusterObject } from '../../src/model/cluster-state.ts';

/** What a subscriber that only hears changes comes to know, and each change that does not follow from the one before. */
export interface ToldChanges {
  readonly objects: ReadonlyMap<string, ClusterObject>;
  /** One line a change, oldest first: `+ ConfigMap shop/a`. */
  readonly lines: readonly string[];
  /** Changes told twice, or of something other than what was told before. */
  readonly wrong: readonly string[];
}

/** Follows the changes of one kind from before the first list on. */
export function followChanges(watch: ClusterWatch, kind: string): ToldChanges {
  const objects = new Map<string, ClusterObject>();
  const lines: string[] = [];
  const wrong: string[] = [];
  watch.subscribe((changes) => {
    for (const { ref, before, after } of changes) {
      if (ref.kind !== kind) continue;
      const name = describeRef(ref);
      lines.push(`${before === null ? '+' : after === null ? '-' : '~'} ${name}`);
      if ((objects.get(name) ?? null) !== before) wrong.push(`${name}: before is not what was told`);
      if (before === null && after === null) wrong.push(`${name}: nothing to nothing`);
      if (after === null) objects.delete(name);
      else objects.set(name, after);
    }
  });
  return { objects, lines, wrong };
}
