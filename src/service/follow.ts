import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { act } from './act.ts';
import { attempt } from './attempt.ts';
import { unguarded } from './guard-served.ts';
import { keepOnboarding } from './keep-onboarding.ts';
import type { Log } from './log.ts';
import type { RepositoryScan, Round } from './scan.ts';
import type { Served } from './served.ts';
import { showDashboard } from './show-dashboard.ts';
import { commentTask, guardTask, openTask, watchTask, type ServeTasks } from './tasks.ts';

export interface FollowParts {
  readonly store: Store;
  readonly queue: Pick<Queue<ServeTasks>, 'add'>;
  readonly log: Log;
  readonly onboarding: 'required' | 'none';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Brings GitHub in line with a scan, and adds the tasks for what has to be seen or written later. */
export async function actOn(
  one: Served,
  scan: RepositoryScan,
  round: Round,
  { queue, log, now }: FollowParts,
): Promise<void> {
  one.postponed.delete(scan.cluster);
  await attempt(log, one, `act on ${scan.cluster}`, async () => {
    const outcomes = await act(one.parts, scan, { round });
    const [next] = outcomes.flatMap(({ decidedAt }) => decidedAt ?? []).sort((a, b) => a - b);
    if (next !== undefined) await queue.add(watchTask(scan.cluster), next);
    const [pause] = outcomes.flatMap(({ mayBeIn }) => mayBeIn ?? []).sort((a, b) => a - b);
    if (pause === undefined) return;
    one.postponed.add(scan.cluster);
    await queue.add(openTask(one.scans.host.repository), now() + pause);
  });
}

/** What is kept in a repository after each scan, whatever came of that. */
export async function follow(
  one: Served,
  round: Round,
  { store, queue, log, onboarding, now }: FollowParts,
): Promise<void> {
  const { scans, approvals, parts, waitingGuards } = one;
  const { repository } = scans.host;
  if (onboarding === 'required')
    await attempt(log, one, 'onboarding', async () => {
      const checkout = await round.checkOut();
      const names = scans.clusters.map(({ name }) => name);
      if (checkout) await keepOnboarding(scans.host, checkout, names, scans.latest);
    });
  await attempt(log, one, 'checks', async () => {
    const checkout = await round.checkOut();
    for (const subject of checkout ? await unguarded(one, now()) : []) {
      await waitingGuards.note(String(subject), now());
      await queue.add(guardTask(repository, subject));
    }
  });
  await attempt(log, one, 'approvals', () => approvals.settle());
  await attempt(log, one, 'dashboard', () => showDashboard(parts, round));
  for (const comment of await store.unanswered.list(repository)) await queue.add(commentTask(comment));
}
