import { isReachedByAlias } from '../../edits/reach.ts';
import type { OpenDocument } from '../../edits/open-document.ts';
import { scalarAt } from '../../edits/scalars.ts';
import { replaceScalar } from '../../edits/replace-scalar.ts';
import { type ConcretePath, getAt, printFieldPath } from '../../kubernetes/field-path.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import type { Json, KubernetesObject, Scalar } from '../../kubernetes/objects.ts';
import { type Declined, declined } from '../../model/declined.ts';
import { helmValuesIn } from '../../renderers/helm-values.ts';
import { overrideFiles } from '../../sources/declarations/argo.ts';
import type { Match } from '../../sources/find.ts';
import { additionOf } from '../addition.ts';
import { anchorsBehind, isAnchored } from '../anchors.ts';
import { openValues } from '../documents.ts';
import type { Replacement } from '../replacements.ts';
import type { SourceScalar } from '../source-scalars.ts';
import type { DesiredField } from '../desired-fields.ts';
import { type Found, some, take } from './found.ts';
import { MarkedChart } from './marked-chart.ts';
import type { Pass } from './chart-sources.ts';
import type { Sight } from './chart-markers.ts';
import { blockOf, holderOf, placeOf, type Release, releaseOf } from './release.ts';
import { type Solution, solutionsFor } from './solve.ts';
import { replaceLiteral } from './template-edits.ts';
import { inQuotes, textWith } from './value-in-text.ts';
import type { Layer, Leaf } from './values.ts';

/** What markers show that the field is made from. */
export async function marked(release: Release, match: Match, desired: DesiredField): Promise<Found> {
  const found: Found = { replacements: [], refusals: [] };
  for (const pass of ['values', 'generated', 'literals', 'chosen'] as const) {
    // A value of the release may be one that a generator hands on: the two passes are one.
    if (found.replacements.length > 0 && pass !== 'generated') break;
    for (const { source, value } of await solutions(release.chart, pass, match, desired)) {
      if (source.kind === 'literal') take(found, replaceLiteral(source.literal, value));
      else if (source.kind === 'generated') takeGenerated(found, source.scalar, value);
      else if (source.kind === 'value' && source.leaf) await replaceValue(release, source.leaf, value, found);
    }
  }
  return found;
}

/** What the chart says of itself, where a template reads that and no value: `appVersion`. */
export async function* ofChart(
  { chart }: Release,
  match: Match,
  desired: DesiredField,
): AsyncIterable<Replacement> {
  for (const { source, value } of await solutions(chart, 'appVersion', match, desired))
    if (source.kind === 'literal') yield* some(replaceLiteral(source.literal, value));
}

export async function solutions(
  chart: MarkedChart,
  pass: Pass,
  { rendered }: Match,
  desired: DesiredField,
): Promise<readonly Solution[]> {
  const sights = await chart.sights(pass, rendered.object, desired.field.path);
  return sights.flatMap((sight) => solutionsFor(sight, desired.field.value, desired.after));
}

export async function replaceValue(
  release: Release,
  { path, layer }: Leaf,
  value: Scalar,
  found: Found,
): Promise<void> {
  const { revision } = release;
  if (layer.kind === 'file') {
    const opened = openValues(revision, layer.file);
    if ('kind' in opened) return take(found, opened);
    return takeWritten(found, layer.file, opened.document, path.slice(layer.prefix.length), value);
  }
  const at = placeOf(layer, path);
  const parent = at && (await holderOf(release, layer));
  if (!at) return take(found, overriddenBy(release, path) ?? notWritten(release, path, layer));
  if (!parent) return;
  const block = await blockOf(release, parent, layer);
  if (block) return takeWritten(found, block.file, block.document, path, value);
  if (layer.kind === 'inline' && layer.input.at && parent.root.kind === 'helm')
    await replaceInText(release, parent, layer.input.at, path, value, found);
  else if (layer.kind === 'inline' && layer.input.at)
    await replaceInQuotes(release, parent, layer.input.at, path, value, found);
  const field = fieldOf(parent.rendered.object, printFieldPath(at));
  // What `--set` says is text in the object that declares it.
  const after = layer.kind === 'set' ? String(value) : value;
  if (!field || field.value === undefined) return;
  const { replacements, refusals } = await release.parents.replace(revision, parent, { field, after });
  found.replacements.push(...replacements);
  found.refusals.push(...refusals);
}

/** A chart writes the values of another release as a text: the value in that text is made from one of its own. */
async function replaceInText(
  { revision, parents }: Release,
  parent: Match,
  at: ConcretePath,
  path: ConcretePath,
  value: Scalar,
  found: Found,
): Promise<void> {
  const { object } = parent.rendered;
  const before = scalarIn(fieldOf(object, printFieldPath(at))?.value, path);
  if (before === undefined) return;
  const outer = releaseOf(revision, parent, parents);
  for await (const { marked: text, sources } of sightsOfText(outer, object, at)) {
    const inText = scalarIn(text, path);
    if (inText === undefined || inText === null) continue;
    for (const solution of solutionsFor({ marked: inText, sources }, before, value))
      if (solution.source.kind === 'value' && solution.source.leaf)
        await replaceValue(outer, solution.source.leaf, solution.value, found);
  }
}

/** How a text of values looks that a chart writes into the object of another release. */
export async function* sightsOfText(
  { chart }: Release,
  object: KubernetesObject,
  at: ConcretePath,
): AsyncIterable<Sight> {
  for (const pass of ['values', 'chosen'] as const) yield* await chart.sights(pass, object, at);
}

/** `values: "image: {tag: 1.4.2}"`: one value within a text in quotes. */
async function replaceInQuotes(
  { revision, parents }: Release,
  parent: Match,
  at: ConcretePath,
  path: ConcretePath,
  value: Scalar,
  found: Found,
): Promise<void> {
  const field = fieldOf(parent.rendered.object, printFieldPath(at));
  const text = field?.value;
  const before = scalarIn(text, path);
  if (!field || typeof text !== 'string' || before === undefined) return;
  const after = textWith(text, path, value);
  const { replacements, refusals } = await parents.replace(revision, parent, { field, after: after ?? text });
  found.refusals.push(...refusals);
  for (const one of replacements)
    take(found, after === null ? unreadText(one.site, path) : inQuotes(revision, one, before, value));
}

function unreadText({ file, line }: Replacement['site'], path: ConcretePath): Declined {
  const reason = `${file}:${line} has ${printFieldPath(path)} in a text that no single value of is edited`;
  return declined('unsupported-value', reason, [`${file}:${line}`]);
}

export function valuesIn(text: unknown): Json | null {
  const read = typeof text === 'string' ? helmValuesIn(text) : null;
  return read?.kind === 'values' ? read.values : null;
}

/** The single value at a path of values that are written as a text. */
function scalarIn(text: unknown, path: ConcretePath): Scalar | undefined {
  const value = getAt(valuesIn(text), path);
  return typeof value === 'object' && value !== null ? undefined : (value as Scalar | undefined);
}

/** A value that stands in no file of values and in no object. */
function notWritten({ root }: Release, path: ConcretePath, layer: Layer): Declined | null {
  if (layer.kind !== 'set') return null;
  const { file, value } = layer.input;
  if (file !== undefined)
    return declined('no-site', `${printFieldPath(path)} of the values is the whole text of ${file}`, [
      `${file}:1`,
    ]);
  return root.isMapped === true
    ? declined(
        'no-site',
        `${printFieldPath(path)} of the values is ${String(value)} in the configuration (clusters.….sources[].helm.set), as whoever installs the chart sets it`,
        [root.id],
      )
    : null;
}

/** What the declaring object does not say itself, a file that Argo CD Image Updater writes may say for it. */
function overriddenBy({ revision, root }: Release, path: ConcretePath): Declined | null {
  const [file] = root.declared ? overrideFiles(revision.tree, root.declared.plan).toReversed() : [];
  if (file === undefined) return null;
  const reason = `${printFieldPath(path)} of the values is set in ${file}, which Argo CD Image Updater writes`;
  return declined('other-writer', reason, [file]);
}

export function takeGenerated(found: Found, { file, document, path }: SourceScalar, value: Scalar): void {
  if (document) takeWritten(found, file, document, path, value);
}

/** Where the value is written; and where an alias or a merge key brings it, the anchor behind it. */
function takeWritten(
  found: Found,
  file: string,
  document: OpenDocument,
  path: ConcretePath,
  value: Scalar,
): void {
  for (const place of [path, ...anchorsBehind(document, path)])
    take(found, replaceIn(file, document, place, value));
}

function replaceIn(
  file: string,
  document: OpenDocument,
  path: ConcretePath,
  value: Scalar,
): Replacement | Declined {
  const site = scalarAt(document, path);
  const result = replaceScalar(document, path, value);
  if ('code' in site || result.kind !== 'edited') {
    const problem = 'code' in site ? site : (result as Extract<typeof result, { code: unknown }>);
    const place = problem.line === null ? file : `${file}:${problem.line}`;
    const code = problem.code === 'parsers-disagree' ? 'parsers-disagree' : 'unsupported-value';
    return declined(code, `${place}: ${problem.message}`, [place]);
  }
  // What a merge key brings in is overridden beside it.
  const cutsAlias = isReachedByAlias(document, path);
  if (site.through === 'merge')
    return { ...additionOf(file, document, result.after, printFieldPath(path)), cutsAlias };
  return {
    edits: [{ file, ...result.edit }],
    site: siteIn(file, document, site, path),
    cutsAlias,
    isAnchor: isAnchored(document, path),
  };
}

function siteIn(
  file: string,
  document: OpenDocument,
  { line, column }: { readonly line: number; readonly column: number },
  path: ConcretePath,
): Replacement['site'] {
  const outer = document.host;
  const printed = outer ? `${printFieldPath(outer.path)} > ${printFieldPath(path)}` : printFieldPath(path);
  const index = (outer?.document ?? document).range.index;
  return { file, document: index, line, column, path: printed, kind: 'replace' };
}
