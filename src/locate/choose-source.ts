import { sameValue } from '../kubernetes/compare.ts';
import { differences } from '../proof/compare.ts';
import type { Json, KubernetesObject } from '../kubernetes/objects.ts';
import { findObject, type Match, type Unrendered } from '../sources/find.ts';
import { isInstalledByHelm, isOfItsRelease, mayBeOf } from '../sources/owners.ts';
import type { Wanted } from '../sources/wanted.ts';
import type { Revision } from '../sources/revision.ts';
import { isPublishedChart, type Plan } from '../sources/declarations/plan.ts';
import { appliersOf, destinationsOf, isFollowed, isOpen, type Destination } from '../sources/appliers.ts';
import { isAside, isBare, isMappedRelease, type Root } from '../sources/roots.ts';
import { isOtherChartOf, twinsOf } from '../sources/twins.ts';
import type { Declined } from './located.ts';
import { asOne } from './alike-sources.ts';
import { placeOfOption } from './option-place.ts';
import { declaredIn, isPartial, takenFromElsewhere } from './unrendered/owner.ts';
import { describeWanted, type Target } from './target.ts';
import { declined } from './declined.ts';
import { didYouMean } from './did-you-mean.ts';
import type { FileProblem } from '../renderers/rendering.ts';
import { containsText } from '../tree/contains-text.ts';

export interface ChosenSource {
  readonly kind: 'chosen';
  readonly match: Match;
}

/** Roots between which nothing decides. */
export interface OpenChoice {
  readonly kind: 'several';
  readonly matches: readonly Match[];
}

/** The one root that renders the object, or several that render it alike; else why there is none. */
export async function chooseSource(
  revision: Revision,
  target: Target,
): Promise<ChosenSource | OpenChoice | Declined> {
  const { live, roots } = target;
  const release = live?.metadata.annotations?.['meta.helm.sh/release-name'];
  const wanted = release === undefined ? target.wanted : { ...target.wanted, release };
  const { matches: rendered, failures: all } = await findObject(
    revision,
    wanted,
    roots ?? undefined,
    live !== null && target.areNamed === true,
  );
  const ofRelease = rendered.filter(({ root }) => !isInstalledByHelm(root) || isOfItsRelease(root, live));
  const { matches, elsewhere } = await sentTo(revision, ofRelease, target);
  const failures = all.filter(({ root }) => mayBeOf(root, live));
  if (matches.length === 0)
    return (
      (await inPartOf(revision, { ...target, wanted })) ??
      notFound(revision, wanted, target, failures, elsewhere)
    );
  const likely = await likeliest(revision, matches, target);
  const chosen = await meantBy(revision, likely, target);
  if (chosen === null) return { kind: 'several', matches: likely };
  const rival = roots === null ? rivalOf(chosen, failures, live) : null;
  const mayHold = (what: string): string =>
    `${rival!.root.id} may hold ${what} too and could not be rendered: ${rival!.failure.message}`;
  if (rival?.clue === 'named' && live === null)
    return declined(
      'render-failed',
      `${describeWanted(wanted)} is in ${chosen.root.id}, but ${mayHold('it')}`,
      [chosen.root.id, rival.root.id],
    );
  const match = rival ? { ...chosen, doubt: mayHold(describeWanted(wanted)) } : chosen;
  return (
    (await installedOtherwise(revision, match, target)) ??
    (await installedAsPublished(revision, match, target)) ??
    (await notItsOwn(revision, match, target)) ?? { kind: 'chosen', match }
  );
}

/** An object that names no namespace, in a root that Argo CD or Flux applies to others than the one that is asked for. */
interface SentElsewhere {
  readonly root: Root;
  readonly to: readonly Destination[];
}

/**
 * The matches without those that go to other namespaces. A live object stands in its namespace, whatever git says: for it, this
 * only tells several matches apart.
 */
async function sentTo(
  revision: Revision,
  all: readonly Match[],
  { wanted: { namespace }, live, roots }: Target,
): Promise<{ readonly matches: readonly Match[]; readonly elsewhere: readonly SentElsewhere[] }> {
  if (typeof namespace !== 'string' || (roots !== null && live === null))
    return { matches: all, elsewhere: [] };
  const matches: Match[] = [];
  const elsewhere: SentElsewhere[] = [];
  for (const match of all) {
    const to = await destinationsOf(revision, match);
    if (to.length === 0 || to.some((one) => one.namespace === namespace)) matches.push(match);
    else elsewhere.push({ root: match.root, to });
  }
  return matches.length === 0 && live !== null ? { matches: all, elsewhere: [] } : { matches, elsewhere };
}

/** A chart as it is by itself, where a helmfile that is not followed may install it with other values. */
async function installedOtherwise(
  revision: Revision,
  { root }: Match,
  { wanted, roots }: Target,
): Promise<Declined | null> {
  if (roots !== null || !isBare(root)) return null;
  const installer = (await revision.declarations()).find(
    ({ plan, obstacle }) =>
      'option' in plan && obstacle !== null && (plan.path === root.path || plan.reads?.includes(root.path)),
  );
  if (!installer) return null;
  const place = placeOfOption(revision, installer);
  const reason = place === null || installer.obstacle!.includes(place) ? '' : ` (${place})`;
  return declined(
    'render-failed',
    `${describeWanted(wanted)} is in ${root.id}, which ${installer.plan.by} may install with other values: it applies ${installer.obstacle}${reason}`,
    [root.id, ...(place === null ? [] : [place])],
  );
}

/** A chart that nothing installs from here, where a release for this namespace takes a published chart of its name. */
async function installedAsPublished(
  revision: Revision,
  { root }: Match,
  { wanted, roots }: Target,
): Promise<Declined | null> {
  if (roots !== null || !isBare(root)) return null;
  const published = (await revision.declaredRoots()).find(
    (one) =>
      isPartial(one) &&
      one.kind === 'helm' &&
      one.closure.remote.some(({ name }) => name === root.closure.parts[0]?.name) &&
      (typeof wanted.namespace !== 'string' || one.release.namespace === wanted.namespace),
  );
  if (!published || !isPartial(published)) return null;
  const by = declaredIn(published);
  return declined(
    'render-failed',
    `${describeWanted(wanted)} is in ${root.id}, a chart that nothing installs from this folder. ${by} takes ${takenFromElsewhere(published)}, which may make it with other values`,
    [root.id, by],
  );
}

/** The root that renders the object as far as it can be rendered here; null where none does. */
async function inPartOf(revision: Revision, target: Target): Promise<ChosenSource | OpenChoice | null> {
  const parts = (target.roots ?? (await revision.allRoots())).flatMap((root) =>
    mayBeOf(root, target.live) ? (revision.inPart(root) ?? []) : [],
  );
  const { matches } = await findObject(revision, target.wanted, parts);
  const unseen: Match[] = [];
  for (const match of matches) {
    const whole = await revision.render(match.root.whole!);
    if (whole.kind === 'failed')
      unseen.push({ ...match, doubt: `${match.root.whole!.id} could not be rendered: ${whole.message}` });
  }
  const candidates = await likeliest(revision, unseen, target);
  const [chosen, ...others] = candidates;
  if (!chosen) return null;
  return others.length > 0 ? { kind: 'several', matches: candidates } : { kind: 'chosen', match: chosen };
}

async function notFound(
  revision: Revision,
  wanted: Wanted,
  { roots, live }: Target,
  failures: readonly Unrendered[],
  elsewhere: readonly SentElsewhere[],
): Promise<Declined> {
  const name = describeWanted(wanted);
  const [failed] = failures;
  if (failed)
    return declined(
      'render-failed',
      `${failed.root.id} may hold ${name} but could not be rendered: ${failed.failure.message}`,
      failures.map(({ root }) => root.id),
    );
  const pinned = roots === null ? await pinnedElsewhere(revision, wanted) : null;
  if (pinned) return pinned;
  const unreadable = unreadableMentions(revision, wanted, roots ?? (await revision.allRoots()));
  if (unreadable.length > 0) {
    const [{ file, line, message }] = unreadable as [FileProblem];
    return declined(
      'unreadable-file',
      `${file}${line === null ? '' : `:${line}`} may hold ${name}, and ${message}`,
      unreadable.map((problem) => problem.file),
    );
  }
  const { kind, namespace } = wanted;
  const what = `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind} ${wanted.name}${namespace ? ` in namespace ${namespace}` : ''}`;
  const [other] = elsewhere;
  if (other) {
    const to = other.to.map(({ namespace: its, by }) => `${its} by ${by}`);
    return declined(
      'object-not-found',
      `no root renders ${what}: ${other.root.id} is applied to ${to.join(' and to ')}`,
      elsewhere.map(({ root }) => root.id),
    );
  }
  const among = roots ?? (await revision.allRoots());
  return declined(
    'object-not-found',
    `no root${roots === null ? '' : ' that is meant here'} renders ${what}${live === null ? await didYouMean(revision, wanted, among) : ''}`,
  );
}

/**
 * The matches between which nothing decides: what is closer to the live object than all others, what names the namespace that is asked
 * for where others leave it open, what Argo CD, Flux or the mapping applies where nobody applies the others, and what does not lie in
 * a folder such as `.archive`. A live object that they apply tells so itself, and is not looked for here.
 */
async function likeliest(
  revision: Revision,
  matches: readonly Match[],
  { wanted: { namespace }, live, mapped }: Target,
): Promise<readonly Match[]> {
  if (matches.length < 2) return matches;
  const near = closest(matches, live);
  if (near.length === 1) return near;
  const isPlaced = async (match: Match): Promise<boolean> =>
    namespaceOf(match) === namespace ||
    (await destinationsOf(revision, match)).some((one) => one.namespace === namespace);
  const placed = typeof namespace === 'string' ? await filtered(near, isPlaced) : [];
  const inPlace = placed.length > 0 ? closest(placed, live) : near;
  if (inPlace.length === 1 || live !== null) return inPlace;
  const applied = await filtered(
    inPlace,
    async ({ root }) =>
      isMappedRelease(root) ||
      mapped?.has(root.id) === true ||
      (await appliersOf(revision, root)).some(isFollowed),
  );
  if (applied.length > 0) return applied;
  const visible = inPlace.filter(({ root }) => !isAside(root));
  return visible.length > 0 ? visible : inPlace;
}

async function filtered(
  matches: readonly Match[],
  isKept: (match: Match) => Promise<boolean>,
): Promise<readonly Match[]> {
  const kept = await Promise.all(matches.map(isKept));
  return matches.filter((_match, index) => kept[index]);
}

/** Of an object that names no namespace, the one that the mapping installs its root into. */
function namespaceOf({ root, rendered }: Match): string | undefined {
  const release = isMappedRelease(root) && root.kind === 'helm' ? root.release.namespace : undefined;
  return rendered.object.metadata.namespace ?? release;
}

/** The first of the matches with those that are meant together with it; null where that leaves others. */
async function meantBy(revision: Revision, matches: readonly Match[], target: Target): Promise<Match | null> {
  const [first, ...others] = matches;
  if (!first) return null;
  const twins = await alsoMeant(revision, first.root, target);
  if (others.every(({ root }) => twins.some(({ id }) => id === root.id))) return { ...first, twins };
  // An incident is about one cluster; a named root is one of them.
  return target.live === null && target.roots === null ? asOne(revision, matches) : null;
}

/**
 * Other declarations of the same release: whoever asks for it means them too. A person who names an Application by its name means those
 * with another chart as well. The object of a cluster comes from one of them, and the others may be those of other clusters.
 */
async function alsoMeant(revision: Revision, root: Root, { roots, live }: Target): Promise<readonly Root[]> {
  const twins = await twinsOf(revision, root);
  if (live !== null) return root.declared?.plan.cluster === null ? [] : twins;
  return [...twins, ...(roots ?? []).filter((other) => isOtherChartOf(other, root))];
}

/**
 * A root that may render the object too, as far as could be told without rendering it. A root that the tool refuses cannot be what
 * made a live object; one that needs the network can. What a published chart makes is known by its release's name:
 * another object of that very name is no part of it.
 */
function rivalOf(
  { rendered }: Match,
  failures: readonly Unrendered[],
  live: KubernetesObject | null,
): Unrendered | null {
  const isPlaced = rendered.object.metadata.namespace !== undefined;
  const rivals = failures.filter(
    ({ root, failure, clue }) =>
      clue !== 'open' &&
      !(clue === 'placed' && isPlaced) &&
      !(root.kind === 'helm' && root.declared !== null && failure.code === 'remote') &&
      !(live !== null && failure.code === 'error'),
  );
  return rivals.find(({ clue }) => clue === 'named') ?? rivals[0] ?? null;
}

/**
 * A folder is one root, however often it is applied as it is. Where nothing but a tag of it is applied, or it goes to other
 * namespaces too, an edit is not what was asked for; null where neither is so, or where somebody named the root.
 */
async function notItsOwn(
  revision: Revision,
  { root, rendered }: Match,
  { roots, live }: Target,
): Promise<Declined | null> {
  if (root.declared !== null || (roots !== null && live === null)) return null;
  const plans = await appliersOf(revision, root);
  const followed = plans.filter(({ from }) => from.revision.pin === undefined);
  const [pinned] = plans;
  if (roots === null && pinned && followed.length === 0) return pinnedTo(pinned);
  const destinations = new Map(
    followed.flatMap((plan) => (plan.namespace === null ? [] : [[plan.namespace, plan.by]])),
  );
  if (!isOpen(rendered.object) || destinations.size < 2) return null;
  const all = [...destinations].map(([namespace, by]) => `${namespace} by ${by}`);
  return declined(
    'shared-site',
    `${root.id} is applied to ${all.join(' and to ')}, and nothing in it could differ for one of them`,
    [root.id],
  );
}

/** What is applied from a tag alone, as far as the same files still make it. */
async function pinnedElsewhere(revision: Revision, wanted: Wanted): Promise<Declined | null> {
  const pinned = (await revision.ownDeclarations()).filter(
    ({ plan }) => plan.from.revision.pin !== undefined,
  );
  for (const { plan, roots } of pinned) {
    if (isPublishedChart(plan)) continue;
    const { matches } = await findObject(revision, wanted, roots);
    if (matches.length > 0) return pinnedTo(plan);
  }
  return null;
}

function pinnedTo({ by, from }: Plan): Declined {
  return declined(
    'other-revision',
    `${by} is pinned to ${from.revision.pin}: a change of a branch does not reach it`,
  );
}

/** Manifests that speak of the kind and the name, and cannot be read. */
function unreadableMentions(
  revision: Revision,
  { kind, name }: Wanted,
  roots: readonly Root[],
): readonly FileProblem[] {
  return roots
    .flatMap((root) => (root.kind === 'plain' ? root.files : []))
    .flatMap((file) => {
      const { problem } = revision.manifests(file);
      const content = problem && revision.tree.read(file);
      return problem && content && containsText(content, kind) && containsText(content, name ?? '')
        ? [problem]
        : [];
    });
}

/** The matches that no other match is closer to the live object than: fewer differences, and only such as the other has too. */
function closest(matches: readonly Match[], live: KubernetesObject | null): readonly Match[] {
  if (live === null) return matches;
  const gaps = matches.map(({ rendered }) => gapsOf(rendered.object, live));
  const best = matches.filter((_, index) =>
    gaps.every((other, at) => at === index || isProperSubset(gaps[index]!, other)),
  );
  return best.length === 1 ? best : matches;
}

function isProperSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size < b.size && [...a].every((gap) => b.has(gap));
}

/** Fields that the manifest sets and the live object has with another meaning. What only the live object has was added by the cluster. */
function gapsOf(rendered: KubernetesObject, live: KubernetesObject): ReadonlySet<string> {
  const gaps = differences(rendered as unknown as Json, live as unknown as Json)
    .filter(
      ({ path, before, after }) =>
        before !== undefined && path[0] !== 'status' && !sameValue(path, after, before),
    )
    .map(({ path }) => JSON.stringify(path));
  return new Set(gaps);
}
