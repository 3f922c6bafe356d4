import type { Known } from '../dashboard/entries.ts';
import { closedByKnown } from '../lifecycle/closed-by.ts';
import type { Store } from '../store/store.ts';

/** What the store knows of these incidents of a repository, all of it at one moment. */
export function knownOf(
  store: Store,
  repository: string,
  fingerprints: ReadonlySet<string>,
  now: number,
): Promise<Omit<Known, 'reports'>> {
  return store.transaction(async (part) => {
    const incidents = await part.incidents.list();
    const proposals = await part.proposals.list({ repository });
    const closedBy = new Map<number, string>();
    for (const { state, pullRequest } of proposals) {
      if (state !== 'closed' || pullRequest === null) continue;
      const login = await closedByKnown(part, repository, pullRequest);
      if (login !== null) closedBy.set(pullRequest, login);
    }
    const verifications = [];
    for (const fingerprint of fingerprints)
      verifications.push(...(await part.verifications.byFingerprint(fingerprint)));
    return {
      incidents: incidents.filter(
        ({ fingerprint, notSeenSince }) => notSeenSince === null && fingerprints.has(fingerprint),
      ),
      proposals,
      verifications,
      snoozes: await part.snoozes.list(now),
      ignores: await part.ignores.list(),
      closedBy,
    };
  });
}
