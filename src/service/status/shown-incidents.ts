import { failures } from '../../config/failures.ts';
import { entriesOf, type Known } from '../../dashboard/entries.ts';
import { DAY } from '../../kubernetes/durations.ts';
import { closedByKnown } from '../../lifecycle/closed-by.ts';
import { overAt } from '../../model/quiet-time.ts';
import type { Remote } from '../../model/remote.ts';
import type { IncidentResult } from '../../model/report.ts';
import { orderedChanges, siteLink } from '../../pull-requests/site.ts';
import type { ShownIncident } from '../../status-page/views.ts';
import { sentenceOf } from '../../untrusted/prose.ts';
import { sentence } from '../../untrusted/sentences.ts';
import { worstFirst } from '../../status-page/worst-first.ts';
import { byFingerprint } from '../../store/by-fingerprint.ts';
import type { IncidentRecord, VerificationRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { RepositoryScans } from '../repository-scans.ts';

/** What is over is shown for so long. */
const SHOWN = DAY;

/** What this process knows of an incident beyond what the store remembers. */
export interface Diagnosed {
  readonly repository: string;
  readonly remote: Remote | null;
  readonly result: IncidentResult;
}

/** By fingerprint, what the last scans found. Of several repositories, one that can do something about it. */
export function diagnosedBy(scans: readonly RepositoryScans[]): ReadonlyMap<string, Diagnosed> {
  const found = new Map<string, Diagnosed>();
  for (const { host, latest } of scans)
    for (const { report, checkout } of latest)
      for (const result of report.results) {
        const { fingerprint } = result.incident;
        const known = found.get(fingerprint);
        if (known !== undefined && known.result.decision.action !== 'decline') continue;
        if (known !== undefined && result.decision.action === 'decline') continue;
        const { remote } = checkout.repository;
        found.set(fingerprint, { repository: host.repository, remote, result });
      }
  return found;
}

interface Asked {
  /** Names of the clusters of the settings. */
  readonly clusters: ReadonlySet<string>;
  readonly scans: readonly RepositoryScans[];
  readonly now: number;
}

/** Those that fail or will fail, and those that are over since lately. */
export async function incidentsNow(store: Store, asked: Asked): Promise<readonly ShownIncident[]> {
  const { clusters, scans, now } = asked;
  const diagnosed = diagnosedBy(scans);
  const parts = new Set([...diagnosed.values()].flatMap(({ result }) => result.incident.includes));
  return store.transaction(async (part) => {
    const incidents = (await part.incidents.list()).filter((one) => {
      if (!clusters.has(one.cluster)) return false;
      if (one.notSeenSince !== null) return (overAt(one) ?? now) > now - SHOWN;
      // What another incident explains by now is shown with that.
      return diagnosed.has(one.fingerprint) || !parts.has(one.fingerprint);
    });
    return shown(part, incidents, { ...asked, diagnosed });
  });
}

/** One that is remembered, however long it is over. */
export async function incidentOf(
  store: Store,
  incident: IncidentRecord,
  asked: Pick<Asked, 'scans' | 'now'>,
): Promise<ShownIncident> {
  const diagnosed = diagnosedBy(asked.scans);
  const [found] = await store.transaction((part) => shown(part, [incident], { ...asked, diagnosed }));
  return found!;
}

async function shown(
  store: Store,
  incidents: readonly IncidentRecord[],
  {
    scans,
    diagnosed,
    now,
  }: Pick<Asked, 'scans' | 'now'> & { readonly diagnosed: ReadonlyMap<string, Diagnosed> },
): Promise<readonly ShownIncident[]> {
  const scanned = new Set(scans.flatMap(({ latest }) => latest.map(({ cluster }) => cluster)));
  const remotes = remotesOf(scans);
  const found: ShownIncident[] = [];
  for (const [repository, own] of byRepository(incidents)) {
    const reports = reportsOf(scans, repository);
    const known = { ...(await knownOf(store, repository, own, now)), reports };
    const proposals = byFingerprint(known.proposals);
    for (const entry of entriesOf(known, now)) {
      const { fingerprint, cluster, rule } = entry;
      const here = diagnosed.get(fingerprint) ?? null;
      const finding = here?.result.incident.finding ?? null;
      const proposal = proposals.get(fingerprint)?.[0];
      found.push({
        ...entry,
        // One page of many is shown.
        get told() {
          return sentence(finding?.summary ?? sentenceOf(entry.summary));
        },
        isForeseen: finding === null ? FORESEEN.has(rule) : finding.foresees === true,
        culprit: finding?.culprit ?? null,
        affected: finding?.affected.length ?? 0,
        repository,
        remote: (repository === null ? null : remotes.get(repository)) ?? here?.remote ?? null,
        line: here === null ? null : lineOf(here),
        proposal:
          proposal === undefined ? null : { pullRequest: proposal.pullRequest, title: proposal.title },
        isSeen: entry.away !== null || here !== null || !scanned.has(cluster),
      });
    }
  }
  return worstFirst(found);
}

const FORESEEN: ReadonlySet<string> = new Set(
  failures.filter(({ foresees }) => foresees).map(({ id }) => id),
);

function byRepository(
  incidents: readonly IncidentRecord[],
): ReadonlyMap<string | null, readonly IncidentRecord[]> {
  return Map.groupBy(incidents, ({ decision }) => decision?.repository ?? null);
}

function remotesOf(scans: readonly RepositoryScans[]): ReadonlyMap<string, Remote | null> {
  return new Map(
    scans.flatMap(({ host, latest }) =>
      latest.slice(0, 1).map(({ checkout }) => [host.repository, checkout.repository.remote] as const),
    ),
  );
}

function reportsOf(scans: readonly RepositoryScans[], repository: string | null): Known['reports'] {
  return scans.find(({ host }) => host.repository === repository)?.reports ?? new Map();
}

/** Numbers of pull requests mean something in one repository only. */
async function knownOf(
  store: Store,
  repository: string | null,
  incidents: readonly IncidentRecord[],
  now: number,
): Promise<Omit<Known, 'reports'>> {
  const own = new Set(incidents.map(({ fingerprint }) => fingerprint));
  const all = repository === null ? [] : await store.proposals.list({ repository });
  const proposals = all.filter(({ fingerprints }) => fingerprints.some((one) => own.has(one)));
  const closedBy = new Map<number, string>();
  const verifications: VerificationRecord[] = [];
  for (const { state, repository: name, pullRequest } of proposals) {
    if (pullRequest === null) continue;
    const login = state === 'closed' ? await closedByKnown(store, name, pullRequest) : null;
    if (login !== null) closedBy.set(pullRequest, login);
    const verification = state === 'merged' ? await store.verifications.get(name, pullRequest) : null;
    if (verification !== null) verifications.push(verification);
  }
  return {
    incidents,
    proposals,
    verifications,
    snoozes: await store.snoozes.list(now),
    ignores: await store.ignores.list(),
    closedBy,
  };
}

/** The line that is edited; without an edit, the guiltiest that is known. */
function lineOf({ remote, result }: Diagnosed): ShownIncident['line'] {
  const { located, blames = [], commit } = result;
  const site =
    located?.kind === 'located'
      ? orderedChanges({ located })[0]!.site
      : (blames.find((one) => one.site !== null)?.site ?? null);
  return site && siteLink(site, { remote: commit === null ? null : remote, commit: commit ?? '' });
}
