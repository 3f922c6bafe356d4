import type { CheckState, Host, HostComment } from '../github/host.ts';
import type { Repository } from '../git/repository.ts';
import { changedFiles } from '../guard/changed-files.ts';
import { guard, GUARD_BUDGETS, touchesRoots, type GuardedCluster } from '../guard/guard.ts';
import { checkConclusion, isGuardOff, withinPolicy } from '../guard/policy.ts';
import type { GuardReport } from '../model/guard-report.ts';
import { GUARD_CHECK, guardAnnotations, guardMarkdown, guardTitle } from '../output/guard-check.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
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

/** Names the one check run that a head has for a pull request. */
function keyOf(number: number): string {
  return `faultline-guard-${number}`;
}

const MARK = '<!-- faultline:guard:1 -->';

/**
 * Says in a check run of a pull request what it would deploy, and what would fail of it. A head that was replaced meanwhile is left to the
 * task of its successor.
 */
export async function guardPullRequest(number: number, guarding: Guarding): Promise<void> {
  const { host, workspace } = guarding;
  const pull = await host.pullRequest(number);
  const checkout = pull?.state === 'open' ? await workspace.checkOut() : null;
  if (!pull || !checkout || isGuardOff(checkout.config)) return;
  const { head } = pull;
  const found = await sidesOf(pull, workspace, checkout);
  const revisions = found && (await revisionsOf(found, checkout));
  if (!found || !revisions || !(await touchesRoots(revisions.base, revisions.head))) return;
  const check = { name: GUARD_CHECK, key: keyOf(number), head };
  const accepted = await guarding.accepted(number, head);
  await host.putCheck({
    ...check,
    conclusion: null,
    title: 'Rendering both sides',
    summary: 'Faultline renders what this change deploys.',
    annotations: [],
  });
  const report = await guardedReport(found, revisions, checkout, guarding).catch(async (error: unknown) => {
    // Nobody should wait for a check that never ends.
    await host.putCheck({
      ...check,
      conclusion: 'neutral',
      title: 'Could not be checked',
      summary: 'Faultline could not render this change. Its log says why.',
      annotations: [],
    });
    throw error;
  });
  const isSuperseded = (await host.pullRequest(number))?.head !== head;
  if (isSuperseded) {
    const title = 'Superseded by a newer commit';
    await host.putCheck({ ...check, conclusion: 'cancelled', title, summary: `${title}.`, annotations: [] });
    return;
  }
  await guarding.found(number, head, report);
  const own = checkConclusion(report, checkout.config);
  const conclusion: CheckState['conclusion'] = accepted && own === 'failure' ? 'neutral' : own;
  await host.putCheck({
    ...check,
    conclusion,
    title: guardTitle(report, accepted),
    summary: guardMarkdown(report, { accepted }),
    annotations: guardAnnotations(report),
  });
  if (checkout.config.guard.comment) await keepComment(host, number, report);
}

interface Sides {
  readonly repository: Repository;
  readonly base: string;
  readonly head: string;
  readonly isFork: boolean;
}

/** Null where nothing that it changes can matter, or git does not have it. */
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
  const branches = await atDefault.branches();
  // A head that is no branch here is a stranger's.
  const isFork = branches.get(branch) !== head;
  const repository = isFork ? await workspace.withPullRequest(number) : atDefault;
  const onto = (await workspace.at(base))?.head?.sha;
  if (onto === undefined || !(await repository.commitAt(head))) return null;
  return { repository, base: (await repository.mergeBase(onto, head)) ?? onto, head, isFork };
}

interface Revisions {
  readonly base: Revision;
  readonly head: Revision;
  readonly renderers: Renderers;
}

async function revisionsOf(
  { repository, base, head, isFork }: Sides,
  { config }: Checkout,
): Promise<Revisions | null> {
  const [before, after] = await Promise.all([repository.treeAt(base), repository.treeAt(head)]);
  if (changedFiles(before, after).length === 0) return null;
  // A stranger makes nothing be downloaded, and no change uses up what the scans may render.
  const renderers = openRenderers(isFork ? [] : config.charts.pull, process.env, GUARD_BUDGETS);
  const releases = mappedReleases(config, repository);
  const [old, now] = await Promise.all([
    Revision.of(before, renderers, repository.remote, releases),
    Revision.of(after, renderers, repository.remote, releases),
  ]);
  return { base: old, head: now, renderers };
}

/** What is said is what the default branch lets be said: a change cannot loosen what it is checked by. */
async function guardedReport(
  { repository, base, head, isFork }: Sides,
  revisions: Revisions,
  { config, images }: Checkout,
  { clusters }: Guarding,
): Promise<GuardReport> {
  const report = await guard({
    base: { commit: base, revision: revisions.base },
    head: { commit: head, revision: revisions.head },
    // Who opens a pull request from a fork learns nothing of the clusters, and lets no registry be asked.
    clusters: isFork ? [] : clusters(),
    ...(isFork ? {} : { images }),
    memoryFactor: config.limits.memoryFactor,
    where: { repository, config, renderers: revisions.renderers },
  });
  return withinPolicy(report, config);
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
