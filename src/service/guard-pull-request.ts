import type { Host, HostComment } from '../github/host.ts';
import type { GuardedCluster } from '../guard/guard.ts';
import type { GuardReport } from '../model/guard-report.ts';
import { guardMarkdown } from '../output/guard-check.ts';
import { putGuardCheck, type Sides } from './guard-check.ts';
import type { Checkout, Workspace } from './workspace.ts';

export interface Guarding {
  readonly host: Host;
  readonly workspace: Workspace;
  /** The clusters that the repository is deployed to, as they were read last. */
  readonly clusters: () => readonly GuardedCluster[];
  /** Why somebody lets a head pass as it is, and who; null where nobody does. */
  readonly accepted: (
    number: number,
    head: string,
  ) => Promise<{ readonly by: string; readonly reason: string } | null>;
  /** Told of what a check found, once for each run of it. */
  readonly found: (number: number, head: string, report: GuardReport) => Promise<void>;
}

const MARK = '<!-- faultline:guard:1 -->';

/**
 * Says in a check run of a pull request what it would deploy, and what would fail of it. A head that was replaced meanwhile is left to the
 * task of its successor.
 *
 * @throws where git does not have the head yet: GitHub tells of a push before it gives it to everybody
 */
export async function guardPullRequest(number: number, guarding: Guarding): Promise<void> {
  const { host, workspace } = guarding;
  const pull = await host.pullRequest(number);
  const checkout = pull?.state === 'open' ? await workspace.checkOut() : null;
  const sides = pull && checkout && (await sidesOf(pull, workspace, checkout));
  if (!pull || !checkout || !sides) return;
  const { head, base } = pull;
  const check = {
    key: `faultline-guard-${number}`,
    head,
    onto: base,
    sides,
    accepted: await guarding.accepted(number, head),
    isReplaced: async () => (await host.pullRequest(number))?.head !== head,
  };
  const report = await putGuardCheck(check, checkout, host, guarding.clusters);
  if (!report) return;
  await guarding.found(number, head, report);
  if (checkout.config.guard.comment) await keepComment(host, number, report);
}

/** Null where the branch is gone that it is for. */
async function sidesOf(
  {
    number,
    branch,
    base,
    head,
  }: { readonly number: number; readonly branch: string; readonly base: string; readonly head: string },
  workspace: Workspace,
  { repository: atDefault }: Checkout,
): Promise<Sides | null> {
  // A head that is no branch here is a stranger's.
  const isFork = (await workspace.branches()).get(branch) !== head;
  const repository = isFork ? await workspace.withPullRequest(number) : atDefault;
  const onto = (await workspace.at(base))?.head?.sha;
  if (onto === undefined) return null;
  if (!(await repository.commitAt(head))) throw new Error(`git does not have ${head} of #${number} yet`);
  return { repository, base: (await repository.mergeBase(onto, head)) ?? onto, head, isFork };
}

/** One comment, and only once there was something to say. */
async function keepComment(host: Host, number: number, report: GuardReport): Promise<void> {
  const own = (await host.comments(number)).find((one) => isOwn(one, host));
  const body = `${guardMarkdown(report, { limit: 30_000 })}\n\n${MARK}`;
  if (own && own.body !== body) await host.updateComment(own.id, body);
  if (!own && report.findings.length > 0) await host.comment(number, body);
}

function isOwn({ author, body }: HostComment, { login }: Host): boolean {
  return author === login && body.trimEnd().endsWith(MARK);
}
