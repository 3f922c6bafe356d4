import { printFieldPath } from '../kubernetes/field-path.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { declined, type Declined } from '../model/declined.ts';
import { placeOfValue } from '../locate/unrendered/place-of-value.ts';
import type { Change } from '../model/change.ts';
import type { Place, RepositoryKnowledge } from '../sources/knowledge.ts';

/** What git says already, and the cluster's Argo CD or Flux object not yet, is not to be changed before that is synced. */
export async function waitsForSync(
  changes: readonly Change[],
  live: KubernetesObject,
  place: Place,
  knowledge: RepositoryKnowledge,
): Promise<Declined | null> {
  for (const { field, after } of changes) {
    const unsynced = await knowledge.unsynced(live, field.text, place);
    if (unsynced === null) continue;
    const { declarer, path, inGit, root, writtenBy } = unsynced;
    const at = await placeOfValue(place.revision, root, path);
    const [name, now] = [printFieldPath(path), unsynced.live === null ? 'none' : String(unsynced.live)];
    return declined(
      inGit === after ? 'already-so' : 'drift',
      `git gives ${name} of ${declarer} as ${String(inGit)}${at === null ? '' : ` (${at})`}, and ${declarer} in the cluster has ${now}${writtenBy === null ? ': it waits for its sync' : `, which ${writtenBy} wrote there: the next sync takes that back`}`,
      at === null ? [] : [at],
    );
  }
  return null;
}
