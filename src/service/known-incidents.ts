import type { Known } from '../dashboard/entries.ts';
import { closedByKnown } from '../lifecycle/closed-by.ts';
import { DAY } from '../kubernetes/durations.ts';
import { overAt } from '../model/quiet-time.ts';
import type { IncidentRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** What is over is shown for so long. */
const SHOWN = DAY;

interface Asked {
  readonly repository: string;
  /** Names of those that deploy it. */
  readonly clusters: ReadonlySet<string>;
  /** Fingerprints that the last scans saw. */
  readonly seen: ReadonlySet<string>;
}

/** What the store knows of the incidents of a repository, those that are over since lately included, all of it at one moment. */
export function knownOf(
  store: Store,
  { repository, clusters, seen }: Asked,
  now: number,
): Promise<Omit<Known, 'reports'>> {
  return store.moment(async (part) => {
    const incidents = (await part.incidents.list()).filter((one) =>
      one.notSeenSince === null
        ? seen.has(one.fingerprint)
        : clusters.has(one.cluster) && one.decision?.repository === repository && isRecent(one, now),
    );
    const proposals = await part.proposals.list({ repository });
    const closedBy = new Map<number, string>();
    for (const { state, pullRequest } of proposals) {
      if (state !== 'closed' || pullRequest === null) continue;
      const login = await closedByKnown(part, repository, pullRequest);
      if (login !== null) closedBy.set(pullRequest, login);
    }
    const verifications = [];
    for (const { fingerprint } of incidents)
      verifications.push(...(await part.verifications.byFingerprint(fingerprint)));
    return {
      incidents,
      proposals,
      verifications,
      snoozes: await part.snoozes.list(now),
      ignores: await part.ignores.list(),
      closedBy,
    };
  });
}

function isRecent(incident: IncidentRecord, now: number): boolean {
  return (overAt(incident) ?? now) > now - SHOWN;
}
