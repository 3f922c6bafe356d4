import { decode } from '../../edits/edit.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Field } from '../../kubernetes/field.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { type Declined, declined } from '../../model/declined.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { type Candidates, type Replacement, siteOf } from '../replacements.ts';
import { controls, otherThan } from '../controls.ts';
import type { DesiredField } from '../desired-fields.ts';
import { calculated, linesFilling, valuesNamed } from './filled-in.ts';
import type { Found } from './found.ts';
import { imageValues } from './image-values.ts';
import { lookalikes, MOST_TRIED_ALONE, valuesAlike } from './lookalikes.ts';
import { chartOf, type ParentEdits, type Release, releaseOf } from './release.ts';
import { marked, ofChart, replaceValue, takeGenerated } from './replace-value.ts';
import { solutionsFor } from './solve.ts';
import type { Literal } from './template-text.ts';
import type { Leaf } from './values.ts';

/** Where a chart's field that exists is set: in the values that win, or in the template. */
export async function helmCandidates(
  revision: Revision,
  match: Match,
  desired: DesiredField,
  parents: ParentEdits,
): Promise<Candidates> {
  const release = releaseOf(revision, match, parents);
  const found = await marked(release, match, desired);
  // A digest has a value of its own where the tag has one.
  const together = await replaceImageValues(release, match, desired);
  if (together) found.replacements.unshift(together);
  if (found.replacements.length === 0)
    for (const { leaf, value } of await valuesAlike(release.chart, match, desired))
      await replaceValue(release, leaf, value, found);
  if (found.replacements.length > 0) return found;
  const { archive } = match.rendered;
  if (archive !== undefined && found.refusals.length === 0)
    found.refusals.push(
      declined(
        'protected-file',
        `a template of the packaged chart ${archive} makes ${desired.field.text}, and none of its values was found to control it`,
        [archive],
      ),
    );
  for (const { site, expression } of await expressionsOf(release, match, desired)) {
    const place = `${site.file}:${site.line}`;
    found.refusals.push(
      declined('no-site', `${place} makes ${desired.field.text} with ${expression}`, [place]),
    );
  }
  return found;
}

/** The line of a template that makes a field which no value could be changed for; null where none was seen to. */
export async function helmReason(
  revision: Revision,
  match: Match,
  desired: DesiredField,
  parents: ParentEdits,
): Promise<Declined | null> {
  const release = releaseOf(revision, match, parents);
  const [line] = await linesFilling(release.chart, match, desired.field.path);
  return line ? calculated(line, desired, await valuesBehind(release, match, desired.field, line)) : null;
}

/** Of the values that an expression names, those with which the field changes, and where they are written. */
async function valuesBehind(
  release: Release,
  match: Match,
  field: Field,
  line: Literal,
): Promise<
  readonly { readonly path: ConcretePath; readonly place: string; readonly site: Replacement['site'] }[]
> {
  const behind: { path: ConcretePath; place: string; site: Replacement['site'] }[] = [];
  for (const leaf of valuesNamed(release.chart, line).slice(0, MOST_TRIED_ALONE)) {
    const tried: Found = { replacements: [], refusals: [] };
    await replaceValue(release, leaf, otherThan(leaf.value), tried);
    const first = tried.replacements.find(({ cutsAlias }) => cutsAlias !== true);
    if (first && (await controls(release.revision, match, field, first)) === true)
      behind.push({ path: leaf.path, place: `${first.site.file}:${first.site.line}`, site: first.site });
  }
  return behind;
}

/** The tag and the digest of an image, each where it is written. */
async function replaceImageValues(
  release: Release,
  { rendered }: Match,
  { field, after }: DesiredField,
): Promise<Replacement | null> {
  const sights = await release.chart.sights('values', rendered.object, field.path);
  const shown = sights
    .flatMap(({ sources }) => [...sources.values()])
    .flatMap((source) => (source.kind === 'value' && source.leaf ? [source.leaf] : []));
  const parts: Replacement[] = [];
  for (const { leaf, value } of imageValues(release.chart.values, shown, field.value, after)) {
    const part: Found = { replacements: [], refusals: [] };
    await replaceValue(release, leaf, value, part);
    // The last is the anchor, where there is one.
    const own = part.replacements.at(-1);
    if (!own) return null;
    parts.push(own);
  }
  const [first] = parts;
  if (!first) return null;
  return {
    ...first,
    edits: parts.flatMap(({ edits }) => edits),
    isAnchor: parts.some(({ isAnchor }) => isAnchor === true),
  };
}

/** Texts of an ApplicationSet's template that the field is made with. */
async function expressionsOf({ revision, chart }: Release, { rendered }: Match, { field }: DesiredField) {
  const sights = await chart.sights('template', rendered.object, field.path);
  return sights
    .flatMap(({ sources }) => [...sources.values()])
    .flatMap((source) => (source.kind === 'template' ? [source.scalar] : []))
    .map((scalar) => {
      const text = decode(revision.tree.read(scalar.file)!)!;
      return { site: siteOf(scalar), expression: text.slice(scalar.start, scalar.end) };
    });
}

/** Where one value of a release is written, whether or not its chart renders. */
export async function helmValue(
  revision: Revision,
  root: HelmRoot,
  leaf: Leaf,
  value: Scalar,
  parents: ParentEdits,
): Promise<Candidates> {
  const found: Found = { replacements: [], refusals: [] };
  const release = { revision, root, chart: chartOf(revision, root), parents };
  await replaceValue(release, leaf, value, found);
  if (found.replacements.length === 0)
    for (const sight of await release.chart.sightsOfValue(leaf.path))
      for (const { source, value: said } of solutionsFor(sight, leaf.value, value))
        if (source.kind === 'generated') takeGenerated(found, source.scalar, said);
  return found;
}

/** The sites of a chart's field, without wanting to change it: of a value that an alias brings, its anchor. */
export async function helmSites(
  revision: Revision,
  match: Match,
  field: Field,
  parents: ParentEdits,
): Promise<readonly Replacement['site'][]> {
  const release = releaseOf(revision, match, parents);
  const desired = { field, after: field.value as Scalar };
  const found = await marked(release, match, desired);
  const isWritten = ({ cutsAlias }: Replacement): boolean => cutsAlias !== true;
  const sites = found.replacements.filter(isWritten).map(({ site }) => site);
  // What is made with an expression and of nothing that a generator says stands in the expression.
  const made = await expressionsOf(release, match, desired);
  const isGenerated = (await release.chart.sights('generated', match.rendered.object, field.path)).length > 0;
  const all = [...sites, ...(isGenerated ? [] : made.map(({ site }) => site))];
  if (all.length > 0) return all;
  for (const leaf of await lookalikes(release.chart, match, desired)) {
    const tried: Found = { replacements: [], refusals: [] };
    await replaceValue(release, leaf, otherThan(leaf.value), tried);
    for (const replacement of tried.replacements.filter(isWritten))
      if ((await controls(revision, match, field, replacement)) === true) return [replacement.site];
  }
  for (const line of await linesFilling(release.chart, match, field.path)) {
    const behind = await valuesBehind(release, match, field, line);
    if (behind.length > 0) return behind.map(({ site }) => site);
  }
  const said: Replacement['site'][] = [];
  for await (const { site } of ofChart(release, match, desired)) said.push(site);
  return said;
}
