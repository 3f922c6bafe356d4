import type { Store } from '../store/store.ts';
import { guardMergeGroup } from './guard-merge-group.ts';
import { isMergeGroup } from './merge-groups.ts';
import { foresawOf } from './guard-entries.ts';
import { guardPullRequest, type Guarding } from './guard-pull-request.ts';
import type { Served } from './served.ts';

/** Guards a pull request, or a merge group, of a repository that is served, and records what that foresaw. */
export async function guardServed(
  { scans, workspace, acceptances, waitingGuards }: Served,
  subject: number | string,
  clusters: Guarding['clusters'],
  { store, now }: { readonly store: Pick<Store, 'audit'>; readonly now: () => number },
): Promise<void> {
  const { host, presence } = scans;
  const guarding: Guarding = {
    host,
    workspace,
    clusters,
    accepted: (thread, head) => acceptances.of(thread, head),
    found: async (thread, head, report) => {
      const foresaw = foresawOf(host.repository, thread, head, report);
      if (foresaw) await store.audit.append('guard', { ...foresaw }, now());
    },
  };
  try {
    if (presence.paused !== null || !presence.hasChecks) return;
    await (typeof subject === 'number'
      ? guardPullRequest(subject, guarding)
      : guardMergeGroup(subject, guarding));
  } finally {
    await waitingGuards.forget(String(subject));
  }
}

/** What has no check yet and should: what a process that died did not get to, and merge groups that nobody told of. */
export async function unguarded(
  { scans, workspace, waitingGuards }: Served,
  now: number,
): Promise<readonly (number | string)[]> {
  const lost = await waitingGuards.lost(now);
  const groups = [...(await workspace.branches()).keys()].filter(isMergeGroup);
  const again = lost.map((subject) => (/^\d+$/.test(subject) ? Number(subject) : subject));
  return scans.presence.hasChecks ? [...new Set([...again, ...groups])] : [];
}
