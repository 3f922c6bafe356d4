import { GUARD_CHECK } from '../output/guard-check.ts';
import { putGuardCheck } from './guard-check.ts';
import type { Guarding } from './guard-pull-request.ts';
import { QUEUED } from './merge-groups.ts';

/**
 * Says in a check run of what a merge queue is about to merge the same as of the pull request: where the queue waits for the check, it would wait
 * for ever. A group that is merged or given up by now has no branch any more.
 */
export async function guardMergeGroup(branch: string, guarding: Guarding): Promise<void> {
  const { host, workspace } = guarding;
  const [, onto, digits, base] = QUEUED.exec(branch) ?? [];
  const checkout = base === undefined ? null : await workspace.checkOut();
  if (!checkout) return;
  const branches = await workspace.branches();
  const head = branches.get(branch);
  if (head === undefined) return;
  // The commit of a group never changes: one check is enough, whoever told of it.
  const known = (await host.checks(head)).get(GUARD_CHECK);
  if (known !== undefined && known !== 'pending') return;
  const { repository } = checkout;
  const number = Number(digits);
  const pull = await host.pullRequest(number);
  const isFork = !pull || branches.get(pull.branch) !== pull.head;
  const check = {
    key: `faultline-guard-queue-${number}`,
    head,
    onto: onto!,
    sides: { repository, base: (await repository.mergeBase(base!, head)) ?? base!, head, isFork },
    accepted: pull && (await guarding.accepted(number, pull.head)),
    isReplaced: async () => false,
  };
  await putGuardCheck(check, checkout, host, guarding.clusters);
}
