import { decode } from '../../edits/edit.ts';
import { insertKey } from '../../edits/insert.ts';
import { innerDocument } from '../../edits/literal-block.ts';
import { isReachedByAlias, reach, scalarAt, valueOf, type OpenDocument } from '../../edits/open-document.ts';
import { replaceScalar } from '../../edits/replace-scalar.ts';
import { fieldOf, type Field } from '../../kubernetes/field.ts';
import { getAt, printFieldPath, type ConcretePath } from '../../kubernetes/field-path.ts';
import {
  isRecord,
  refOf,
  sameObject,
  type Json,
  type KubernetesObject,
  type Scalar,
} from '../../kubernetes/objects.ts';
import { helmValuesIn } from '../../renderers/helm-values.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { overrideFiles } from '../../sources/declarations/argo.ts';
import { anchorsBehind, isAnchored } from '../anchors.ts';
import { additionOf } from '../additions.ts';
import type { Candidates } from '../candidates.ts';
import { controls, otherThan } from '../controls.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { openAt, openValues } from '../documents.ts';
import { siteOf, type Replacement } from '../replacements.ts';
import type { SourceScalar } from '../source-scalars.ts';
import type { Wish } from '../wishes.ts';
import { calculated, linesFilling, valuesNamed } from './filled-in.ts';
import { imageValues } from './image-values.ts';
import { MarkedChart, seenInText, type Pass, type Sight } from './marked-chart.ts';
import { solutionsFor, valuesFor, type Solution } from './solve.ts';
import { behindExpression, intoTemplate, replaceLiteral } from './template-edits.ts';
import { inOrder } from './layer-order.ts';
import { valuesBeside } from './values-beside.ts';
import { inQuotes, textWith } from './value-in-text.ts';
import type { Literal } from './template-text.ts';
import { keyOf, layersOf, leavesOf, mapsOf, nodeAtPath, type Layer, type Leaf } from './values.ts';

/** How fields of the object that declares a release are changed: as fields of any object are. */
export interface ParentEdits {
  readonly replace: (revision: Revision, match: Match, wish: Wish) => Promise<Candidates>;
  readonly add: (revision: Revision, match: Match, wish: Wish) => AsyncIterable<Replacement>;
  /** The scalars that one of its fields is made from. */
  readonly sources: (
    revision: Revision,
    match: Match,
    path: ConcretePath,
  ) => Promise<readonly SourceScalar[]>;
}

const CHARTS = new WeakMap<Revision, Map<string, MarkedChart>>();

function chartOf(revision: Revision, root: HelmRoot): MarkedChart {
  const charts = CHARTS.get(revision) ?? new Map<string, MarkedChart>();
  CHARTS.set(revision, charts);
  const chart = charts.get(root.id) ?? new MarkedChart(revision, root);
  charts.set(root.id, chart);
  return chart;
}

/** Values tried because they look like the field, when no marker was seen in it. */
const MOST_TRIED_ALONE = 8;

interface Release {
  readonly revision: Revision;
  readonly root: HelmRoot;
  readonly chart: MarkedChart;
  readonly parents: ParentEdits;
}

function releaseOf(revision: Revision, { root }: Match, parents: ParentEdits): Release {
  if (root.kind !== 'helm') throw new Error(`${root.id} is no chart`);
  return { revision, root, chart: chartOf(revision, root), parents };
}

/** Where a chart's field that exists is set: in the values that win, or in the template. */
export async function helmCandidates(
  revision: Revision,
  match: Match,
  wish: Wish,
  parents: ParentEdits,
): Promise<Candidates> {
  const release = releaseOf(revision, match, parents);
  const found = await marked(release, match, wish);
  // A digest has a value of its own where the tag has one.
  const together = await replaceImageValues(release, match, wish);
  if (together) found.replacements.unshift(together);
  if (found.replacements.length === 0)
    for (const { leaf, value } of await valuesAlike(release.chart, match, wish))
      await replaceValue(release, leaf, value, found);
  if (found.replacements.length > 0) return found;
  const { archive } = match.rendered;
  if (archive !== undefined && found.refusals.length === 0)
    found.refusals.push(
      declined(
        'protected-file',
        `a template of the packaged chart ${archive} makes ${wish.field.text}, and none of its values was found to control it`,
        [archive],
      ),
    );
  for (const { site, expression } of await expressionsOf(release, match, wish)) {
    const place = `${site.file}:${site.line}`;
    found.refusals.push(declined('no-site', `${place} makes ${wish.field.text} with ${expression}`, [place]));
  }
  return found;
}

/** The line of a template that makes a field which no value could be changed for; null where none was seen to. */
export async function helmReason(
  revision: Revision,
  match: Match,
  wish: Wish,
  parents: ParentEdits,
): Promise<Declined | null> {
  const release = releaseOf(revision, match, parents);
  const [line] = await linesFilling(release.chart, match, wish.field.path);
  return line ? calculated(line, wish, await valuesBehind(release, match, wish.field, line)) : null;
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

/** What markers show that the field is made from. */
async function marked(release: Release, match: Match, wish: Wish): Promise<Found> {
  const found: Found = { replacements: [], refusals: [] };
  for (const pass of ['values', 'generated', 'literals', 'chosen'] as const) {
    // A value of the release may be one that a generator hands on: the two passes are one.
    if (found.replacements.length > 0 && pass !== 'generated') break;
    for (const { source, value } of await solutions(release.chart, pass, match, wish)) {
      if (source.kind === 'literal') take(found, replaceLiteral(source.literal, value));
      else if (source.kind === 'generated') takeGenerated(found, source.scalar, value);
      else if (source.kind === 'value' && source.leaf) await replaceValue(release, source.leaf, value, found);
    }
  }
  return found;
}

/** The tag and the digest of an image, each where it is written. */
async function replaceImageValues(
  release: Release,
  { rendered }: Match,
  { field, after }: Wish,
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
async function expressionsOf({ revision, chart }: Release, { rendered }: Match, { field }: Wish) {
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
  const wish = { field, after: field.value as Scalar };
  const found = await marked(release, match, wish);
  const isWritten = ({ cutsAlias }: Replacement): boolean => cutsAlias !== true;
  const sites = found.replacements.filter(isWritten).map(({ site }) => site);
  // What is made with an expression and of nothing that a generator says stands in the expression.
  const made = await expressionsOf(release, match, wish);
  const isGenerated = (await release.chart.sights('generated', match.rendered.object, field.path)).length > 0;
  const all = [...sites, ...(isGenerated ? [] : made.map(({ site }) => site))];
  if (all.length > 0) return all;
  for (const leaf of await lookalikes(release.chart, match, wish)) {
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
  for await (const { site } of ofChart(release, match, wish)) said.push(site);
  return said;
}

/** Where a chart's field could be set by something that is not written yet. */
export async function* helmAdditions(
  revision: Revision,
  match: Match,
  wish: Wish,
  parents: ParentEdits,
): AsyncIterable<Replacement> {
  const release = releaseOf(revision, match, parents);
  const { chart } = release;
  const exists = wish.field.value !== undefined;
  if (exists) {
    for (const { leaf, value } of await setValues(release, match, wish)) {
      // What must not be edited is not hidden either.
      const written: Found = { replacements: [], refusals: [] };
      await replaceValue(release, leaf, value, written);
      if (written.replacements.length === 0 && written.refusals.length > 0) continue;
      yield* addValue(release, leaf.path, value, layersAbove(release, leaf.path, leaf.layer));
      yield* overrule(release, leaf, value);
    }
    for (const { source, value } of await fallbacks(chart, match, wish)) {
      if (source.kind !== 'value') continue;
      const found: Found = { replacements: [], refusals: [] };
      if (source.leaf) await replaceValue(release, source.leaf, value, found);
      yield* found.replacements;
      yield* addValue(release, source.path, value, writable(release, source.path));
    }
    yield* ofChart(release, match, wish);
    yield* behindExpression(release, match, wish);
  } else {
    for (const path of await likelyPaths(chart, match, wish))
      yield* addValue(release, path, wish.after, writable(release, path));
    yield* addBeside(release, await chart.seenIn(match.rendered.object), wish.field.path, wish.after);
    yield* intoTemplate(release, match, wish);
  }
}

/** What the chart says of itself, where a template reads that and no value: `appVersion`. */
async function* ofChart({ chart }: Release, match: Match, wish: Wish): AsyncIterable<Replacement> {
  for (const { source, value } of await solutions(chart, 'appVersion', match, wish))
    if (source.kind === 'literal') yield* some(replaceLiteral(source.literal, value));
}

/** Values that make the field, or that look like it. */
async function setValues(
  { chart }: Release,
  match: Match,
  wish: Wish,
): Promise<readonly { readonly leaf: Leaf; readonly value: Scalar }[]> {
  for (const pass of ['values', 'chosen'] as const) {
    const found = (await solutions(chart, pass, match, wish)).flatMap(({ source, value }) =>
      source.kind === 'value' && source.leaf ? [{ leaf: source.leaf, value }] : [],
    );
    if (found.length > 0) return found;
  }
  return valuesAlike(chart, match, wish);
}

/** What a base says of a release, an overlay can say otherwise. */
async function* overrule(release: Release, { path, layer }: Leaf, value: Scalar): AsyncIterable<Replacement> {
  const at = placeOf(layer, path);
  const parent = at && (await holderOf(release, layer));
  if (!at || !parent || (await blockOf(release, parent, layer))) return;
  const field = fieldOf(parent.rendered.object, printFieldPath(at));
  const after = layer.kind === 'set' ? String(value) : value;
  if (field && field.value !== undefined)
    yield* release.parents.add(release.revision, parent, { field, after });
}

interface Found {
  readonly replacements: Replacement[];
  readonly refusals: Declined[];
}

function take(found: Found, replacement: Replacement | Declined | null): void {
  if (replacement === null) return;
  if ('edits' in replacement) found.replacements.push(replacement);
  else found.refusals.push(replacement);
}

function some(replacement: Replacement | Declined | null): readonly Replacement[] {
  return replacement && 'edits' in replacement ? [replacement] : [];
}

async function solutions(
  chart: MarkedChart,
  pass: Pass,
  { rendered }: Match,
  wish: Wish,
): Promise<readonly Solution[]> {
  const sights = await chart.sights(pass, rendered.object, wish.field.path);
  return sights.flatMap((sight) => solutionsFor(sight, wish.field.value, wish.after));
}

/** Values that are empty or not set, and in place of which something else counts: the chart's appVersion, a global registry. */
async function fallbacks(chart: MarkedChart, match: Match, wish: Wish): Promise<readonly Solution[]> {
  const found = await solutions(chart, 'empty', match, wish);
  if (found.length > 0) return found;
  const alone = await chart.emptyAlone(match.rendered.object, wish.field.path);
  return alone.flatMap((sight) => solutionsFor(sight, wish.field.value, wish.after));
}

/** Booleans, and what could not be marked: values equal to the field's that its line in a template names, then those with its key. */
async function lookalikes(chart: MarkedChart, match: Match, { field }: Wish): Promise<readonly Leaf[]> {
  const [key, parent] = [field.path.at(-1), field.path.at(-2)];
  const alike = [...leavesOf(chart.values)].filter(
    ({ value }) => value !== null && value !== '' && String(value) === String(field.value),
  );
  if (alike.length === 0) return [];
  const lines = await linesFilling(chart, match, field.path);
  const named = new Set(lines.flatMap((line) => chart.namedIn(line)).map(keyOf));
  return [
    ...alike.filter(({ path }) => named.has(keyOf(path))),
    ...alike
      .filter(({ path }) => !named.has(keyOf(path)))
      .filter(({ path }) => path.at(-1) === key || path.at(-1) === parent || key === 'value'),
  ].slice(0, MOST_TRIED_ALONE);
}

/** What each of these would have to be. */
async function valuesAlike(
  chart: MarkedChart,
  match: Match,
  wish: Wish,
): Promise<readonly { readonly leaf: Leaf; readonly value: Scalar }[]> {
  const { field, after } = wish;
  return (await lookalikes(chart, match, wish)).flatMap((leaf) =>
    valuesFor(leaf.value, String(after), after, field.value).map((value) => ({ leaf, value })),
  );
}

async function replaceValue(
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
async function* sightsOfText(
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

function valuesIn(text: unknown): Json | null {
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

function takeGenerated(found: Found, { file, document, path }: SourceScalar, value: Scalar): void {
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

/** The path in the declaring object that a layer's value stands at; null where it stands in another object. */
function placeOf(layer: Layer, path: ConcretePath): ConcretePath | null {
  if (layer.kind === 'file' || layer.kind === 'package') return null;
  if (layer.kind === 'set') return layer.input.at;
  return layer.input.at && [...layer.input.at, ...path];
}

/** The object that a layer's values stand in, as the root that it is written in renders it: most often the one that declares the release. */
async function holderOf({ revision, root }: Release, layer: Layer): Promise<Match | null> {
  const { declared } = root;
  if (!declared?.parent || layer.kind === 'file' || layer.kind === 'package') return null;
  const wanted = layer.input.of ?? declared.object;
  const rendering = await revision.render(declared.parent);
  if (rendering.kind === 'failed') return null;
  const isWanted = ({ object }: { readonly object: KubernetesObject }): boolean =>
    sameObject(refOf(object), wanted);
  const rendered = rendering.objects.find(isWanted);
  if (rendered) return { root: declared.parent, rendered };
  const written = declared.inputFiles.flatMap((file) => revision.manifests(file).objects).find(isWanted);
  return written ? { root: declared.parent, rendered: { ...written, text: '' } } : null;
}

/** `helm.values: |`, or a ConfigMap's `values.yaml: |`: values that a manifest has as a text, or that a generator reads from a file. */
async function blockOf(
  { revision, parents }: Release,
  match: Match,
  layer: Layer,
): Promise<{ readonly file: string; readonly document: OpenDocument } | null> {
  const { origin, object } = match.rendered;
  const at = layer.kind === 'inline' ? layer.input.at : null;
  const text = at && fieldOf(object, printFieldPath(at))?.value;
  if (!at || typeof text !== 'string') return null;
  if (origin) return within(revision, origin, [...origin.within, ...at]);
  for (const { file, role, document, path } of await parents.sources(revision, match, at)) {
    const outer = document ?? null;
    const found =
      role === 'content' ? within(revision, { file, document: 0 }, null) : outer && inner(file, outer, path);
    if (found) return found;
  }
  return null;
}

function within(
  revision: Revision,
  origin: { readonly file: string; readonly document: number },
  path: ConcretePath | null,
): { readonly file: string; readonly document: OpenDocument } | null {
  const opened = path ? openAt(revision, origin) : openValues(revision, origin.file);
  if ('kind' in opened) return null;
  return path ? inner(origin.file, opened.document, path) : { file: origin.file, document: opened.document };
}

function inner(
  file: string,
  outer: OpenDocument,
  path: ConcretePath,
): { readonly file: string; readonly document: OpenDocument } | null {
  const document = innerDocument(outer, path, { language: 'helm-values' });
  return 'code' in document ? null : { file, document };
}

/** Layers that win over the one given. */
function layersAbove({ revision, root }: Release, path: ConcretePath, layer: Layer): readonly Layer[] {
  const layers = layersOf(revision, root);
  const place = layers.findIndex((one) => JSON.stringify(one) === JSON.stringify(layer));
  return inOrder(revision, root, path, layers.slice(place + 1));
}

/** Layers that a value may be added to: the release's own, then the chart's. */
function writable({ revision, root }: Release, path: ConcretePath): readonly Layer[] {
  const layers = layersOf(revision, root).filter(
    (layer) => layer.kind !== 'file' || layer.prefix.every((step, index) => path[index] === step),
  );
  return inOrder(revision, root, path, layers);
}

async function* addValue(
  release: Release,
  path: ConcretePath,
  value: Scalar,
  layers: readonly Layer[],
): AsyncIterable<Replacement> {
  if (path.some((step) => typeof step === 'number')) return;
  yield* addIn(release, path, value, layers);
}

/** To a mapping that a template writes out as it is. */
async function* addBeside(
  release: Release,
  seen: Parameters<typeof valuesBeside>[0],
  field: ConcretePath,
  value: Scalar,
): AsyncIterable<Replacement> {
  for (const { path, layer } of valuesBeside(seen, field)) {
    const isInList = path.some((step) => typeof step === 'number');
    yield* addIn(release, path, value, isInList ? [layer] : writable(release, path));
  }
}

async function* addIn(
  release: Release,
  path: ConcretePath,
  value: Scalar,
  layers: readonly Layer[],
): AsyncIterable<Replacement> {
  for (const layer of layers) {
    if (layer.kind === 'file') {
      const opened = openValues(release.revision, layer.file);
      if (!('kind' in opened))
        yield* some(insertIn(layer.file, opened.document, path.slice(layer.prefix.length), value));
      continue;
    }
    const at = layer.kind === 'inline' ? placeOf(layer, path) : null;
    const parent = at && (await holderOf(release, layer));
    if (!at || !parent) continue;
    const block = await blockOf(release, parent, layer);
    if (block) {
      yield* some(insertIn(block.file, block.document, path, value));
      continue;
    }
    if (layer.kind === 'inline' && layer.input.at && parent.root.kind === 'helm')
      yield* addInText(release, parent, layer.input.at, path, value);
    const field = fieldOf(parent.rendered.object, printFieldPath(at));
    if (field && field.value === undefined)
      yield* release.parents.add(release.revision, parent, { field, after: value });
  }
}

/** A chart writes the values of another release as a text, and a mapping of its own values into it. */
async function* addInText(
  { revision, parents }: Release,
  parent: Match,
  at: ConcretePath,
  path: ConcretePath,
  value: Scalar,
): AsyncIterable<Replacement> {
  const { object } = parent.rendered;
  const before = valuesIn(fieldOf(object, printFieldPath(at))?.value);
  if (before === null) return;
  const outer = releaseOf(revision, parent, parents);
  for await (const { marked: text, sources } of sightsOfText(outer, object, at)) {
    const marked = valuesIn(text);
    if (marked !== null) yield* addBeside(outer, seenInText({ marked, sources }, before), path, value);
  }
}

function insertIn(
  file: string,
  document: OpenDocument,
  path: ConcretePath,
  value: Scalar,
): Replacement | null {
  const known = reach(document, path);
  if (known && valueOf(known.node) !== null) return null;
  // As deep as the file goes already; from there on, everything is new.
  let depth = path.length - 1;
  while (depth > 0 && !holdsEntries(document, path.slice(0, depth))) depth -= 1;
  const inner = path.slice(depth + 1).reduceRight<Json>((below, step) => ({ [String(step)]: below }), value);
  const result = insertKey(document, path.slice(0, depth), String(path[depth]), inner);
  return result.kind === 'edited' ? additionOf(file, document, result.after, printFieldPath(path)) : null;
}

function holdsEntries(document: OpenDocument, path: ConcretePath): boolean {
  const node = reach(document, path)?.node;
  if (!node) return false;
  const value = valueOf(node);
  return value === null || isRecord(value);
}

/**
 * Values that could hold a field which is not there: those with a key of its path, the closest relatives of what the same
 * container is made from first. `resources: {}` beside `image:` is where `resources.limits.memory` goes.
 */
async function likelyPaths(
  chart: MarkedChart,
  { rendered }: Match,
  { field }: Wish,
): Promise<readonly ConcretePath[]> {
  const list = field.path.findLastIndex((step) => typeof step === 'number');
  const container = field.path.slice(0, list + 1);
  const related = await chart.valuesBelow(rendered.object, container);
  const known = [...mapsOf(chart.values)].map(({ path }) => path);
  const keys = field.path
    .slice(list + 1)
    .map(String)
    .filter((key) => chart.references.named.has(key));
  // `services.cart` beside its image, where a template goes over all services.
  const beside = related.flatMap((path) =>
    path.slice(1).flatMap((_, index) => keys.map((key) => [...path.slice(0, index + 1), key])),
  );
  const all = new Map(
    [...known, ...beside, ...chart.references.collected, ...chart.references.printed].map((path) => [
      JSON.stringify(path),
      path,
    ]),
  );
  const scored = [...all.values()].flatMap((path) => {
    const at = stepNamedBy(String(path.at(-1)), field.path, list + 1);
    if (at < 0 || path.some((step) => typeof step === 'number')) return [];
    const whole = [...path, ...field.path.slice(at + 1)];
    const node = nodeAtPath(chart.values, whole);
    if (node && !(node.kind === 'scalar' && node.value === null)) return [];
    return [
      {
        whole,
        kinship: Math.max(0, ...related.map((other) => inCommon(path, other))),
        distance: path.length,
        isNamed: path.at(-1) === field.path[at],
      },
    ];
  });
  return scored
    .sort((a, b) => b.kinship - a.kinship || Number(b.isNamed) - Number(a.isNamed) || a.distance - b.distance)
    .map(({ whole }) => whole)
    .filter(
      (path, index, paths) =>
        paths.findIndex((one) => JSON.stringify(one) === JSON.stringify(path)) === index,
    )
    .slice(0, MOST_TRIED_ALONE);
}

/** The step of a field that a key is called after: `resources`, or `initResources` for those of another container. */
function stepNamedBy(key: string, path: ConcretePath, from: number): number {
  const exact = path.indexOf(key, from);
  const isPartOf = (step: ConcretePath[number]): boolean =>
    typeof step === 'string' && key.endsWith(`${step.slice(0, 1).toUpperCase()}${step.slice(1)}`);
  return exact >= 0 ? exact : path.findIndex((step, index) => index >= from && isPartOf(step));
}

function inCommon(a: ConcretePath, b: ConcretePath): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}
