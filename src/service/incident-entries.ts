import type { ObjectRef } from '../kubernetes/objects.ts';
import { incidentFacts } from '../lifecycle/incident-facts.ts';
import { abstained } from '../model/abstained.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Incident } from '../model/incident.ts';
import type { IncidentResult } from '../model/report.ts';
import type { DecisionMade, IncidentOpened, RecordedSite } from '../store/entries.ts';
import { plainText } from '../untrusted/prose.ts';

/** A result, with the repository that it was decided for. */
export type Decided = IncidentResult & { readonly repository: string };

/** What the audit log says of an incident that was not there before. */
export function openedOf({ incident }: { readonly incident: Incident }, state: ClusterState): IncidentOpened {
  return { change: 'opened', ...incidentFacts(incident), team: teamOf(state, incident.finding.object) };
}

export function decisionOf(result: Decided): DecisionMade {
  const { incident, decision, repository } = result;
  return {
    fingerprint: incident.fingerprint,
    cluster: incident.cluster,
    action: decision.action,
    reason: plainText(decision.reason),
    code: abstained(result),
    policy: decision.policy,
    repository,
    site: siteOf(result),
  };
}

/** Where the fix would be, else the first line that is to blame. */
function siteOf({ located, blames = [] }: IncidentResult): RecordedSite | null {
  const fixed = located?.kind === 'located' ? located.changes[0]?.site : undefined;
  const site = fixed ?? blames.find((blame) => blame.site !== null)?.site;
  return site ? { file: site.file, line: site.line } : null;
}

/** Labels that name who owns an object, the most telling first. */
const TEAM_LABELS = ['faultline.dev/team', 'team', 'owner'];

/** By the labels of the object, else of its namespace; null where none says it, or they were not read. */
function teamOf(state: ClusterState, { kind, namespace, name }: ObjectRef): string | null {
  const bearers = [
    state.get(kind, namespace, name),
    namespace === null ? undefined : state.get('Namespace', null, namespace),
  ];
  for (const bearer of bearers)
    for (const label of TEAM_LABELS) {
      const team = bearer?.metadata.labels?.[label];
      if (typeof team === 'string' && team !== '') return team;
    }
  return null;
}
