import type { Store } from '../store/store.ts';
import { foresawOf } from './guard-entries.ts';
import { guardPullRequest, type Guarding } from './guard-pull-request.ts';
import type { Served } from './served.ts';

/** Guards a pull request of a repository that is served, and records what that foresaw. */
export async function guardServed(
  { scans, workspace, acceptances }: Served,
  number: number,
  clusters: Guarding['clusters'],
  { store, now }: { readonly store: Pick<Store, 'audit'>; readonly now: () => number },
): Promise<void> {
  const { host } = scans;
  await guardPullRequest(number, {
    host,
    workspace,
    clusters,
    accepted: (thread, head) => acceptances.of(thread, head),
    found: async (thread, head, report) => {
      const foresaw = foresawOf(host.repository, thread, head, report);
      if (foresaw) await store.audit.append('guard', { ...foresaw }, now());
    },
  });
}
