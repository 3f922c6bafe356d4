import type { IncidentResult } from '../model/report.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import type { Store } from '../store/store.ts';
import { markedText, plainText } from '../untrusted/prose.ts';
import type { RepositoryScans } from './repository-scans.ts';
import type { RepositoryScan } from './scan.ts';

/**
 * Records the incidents of one scan. Every repository sees all incidents of a cluster; of several, the one that can do something about an
 * incident decides what is recorded of it.
 *
 * @param concerned all repositories that the cluster is diagnosed for, with the last scan of it by this process, the fresh one included
 */
export function recordIncidents(
  { store, now }: { readonly store: Store; readonly now: () => number },
  { cluster, state, report: fresh }: RepositoryScan,
  concerned: readonly OfRepository[],
): Promise<void> {
  const seen = new Set(fresh.results.map(({ incident }) => incident.fingerprint));
  // What another incident explains by now has not gone.
  const included = new Set(fresh.results.flatMap(({ incident }) => incident.includes));
  const results = new Map<string, Decided>();
  for (const result of concerned.flatMap((one) => decidedIn(one, cluster))) {
    const { fingerprint } = result.incident;
    const other = results.get(fingerprint);
    const decides = !other || (other.decision.action === 'decline' && result.decision.action !== 'decline');
    if (seen.has(fingerprint) && decides) results.set(fingerprint, result);
  }
  const at = now();
  return store.transaction(async ({ incidents, audit }) => {
    const outcome = await incidents.recordScan({
      cluster,
      at,
      repositories: concerned.map(({ host }) => host.repository),
      incidents: [...results.values()].map(seenIncident),
      // Whatever shows the failure has to be there to be seen: the object, and the pods of a workload.
      covers: ({ fingerprint, object: { kind, namespace } }) =>
        !included.has(fingerprint) &&
        state.isRecorded(kind, namespace) &&
        (namespace === null || state.isRecorded('Pod', namespace)),
    });
    if (outcome.opened.length + outcome.disappeared.length > 0)
      await audit.append('scan', { cluster, ...outcome }, at);
  });
}

type OfRepository = Pick<RepositoryScans, 'host' | 'latestOf'>;

type Decided = IncidentResult & { readonly repository: string };

function decidedIn(scans: OfRepository, cluster: string): readonly Decided[] {
  const { repository } = scans.host;
  return (scans.latestOf(cluster)?.report.results ?? []).map((result) => ({ ...result, repository }));
}

function seenIncident({ incident, decision, repository }: Decided) {
  const { fingerprint, finding } = incident;
  return {
    fingerprint,
    object: finding.object,
    container: finding.container,
    rule: finding.rule,
    cause: finding.cause,
    summary: markedText(finding.summary),
    firstSeen: finding.firstSeen,
    lastSeen: finding.lastSeen,
    occurrences: finding.occurrences,
    evidenceKinds: evidenceKinds(finding),
    decision: {
      action: decision.action,
      reason: plainText(decision.reason),
      draft: decision.draft,
      policy: decision.policy,
      repository,
    },
  };
}
