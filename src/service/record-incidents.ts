import { endingOf } from '../facts/ending.ts';
import { describeRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import type { SeenIncident } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { markedText, plainText } from '../untrusted/prose.ts';
import { abstained } from '../model/abstained.ts';
import { decisionOf, openedOf, type Decided } from './incident-entries.ts';
import { type Observer, UNOBSERVED } from '../observation/observer.ts';
import { logOf, type Log } from './log.ts';
import type { RepositoryScans } from './repository-scans.ts';
import type { RepositoryScan } from './scan.ts';

/**
 * Records the incidents of one scan. Every repository sees all incidents of a cluster; of several, the one that can do something about an
 * incident decides what is recorded of it.
 *
 * @param concerned all repositories that the cluster is diagnosed for, with the last scan of it by this process, the fresh one included
 */
export async function recordIncidents(
  { store, log, observer = UNOBSERVED, now }: RecordParts,
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
  const { opened, gone, returned } = await store.transaction(async ({ incidents, audit }) => {
    const outcome = await incidents.recordScan({
      cluster,
      at,
      repositories: concerned.map(({ host }) => host.repository),
      incidents: [...results.values()].map((result) => seenIncident(result, state)),
      endingOf: ({ fingerprint, object, uid }) =>
        included.has(fingerprint) ? null : endingOf(state, object, uid),
    });
    const changed = {
      opened: outcome.opened,
      disappeared: outcome.gone.map(({ fingerprint }) => fingerprint),
      returned: outcome.returned,
    };
    if (Object.values(changed).some((fingerprints) => fingerprints.length > 0))
      await audit.append('scan', { cluster, ...changed }, at);
    // What is gone may begin anew in the same scan.
    for (const { fingerprint, since, ending } of outcome.gone)
      await audit.append('incident', { change: 'gone', fingerprint, cluster, ending, since }, at);
    for (const fingerprint of changed.opened)
      await audit.append('incident', { ...openedOf(results.get(fingerprint)!, state) }, at);
    for (const fingerprint of changed.returned)
      await audit.append('incident', { change: 'returned', fingerprint, cluster, ending: null }, at);
    for (const fingerprint of outcome.decided) {
      const result = results.get(fingerprint);
      if (result) await audit.append('decision', { ...decisionOf(result) }, at);
    }
    return outcome;
  });
  const decided = [...results.values()];
  observer.recorded({ cluster, at, decided, opened });
  for (const fingerprint of opened) logOpened(log, cluster, results.get(fingerprint)!);
  for (const fingerprint of returned) logOf(log, [fingerprint]).info({ cluster }, 'incident seen again');
  for (const { fingerprint } of gone) logOf(log, [fingerprint]).info({ cluster }, 'incident no longer seen');
}

function logOpened(log: Log, cluster: string, { incident, decision, repository }: Decided): void {
  const { fingerprint, finding } = incident;
  const { rule, cause, object } = finding;
  const { action, policy } = decision;
  const facts = { cluster, repository, rule, cause, object: describeRef(object), action, policy };
  logOf(log, [fingerprint]).info(facts, 'incident recorded');
}

interface RecordParts {
  readonly store: Store;
  readonly log: Log;
  /** Default: nobody is told. */
  readonly observer?: Observer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type OfRepository = Pick<RepositoryScans, 'host' | 'latestOf'>;

function decidedIn(scans: OfRepository, cluster: string): readonly Decided[] {
  const { repository } = scans.host;
  return (scans.latestOf(cluster)?.report.results ?? []).map((result) => ({ ...result, repository }));
}

function seenIncident(result: Decided, state: ClusterState): SeenIncident {
  const { incident, decision, repository } = result;
  const { fingerprint, finding } = incident;
  const { kind, namespace, name } = finding.object;
  return {
    fingerprint,
    object: finding.object,
    uid: state.get(kind, namespace, name)?.metadata.uid ?? null,
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
      code: abstained(result),
    },
  };
}
