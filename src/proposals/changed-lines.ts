import type { ChangedBefore, TemplateChange } from '../model/changed-before.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Incident } from '../model/incident.ts';
import type { RepositoryKnowledge } from '../sources/knowledge.ts';
import { blamedField } from './blames.ts';

/** Lines that are looked up for one incident, the newest changes first. */
const MOST_LINES = 12;

/** The lines that set what changed before an incident, as they are at the head. */
export async function withChangedLines(
  incident: Incident,
  cluster: ClusterState,
  knowledge: RepositoryKnowledge,
): Promise<Incident> {
  const { changes } = incident;
  if (changes === null || changes.commits.length === 0) return incident;
  let left = MOST_LINES;
  const commits: ChangedBefore[] = [];
  for (const one of changes.commits) {
    const located: TemplateChange[] = [];
    for (const change of one.changes) {
      const isWanted = left > 0 && change.after !== null;
      left -= Number(isWanted);
      const found = isWanted ? await blamedField(change.object, change.field.text, cluster, knowledge) : null;
      located.push({ ...change, site: found?.site ?? null });
    }
    commits.push({ ...one, changes: located });
  }
  return { ...incident, changes: { ...changes, commits } };
}
