import type { Reverted } from '../chatops/actions.ts';
import { ownAmong, ownPullRequest } from '../lifecycle/own.ts';
import { revertOnce } from '../lifecycle/revert.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import type { ActParts } from './act.ts';

/** Opens the one pull request that takes a merged one back. */
export async function revertMerged(
  { scans, store, now }: Pick<ActParts, 'scans' | 'store' | 'now'>,
  number: number,
  by: string,
): Promise<Reverted> {
  const { host } = scans;
  const own = await ownPullRequest(number, { host, store });
  const [first] = await scans.every();
  const scan = scans.latestOf(own?.marker?.clusters?.[0] ?? '') ?? first;
  if (!own || own.pull.state !== 'merged')
    return { kind: 'refused', why: ownText('only a merged pull request of Faultline can be taken back') };
  if (!scan) return { kind: 'refused', why: ownText('no cluster has been scanned yet') };
  const all = [...(await ownAmong(await host.ownPullRequests(), { host, store }))];
  const isNew = !all.some(({ reverts }) => reverts === own.pull.number);
  const run = {
    host,
    store,
    report: scan.report,
    cluster: scan.state,
    config: scan.checkout.config,
    repository: scan.checkout.content,
    now: now(),
    own: all,
    underWay: new Set<number>(),
    statuses: new Map(),
  };
  const why = { seen: [], askedBy: by };
  const reverted = (await revertOnce(run, own, why)) ?? (await revertOnce(run, own, why));
  if (reverted === null)
    return { kind: 'refused', why: ownText('its branch changed while it was written: try again') };
  return 'declined' in reverted
    ? { kind: 'refused', why: prose`${reverted.declined}` }
    : { kind: 'opened', pullRequest: reverted.number, isNew };
}
