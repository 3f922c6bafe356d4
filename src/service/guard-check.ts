import type { CheckState, Host } from '../github/host.ts';
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
import type { Checkout } from './workspace.ts';

/** Two commits, and what of it is a stranger's. */
export interface Sides {
  readonly repository: Repository;
  readonly base: string;
  readonly head: string;
  readonly isFork: boolean;
}

export interface GuardCheck {
  /** Names the one check run that a head has for this. */
  readonly key: string;
  /** The commit that the check stands at. */
  readonly head: string;
  /** The branch that it is to be merged into. */
  readonly onto: string;
  readonly sides: Sides;
  /** Who lets this head pass as it is, and why. */
  readonly accepted: { readonly by: string; readonly reason: string } | null;
  /** Whether a newer commit took its place meanwhile. */
  readonly isReplaced: () => Promise<boolean>;
}

type Saying = Pick<CheckState, 'conclusion' | 'title' | 'summary'> & Partial<Pick<CheckState, 'annotations'>>;

/**
 * Says in a check run what a head would deploy, and what would fail of it. Answers with what it found; null where there was nothing to say, or
 * nobody to say it to.
 */
export async function putGuardCheck(
  { key, head, onto, sides, accepted, isReplaced }: GuardCheck,
  checkout: Checkout,
  host: Pick<Host, 'putCheck' | 'requiredChecks'>,
  clusters: () => readonly GuardedCluster[],
): Promise<GuardReport | null> {
  const { config } = checkout;
  const put = (said: Saying): Promise<void> =>
    host.putCheck({ name: GUARD_CHECK, key, head, annotations: [], ...said });
  // Nobody needs a check that says nothing, unless a rule of the branch waits for it: then a merge would wait for ever.
  const nothing = async (title: string): Promise<null> => {
    if ((await host.requiredChecks(onto)).includes(GUARD_CHECK))
      await put({ conclusion: 'success', title, summary: `${title}.` });
    return null;
  };
  if (isGuardOff(config)) return nothing('The configuration switches the guard off');
  const revisions = await revisionsOf(sides, checkout);
  if (!revisions || !(await touchesRoots(revisions.base, revisions.head)))
    return nothing('The change touches nothing that is deployed');
  await put({
    conclusion: null,
    title: 'Rendering both sides',
    summary: 'Faultline renders what this change deploys.',
  });
  const report = await reportOf(sides, revisions, checkout, clusters).catch(async (error: unknown) => {
    // Nobody should wait for a check that never ends.
    await put({
      conclusion: 'neutral',
      title: 'Could not be checked',
      summary: 'Faultline could not render this change. Its log says why.',
    });
    throw error;
  });
  if (await isReplaced()) {
    const title = 'Superseded by a newer commit';
    await put({ conclusion: 'cancelled', title, summary: `${title}.` });
    return null;
  }
  const own = checkConclusion(report, config);
  await put({
    conclusion: accepted && own === 'failure' ? 'neutral' : own,
    title: guardTitle(report, accepted),
    summary: guardMarkdown(report, { accepted }),
    annotations: guardAnnotations(report),
  });
  return report;
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
async function reportOf(
  { repository, base, head, isFork }: Sides,
  revisions: Revisions,
  { config, images }: Checkout,
  clusters: () => readonly GuardedCluster[],
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
