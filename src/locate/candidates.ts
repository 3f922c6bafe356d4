import { isReachedByAlias } from '../edits/reach.ts';
import { scalarAt } from '../edits/scalars.ts';
import { type ConcretePath, printFieldPath } from '../kubernetes/field-path.ts';
import type { Field } from '../kubernetes/field.ts';
import { parseImage } from '../kubernetes/images.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Declined } from '../model/declined.ts';
import type { Origin } from '../renderers/rendering.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { HelmRoot } from '../sources/roots.ts';
import type { AcceptedEdits } from './accepted-edits.ts';
import { additionsFor, lastAdditionsFor } from './additions.ts';
import { anchorsBehind } from './anchors.ts';
import { openAt } from './documents.ts';
import { isSealed, sealedFiles, withNextVersion } from './helm/chart-version.ts';
import { helmAdditions } from './helm/helm-additions.ts';
import { helmCandidates, helmReason, helmSites, helmValue } from './helm/helm-edits.ts';
import type { ParentEdits } from './helm/release.ts';
import type { Leaf } from './helm/values.ts';
import { markedRender, type SiteMap } from './marked-render.ts';
import { plainSites } from './plain-sites.ts';
import { removalsAt } from './removals.ts';
import { type Candidates, type Replacement, siteOf } from './replacements.ts';
import type { SourceScalar } from './source-scalars.ts';
import { alone, attempted, controlling, MOST_TRIED_ALONE, triedAlone } from './tried-alone.ts';
import type { DesiredField } from './desired-fields.ts';

/** Where a field that exists could be changed, the likeliest place first. */
export async function candidateSites(
  revision: Revision,
  match: Match,
  { field, after }: DesiredField,
  accepted?: AcceptedEdits,
): Promise<Candidates> {
  const before = field.value as Scalar;
  if (after === null) return removalsAt(revision, match, await sitesOfField(revision, match, field));
  if (match.rendered.origin) return plainSites(revision, match.rendered.origin, field.path, after, accepted);
  if (match.root.kind === 'helm') {
    const candidates = await helmCandidates(revision, match, { field, after }, PARENTS);
    const around = triedAlone(revision, match.root, before);
    // An entry of `images` hides what the chart says of the image.
    const entries = around.filter((scalar) => saysImage(scalar, before, after));
    const others = candidates.replacements.length > 0 ? [] : around.filter((one) => !entries.includes(one));
    return {
      ...together(
        attempted(entries, before, after),
        together(openOnly(match.root, candidates), attempted(others, before, after, MOST_TRIED_ALONE)),
      ),
      isByEntry: entries.length > 0,
    };
  }
  const sites = await sitesOf(revision, match);
  const controlling = sites.controlling(match.rendered.object, field.path);
  const scalars = controlling.length > 0 ? controlling : alone(sites, field, before);
  return {
    ...attempted(withAnchors(scalars, sites), before, after),
    isByEntry: scalars.some(({ role }) => role.startsWith('image-') || role === 'replica-count'),
  };
}

/** The entry of `images` has the part of the image that is to change. */
function saysImage({ role, value }: SourceScalar, before: Scalar, after: Scalar): boolean {
  const part = ({ 'image-newName': 'name', 'image-newTag': 'tag', 'image-digest': 'digest' } as const)[
    String(role)
  ];
  const [was, wanted] = [before, after].map((one) => (typeof one === 'string' ? parseImage(one) : null));
  return part !== undefined && !!was && !!wanted && was[part] === String(value) && was[part] !== wanted[part];
}

/** What makes a field that nothing was found to change, where that was seen. */
export async function reasonFor(
  revision: Revision,
  match: Match,
  desired: DesiredField,
): Promise<Declined | null> {
  return match.root.kind === 'helm' ? helmReason(revision, match, desired, PARENTS) : null;
}

/** Behind what an alias brings, the anchor where it is written. */
function withAnchors(scalars: readonly SourceScalar[], { unmarked }: SiteMap): readonly SourceScalar[] {
  const anchors = scalars.flatMap(({ file, document, path }) =>
    (document === null ? [] : anchorsBehind(document, path)).flatMap((place) =>
      unmarked.filter(
        (one) =>
          one.file === file &&
          one.document === document &&
          printFieldPath(one.path) === printFieldPath(place),
      ),
    ),
  );
  return [...scalars, ...anchors.filter((one) => !scalars.includes(one))];
}

function together(one: Candidates, other: Candidates): Candidates {
  return {
    replacements: [...one.replacements, ...other.replacements],
    refusals: [...one.refusals, ...other.refusals],
  };
}

/** Ways to give a field its value by writing something that is not there yet, the likeliest first. */
export async function* candidateAdditions(
  revision: Revision,
  match: Match,
  desired: DesiredField,
): AsyncIterable<Replacement> {
  // What is to go is written somewhere; nothing is written over it.
  if (desired.after === null) return;
  if (match.root.kind !== 'helm') yield* additionsFor(revision, match, desired);
  else {
    yield* openTo(match.root, helmAdditions(revision, match, desired, PARENTS));
    yield* withVersions(revision, match, desired);
  }
}

/** What overrules everything else in the root, for where nothing else keeps the change to one object. */
export function lastCandidates(
  revision: Revision,
  match: Match,
  desired: DesiredField,
): Iterable<Replacement> {
  return match.root.kind === 'helm' || desired.after === null
    ? []
    : lastAdditionsFor(revision, match, desired);
}

async function* openTo(root: HelmRoot, additions: AsyncIterable<Replacement>): AsyncIterable<Replacement> {
  for await (const addition of additions)
    yield* openOnly(root, { replacements: [addition], refusals: [] }).replacements;
}

/** The candidates, with those in files that do not reach the cluster on their own turned into refusals. */
function openOnly(root: HelmRoot, { replacements, refusals }: Candidates): Candidates {
  const sealed = sealedFiles(root);
  if (sealed === null) return { replacements, refusals };
  const closed = replacements.filter(({ site }) => sealed.has(site.file));
  return {
    replacements: replacements.filter((one) => !closed.includes(one)),
    refusals: [...refusals, ...closed.map(({ site }) => isSealed(root, site))],
  };
}

/** Edits of a chart that Flux takes anew only with another version: with the next one, where nothing else does. */
async function* withVersions(
  revision: Revision,
  match: Match,
  desired: DesiredField,
): AsyncIterable<Replacement> {
  const { root } = match;
  const sealed = root.kind === 'helm' ? sealedFiles(root) : null;
  if (root.kind !== 'helm' || sealed === null) return;
  const versioned = (edit: Replacement): readonly Replacement[] => {
    const next = sealed.has(edit.site.file) ? withNextVersion(revision, root, edit) : null;
    return next ? [next] : [];
  };
  if (desired.field.value !== undefined)
    for (const edit of (await helmCandidates(revision, match, desired, PARENTS)).replacements)
      yield* versioned(edit);
  for await (const edit of helmAdditions(revision, match, desired, PARENTS)) yield* versioned(edit);
}

/** Where one value of a release is written. */
export async function valueCandidates(
  revision: Revision,
  root: HelmRoot,
  leaf: Leaf,
  value: Scalar,
): Promise<Candidates> {
  return openOnly(root, await helmValue(revision, root, leaf, value, PARENTS));
}

const PARENTS: ParentEdits = {
  replace: candidateSites,
  add: candidateAdditions,
  sources: async (revision, match, path) =>
    match.root.kind === 'helm'
      ? []
      : (await sitesOf(revision, match)).controlling(match.rendered.object, path),
};

/** The sites that a field has, without wanting to change it: each was seen in a render that had another value there. */
export async function sitesOfField(
  revision: Revision,
  match: Match,
  field: Field,
): Promise<readonly Replacement['site'][]> {
  const before = field.value as Scalar;
  const { origin } = match.rendered;
  if (origin) return siteIn(revision, origin, field.path);
  if (match.root.kind === 'helm') {
    const around = triedAlone(revision, match.root, before);
    const switches = typeof before === 'boolean' ? await controlling(revision, match, field, around) : [];
    return switches.length > 0 ? switches : helmSites(revision, match, field, PARENTS);
  }
  const sites = await sitesOf(revision, match);
  const marked = sites.controlling(match.rendered.object, field.path);
  const written = withAnchors(marked, sites).filter(
    ({ document, path }) => document === null || !isReachedByAlias(document, path),
  );
  return marked.length > 0
    ? (written.length > 0 ? written : marked).map((scalar) => siteOf(scalar))
    : controlling(revision, match, field, withAnchors(alone(sites, field, before), sites));
}

/** A manifest that renders as it is: where the value is written, of an alias at its anchor. */
function siteIn(revision: Revision, origin: Origin, fieldPath: ConcretePath): readonly Replacement['site'][] {
  const opened = openAt(revision, origin);
  if ('kind' in opened) return [];
  const { document } = opened;
  const path = [...origin.within, ...fieldPath];
  const [place = path] = anchorsBehind(document, path);
  const site = scalarAt(document, place);
  if ('code' in site) return [];
  const { line, column } = site;
  const { index } = document.range;
  return [{ file: origin.file, document: index, line, column, path: printFieldPath(place), kind: 'replace' }];
}

const SITE_MAPS = new WeakMap<Revision, Map<string, Promise<SiteMap>>>();

/** Marked once for each root of a revision and kind of objects, however many fields are asked for. */
function sitesOf(revision: Revision, { root, rendered }: Match): Promise<SiteMap> {
  if (root.kind === 'helm') throw new Error('a chart is marked otherwise');
  const maps = SITE_MAPS.get(revision) ?? new Map<string, Promise<SiteMap>>();
  SITE_MAPS.set(revision, maps);
  const { kind } = rendered.object;
  const key = `${kind} in ${root.id}`;
  const map = maps.get(key) ?? markedRender(revision, root, kind);
  maps.set(key, map);
  return map;
}
