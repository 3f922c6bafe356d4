import { posix } from 'node:path';
import { messageOf } from '../errors/error-message.ts';
import { sameObject } from '../kubernetes/objects.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { GuardFinding, GuardReport, RootDifference } from '../model/guard-report.ts';
import { stableComparison } from '../proof/compare-roots.ts';
import type { Budgets } from '../renderers/budget.ts';
import type { Rendering } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { counted, listed, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { answeringOnce, type Sources } from './answer-needs.ts';
import { brokenRoot, isRefused, unreadableFile } from './broken-root.ts';
import { concernedRoots, type ConcernedRoot } from './concerned.ts';
import { destinations, type DestinationInput } from './destination.ts';
import { expectationsOf, numbersOf, unmetFromTheStart, unmetIn } from './expectations.ts';
import { foreseeIn, type Foreseeing } from './foresee.ts';
import { foresights } from './foresights.ts';
import { leftReaders } from './left-readers.ts';
import { leftBehind, type RootSides } from './outlook.ts';
import { lostPatches } from './lost-patches.ts';
import { malformedIn } from './malformed.ts';
import { plannedObjects } from './planned.ts';
import { placed, together } from './placed.ts';
import { refusedIn } from './refused.ts';
import { newFaults } from './shared-faults.ts';
import type { Side } from './side.ts';
import { sidesOf } from './sides.ts';
import { takenBack } from './taken-back.ts';

export interface GuardInput {
  /** The commit that the head was started from, and the head. */
  readonly base: { readonly commit: string; readonly revision: Revision };
  readonly head: { readonly commit: string; readonly revision: Revision };
  /** Those that the base may run in. Without any, only what git alone tells is said. */
  readonly clusters: readonly GuardedCluster[];
  readonly images?: Sources['images'];
  readonly memoryFactor: number;
  readonly where: Omit<DestinationInput, 'cluster' | 'revision'>;
  /** Only roots in these folders; left out: all. */
  readonly paths?: readonly string[] | undefined;
  readonly limits?: Partial<GuardLimits>;
}

export type GuardedCluster = NonNullable<Sources['cluster']>;

export interface GuardLimits {
  /** Roots that are rendered on both sides. */
  readonly roots: number;
  /** Milliseconds, after which no further root is begun. */
  readonly time: number;
  readonly findings: number;
}

/** What all renders of one check may cost together, those included that only tell which roots there are. */
export const GUARD_BUDGETS: Partial<Budgets> = { renderSeconds: 600, renders: 5000, output: 1024 };

export const GUARD_LIMITS: GuardLimits = { roots: 200, time: 180_000, findings: 200 };

/** Roots whose two sides are rendered at once; the renderers have a limit of their own. */
const AT_A_TIME = 8;

/** What a change would deploy, and what would fail of it. */
export async function guard(input: GuardInput): Promise<GuardReport> {
  const limits = { ...GUARD_LIMITS, ...input.limits };
  const until = performance.now() + limits.time;
  const leftOut: Prose[] = [];
  const states = input.clusters.map(({ state }) => state);
  // Charts ask for the versions of one cluster.
  const versions = states.length === 1 ? states[0]!.versions : null;
  const [before, after] = await sidesOf(input.base.revision, input.head.revision, versions);
  const concerned = await concernedRoots(before, after);
  const meant = concerned.roots.filter((root) => isIn(input.paths, root));
  const apart = concerned.roots.length - meant.length;
  if (apart > 0) leftOut.push(prose`${counted(apart, 'root')} outside of ${listed(input.paths ?? [])}`);
  const within = meant.slice(0, limits.roots);
  const goesTo = states.map((state) => {
    const isThere = destinations({ ...input.where, cluster: state, revision: before.revision });
    return { state, isThere };
  });
  const compared: Compared[] = [];
  const late: string[] = [];
  await inParallel(within, AT_A_TIME, async (root) => {
    if (performance.now() > until) late.push(root.id);
    else compared.push(await compare(root, { before, after, files: concerned.files, goesTo, limits }));
  });
  const missed = [...late, ...meant.slice(limits.roots).map(({ id }) => id)].sort();
  if (missed.length > 0)
    leftOut.push(prose`${counted(missed.length, 'root')} beyond what one check renders: ${listed(missed)}`);
  compared.sort((a, b) => (a.difference.root < b.difference.root ? -1 : 1));

  const answers = new Map(
    [null, ...input.clusters].map((cluster) => [
      cluster?.state ?? null,
      answeringOnce({
        cluster,
        ...(input.images && { images: input.images }),
        onProblem: (where, error) => leftOut.push(prose`${where}: ${messageOf(error)}`),
      }),
    ]),
  );
  const context: Omit<Foreseeing, 'answer'> = {
    foresights,
    before,
    after,
    touched: new Set(concerned.roots.map(({ id }) => id)),
    memoryFactor: input.memoryFactor,
    onProblem: (rule, error) => leftOut.push(prose`check ${rule} failed: ${messageOf(error)}`),
  };
  const { expectations, problems } = await expectationsOf(after.revision.tree);
  leftOut.push(...problems);
  const expectedBefore = await expectationsOf(before.revision.tree);
  const cameWith = numbersOf(input.where.repository, input.head.commit);
  const dropped = compared.flatMap(({ sides, difference }) =>
    difference.status === 'unknown' ? [] : leftBehind(sides?.before ?? [], sides?.objects ?? []),
  );
  const readers = await leftReaders(after, dropped, context.touched);
  const unread: string[] = readers.slice(limits.roots).map(({ id }) => id);
  const beside = await inParallel(readers.slice(0, limits.roots), AT_A_TIME, async (root) => {
    if (performance.now() <= until) return sidesOfReader(root, { before, after, goesTo });
    unread.push(root.id);
    return { root, sides: null };
  });
  if (unread.length > 0)
    leftOut.push(
      prose`whether ${counted(unread.length, 'root')} beside the change ${ownText(unread.length === 1 ? 'needs' : 'need')} what it takes away: ${listed(unread)}`,
    );
  const findings: GuardFinding[] = compared.flatMap((one) => one.findings);
  let beyond = compared.reduce((sum, one) => sum + one.beyond, 0);
  for (const { sides, root } of [...compared, ...beside]) {
    if (!sides || !root || sides.objects.length === 0) continue;
    if (performance.now() > until) {
      leftOut.push(prose`the checks of ${sides.id} took too long`);
      continue;
    }
    const answer = answers.get(sides.cluster)!;
    const unmet = await unmetIn(sides, expectations, cameWith);
    const foreseen = [...(await foreseeIn(sides, { ...context, answer })), ...unmet];
    // Each is looked for in its files: an object may be wrong ten thousand times.
    const errorsFirst = foreseen.toSorted(
      (a, b) => Number(b.level === 'error') - Number(a.level === 'error'),
    );
    const here = await placed(after.revision, root, errorsFirst.slice(0, limits.findings));
    const isNew = sides.before.length === 0;
    findings.push(...(isNew ? await newFaults(here, concerned.files, { ...context, answer }) : here));
    beyond += Math.max(0, foreseen.length - limits.findings);
    findings.push(...unmetFromTheStart(sides, expectations, expectedBefore.expectations));
  }
  try {
    const where = { repository: input.where.repository, base: input.base.commit, before, after };
    // What an expectation says already is told with that.
    const isTold = (one: GuardFinding): boolean =>
      findings.some(
        ({ rule, object, field }) =>
          rule === 'expectation' &&
          field === one.field &&
          object !== null &&
          one.object !== null &&
          sameObject(object, one.object),
      );
    findings.push(...(await takenBack(compared, where)).filter((one) => !isTold(one)));
  } catch (error) {
    leftOut.push(prose`whether it takes back a fix: ${messageOf(error)}`);
  }
  const all = together(findings);
  beyond += Math.max(0, all.length - limits.findings);
  if (beyond > 0) leftOut.push(prose`${counted(beyond, 'finding')} beyond the first ${limits.findings}`);
  return {
    base: input.base.commit,
    head: input.head.commit,
    cluster: states.length === 0 ? null : states.map(({ name }) => name).join(', '),
    files: concerned.files.length,
    roots: compared.map(({ difference }) => difference),
    findings: all.slice(0, limits.findings),
    leftOut,
  };
}

function isIn(folders: readonly string[] | undefined, { before, after }: ConcernedRoot): boolean {
  const { path } = (after ?? before)!;
  return (
    folders?.some((folder) => folder === '.' || path === folder || path.startsWith(`${folder}/`)) ?? true
  );
}

/** Whether a change touches any root: without, there is nothing to say of it. */
export async function touchesRoots(base: Revision, head: Revision): Promise<boolean> {
  const [before, after] = await sidesOf(base, head, null);
  return (await concernedRoots(before, after)).roots.length > 0;
}

interface Compared {
  readonly difference: RootDifference;
  readonly findings: readonly GuardFinding[];
  /** Findings that were not placed. */
  readonly beyond: number;
  /** The root of the base, and that of the head; null where it is not there. */
  readonly before: Root | null;
  readonly root: Root | null;
  /** Null where a side could not be rendered. */
  readonly sides: RootSides | null;
}

interface Comparing {
  readonly before: Side;
  readonly after: Side;
  readonly files: readonly string[];
  readonly limits: GuardLimits;
  readonly goesTo: readonly {
    readonly state: ClusterState;
    readonly isThere: ReturnType<typeof destinations>;
  }[];
}

async function compare(concerned: ConcernedRoot, comparing: Comparing): Promise<Compared> {
  const { id, before: old, after: root } = concerned;
  const { before, after, files, limits } = comparing;
  const nothing: Rendering = { kind: 'rendered', root: id, objects: [], problems: [] };
  const [was, is] = await Promise.all([
    old ? before.revision.render(old) : nothing,
    root ? after.revision.render(root) : nothing,
  ]);
  const common = { root: id, renderer: (root ?? old)!.kind };
  if (was.kind === 'failed' || is.kind === 'failed') {
    const failure = is.kind === 'failed' ? is : null;
    const isRefusal = failure !== null && root !== null && was.kind === 'rendered' && isRefused(failure);
    const isBroken = isRefusal && (old !== null || (await isAmongRoots(root, before)));
    const why = failure?.message ?? (was.kind === 'failed' ? was.message : null);
    return {
      difference: { ...common, status: 'unknown', why, changes: [], isInCluster: false },
      findings: isBroken
        ? [brokenRoot(before.revision, after.revision, root, failure, old === null, files)]
        : [],
      beyond: 0,
      before: old,
      root,
      sides: null,
    };
  }
  const { comparison } = await stableComparison(before.revision, (old ?? root)!, was, is);
  const changes = [...comparison.changes, ...comparison.derived];
  const objects = root ? plannedObjects(is.objects, root) : [];
  const olds = old ? plannedObjects(was.objects, old) : [];
  const refused = root
    ? [...malformedIn(is.objects, was.objects, root), ...refusedIn(is.objects, was.objects, root)]
    : [];
  const cluster = await clusterOf(old ?? root, olds.length > 0 ? olds : objects, old === null, comparing);
  const known = new Set(was.problems.map(({ file }) => file));
  const status = root === null ? 'removed' : old === null ? 'added' : changes.length > 0 ? 'changed' : 'same';
  return {
    difference: { ...common, status, why: null, changes, isInCluster: cluster !== null },
    findings: [
      ...is.problems
        .filter(({ file }) => !known.has(file))
        .map((problem) => unreadableFile(before.revision, after.revision, problem, root!)),
      ...(root ? await placed(after.revision, root, refused.slice(0, limits.findings)) : []),
      ...lostPatches(
        { revision: before.revision, root: old, objects: was.objects },
        { revision: after.revision, root, objects: is.objects },
      ),
    ],
    beyond: Math.max(0, refused.length - limits.findings),
    before: old,
    root,
    sides: { id, objects, before: olds, cluster },
  };
}

/** Roots beside a new one that are rendered to see whether this folder holds what is applied. */
const MOST_BESIDE = 3;

/** True for a new root that something declares, or beside which another one renders: templates for people to copy seldom do. */
async function isAmongRoots(root: Root, { roots, revision }: Side): Promise<boolean> {
  if (root.declared !== null) return true;
  const beside = roots.filter(({ path }) => posix.dirname(path) === posix.dirname(root.path));
  for (const one of beside.slice(0, MOST_BESIDE))
    if ((await revision.render(one)).kind === 'rendered') return true;
  return false;
}

async function clusterOf(
  root: Root | null,
  objects: readonly ClusterObject[],
  isNew: boolean,
  { goesTo }: Pick<Comparing, 'goesTo'>,
): Promise<ClusterState | null> {
  for (const { state, isThere } of goesTo) if (root && (await isThere(root, objects, isNew))) return state;
  return null;
}

/** A root that the change leaves as it is. */
async function sidesOfReader(
  root: Root,
  comparing: Omit<Comparing, 'files' | 'limits'>,
): Promise<{ readonly root: Root; readonly sides: RootSides | null }> {
  const objects = await comparing.after.planned(root);
  if (objects === null) return { root, sides: null };
  const cluster = await clusterOf(root, objects, false, comparing);
  return { root, sides: { id: root.id, objects, before: objects, cluster } };
}
