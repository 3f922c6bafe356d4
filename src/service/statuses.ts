import type { IncidentStatus, RepositoryStatus, Subject } from '../chatops/actions.ts';
import { prose, untrusted } from '../untrusted/prose.ts';
import type { ActParts } from './act.ts';

type StatusParts = Pick<ActParts, 'scans' | 'store' | 'now'>;

/** How things are: in a repository, and with a subject. */
export async function statusOf(parts: StatusParts, subject: Subject | null): Promise<RepositoryStatus> {
  const { scans, store } = parts;
  const { repository } = scans.host;
  const results = scans.latest.flatMap(({ report }) => report.results);
  const [first] = scans.latest;
  const proposals = await store.proposals.list({ repository, states: ['open', 'waiting'] });
  const recorded = await scans.recorded();
  return {
    subject: subject && (await incidentStatus(parts, subject)),
    counts: {
      open: proposals.filter(({ state }) => state === 'open').length,
      waiting: proposals.filter(({ state }) => state === 'waiting').length,
      watched: results.filter(({ decision }) => decision.action === 'monitor').length,
    },
    clusters: scans.clusters.map(({ name }) => {
      const scan = recorded.find(({ cluster }) => cluster === name);
      const problem = scan?.problem ?? null;
      return {
        name,
        scannedAt: scan?.scannedAt ?? null,
        problem: problem === null ? null : prose`${problem}`,
      };
    }),
    configErrors: first?.checkout.configErrors.length ?? 0,
  };
}

async function incidentStatus({ scans, store, now }: StatusParts, subject: Subject): Promise<IncidentStatus> {
  // A cluster that cannot be read is part of the status.
  const [leading] = await scans.resultsOf(subject.fingerprints).catch(() => []);
  const fingerprint = subject.fingerprints[0] ?? '';
  const number = subject.pullRequest?.number ?? null;
  const { host } = scans;
  const { repository } = host;
  const record = number === null ? null : await store.proposals.byPullRequest(repository, number);
  const pull = number === null ? null : await host.pullRequest(number);
  const verification = number === null ? null : await store.verifications.get(repository, number);
  const snooze = await store.snoozes.active(fingerprint, now());
  const ignore = await store.ignores.get(fingerprint);
  return {
    lastSeen: leading?.incident.finding.lastSeen ?? null,
    decision: leading?.decision.reason ?? null,
    snooze: snooze && { until: snooze.until, by: snooze.by },
    ignore: ignore && { by: ignore.by, reason: untrusted(ignore.reason) },
    approved: record?.approved ?? null,
    isMerging: pull?.autoMerge === true,
    verification: verification && {
      outcome: verification.outcome,
      since: verification.decidedAt ?? verification.mergedAt,
    },
  };
}
