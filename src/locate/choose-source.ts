import { sameValue } from '../kubernetes/compare.ts';
import { differences } from '../proof/compare.ts';
import type { Json, KubernetesObject } from '../kubernetes/objects.ts';
import { findObject, type Match, type Wanted } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { isPublishedChart, type Plan } from '../sources/declarations/plan.ts';
import { mayBeOf } from '../sources/owners.ts';
import { isPartOf, standsFor, type Root } from '../sources/roots.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { sitesOfField } from './candidates.ts';
import type { Declined } from './located.ts';
import { declined } from './declined.ts';
import type { FileProblem } from '../renderers/rendering.ts';
import { containsText } from '../tree/contains-text.ts';

/** Which rendered object is meant. */
export interface Target {
  readonly wanted: Wanted;
  /** The object as it lives in the cluster, to tell apart roots that render the same name. */
  readonly live: KubernetesObject | null;
  /** Only these roots: named by the caller, or by the mapping for this cluster. */
  readonly roots: readonly Root[] | null;
  /** True where the object's controller, the mapping or a person names those roots; else they are all but other clusters'. */
  readonly areNamed?: boolean;
  /** Other live objects that say that they come from where this one does. */
  readonly others?: () => readonly KubernetesObject[];
}

/** The one root that renders the object, or why there is none. Of `fields`, the lines are named where several roots have them. */
export async function chooseSource(
  revision: Revision,
  target: Target,
  fields: readonly string[] = [],
): Promise<{ kind: 'chosen'; match: Match } | Declined> {
  const { live, roots } = target;
  const release = live?.metadata.annotations?.['meta.helm.sh/release-name'];
  const wanted = release === undefined ? target.wanted : { ...target.wanted, release };
  const name = `${wanted.kind} ${wanted.namespace ? `${wanted.namespace}/` : ''}${wanted.name}`;
  const found = await findObject(revision, wanted, roots ?? undefined);
  const { matches } = found;
  const failures = found.failures.filter(({ root }) => mayBeOf(root, live));
  const [first] = matches;
  if (!first) {
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
    return declined('object-not-found', `${name} is not rendered by any root of this repository`);
  }
  const candidates = matches.length === 1 ? matches : closest(matches, live);
  const [chosen] = candidates;
  if (chosen && candidates.length === 1) {
    // A root that the tool refuses cannot be what is deployed; one that needs the network can.
    // What a published chart makes is known by its release's name; another object of that very name is no part of it.
    const failed = failures.find(
      ({ root, failure }) =>
        !(root.declared && failure.code === 'remote') && (live === null || failure.code !== 'error'),
    );
    const certain =
      roots !== null ||
      (live !== null && chosen.rendered.object.metadata.namespace === live.metadata.namespace);
    if (!failed || certain)
      return (await notItsOwn(revision, chosen, target)) ?? { kind: 'chosen', match: chosen };
    return declined(
      'render-failed',
      `${name} is in ${chosen.root.id}, but ${failed.root.id} may hold it too and could not be rendered: ${failed.failure.message}`,
      [chosen.root.id, failed.root.id],
    );
  }
  const paths = candidates.map((match) => describe(match));
  const lines = await linesOfEach(revision, candidates, fields);
  const places = paths.map((path, index) => placed(path, lines[index] ?? []));
  return declined(
    'several-sources',
    `${name} is rendered by ${places.join(' and ')}, and nothing tells which one this is${live ? mappingFor(candidates, live) : ''}`,
    [...paths, ...new Set(lines.flat())],
  );
}

function placed(root: string, lines: readonly string[]): string {
  if (lines.length === 0) return root;
  const places = lines.join(' and ');
  return lines.every((line) => line.startsWith(`${root}:`)) ? places : `${root} at ${places}`;
}

/** More are not worth a marked render each: nobody reads so many. */
const MOST_WITH_LINES = 6;

/** Where each of the roots has the fields, as `file:line`. */
async function linesOfEach(
  revision: Revision,
  matches: readonly Match[],
  fields: readonly string[],
): Promise<readonly (readonly string[])[]> {
  if (matches.length > MOST_WITH_LINES) return [];
  const lines: string[][] = [];
  for (const match of matches) {
    const found = fields
      .map((field) => fieldOf(match.rendered.object, field))
      .filter((field) => field !== null)
      .filter(({ value }) => value !== undefined && isScalarValue(value));
    const sites = await Promise.all(found.map((field) => sitesOfField(revision, match, field)));
    lines.push([...new Set(sites.flat().map(({ file, line }) => `${file}:${line}`))]);
  }
  return lines;
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
  const plans = (await revision.ownDeclarations())
    .filter((one) => one.roots.some((applied) => takesIn(applied, root)))
    .map(({ plan }) => plan);
  const followed = plans.filter(({ from }) => from.revision.pin === undefined);
  const [pinned] = plans;
  if (roots === null && pinned && followed.length === 0) return pinnedTo(pinned);
  const destinations = new Map(
    followed.flatMap((plan) => (plan.namespace === null ? [] : [[plan.namespace, plan.by]])),
  );
  if (rendered.object.metadata.namespace !== undefined || destinations.size < 2) return null;
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

function takesIn(outer: Root, inner: Root): boolean {
  return outer.id === inner.id || isPartOf(inner, outer) || standsFor(outer, inner);
}

/** What a person would write so that it is known the next time; nothing where both stand in one folder. */
function mappingFor(candidates: readonly Match[], { metadata }: KubernetesObject): string {
  const folders = new Set(candidates.map(({ root }) => root.path));
  if (folders.size < candidates.length) return '';
  const namespaces = metadata.namespace === undefined ? '' : `, namespaces: [${metadata.namespace}]`;
  const [folder] = folders;
  return `: \`clusters: {<cluster>: {sources: [{path: ${folder}${namespaces}}]}}\` in .github/faultline.yml would say that it is the first`;
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

function describe({ root, rendered }: Match): string {
  return rendered.origin ? rendered.origin.file : root.id;
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
