import { innerDocument } from '../../edits/literal-block.ts';
import type { OpenDocument } from '../../edits/open-document.ts';
import { type ConcretePath, printFieldPath } from '../../kubernetes/field-path.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import { type KubernetesObject, refOf, sameObject } from '../../kubernetes/objects.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import type { Candidates, Replacement } from '../replacements.ts';
import { openAt, openValues } from '../documents.ts';
import type { SourceScalar } from '../source-scalars.ts';
import type { DesiredField } from '../desired-fields.ts';
import { inOrder } from './layer-order.ts';
import { MarkedChart } from './marked-chart.ts';
import { type Layer, layersOf } from './values.ts';

/** How fields of the object that declares a release are changed: as fields of any object are. */
export interface ParentEdits {
  readonly replace: (revision: Revision, match: Match, desired: DesiredField) => Promise<Candidates>;
  readonly add: (revision: Revision, match: Match, desired: DesiredField) => AsyncIterable<Replacement>;
  /** The scalars that one of its fields is made from. */
  readonly sources: (
    revision: Revision,
    match: Match,
    path: ConcretePath,
  ) => Promise<readonly SourceScalar[]>;
}

const CHARTS = new WeakMap<Revision, Map<string, MarkedChart>>();

export function chartOf(revision: Revision, root: HelmRoot): MarkedChart {
  const charts = CHARTS.get(revision) ?? new Map<string, MarkedChart>();
  CHARTS.set(revision, charts);
  const chart = charts.get(root.id) ?? new MarkedChart(revision, root);
  charts.set(root.id, chart);
  return chart;
}

export interface Release {
  readonly revision: Revision;
  readonly root: HelmRoot;
  readonly chart: MarkedChart;
  readonly parents: ParentEdits;
}

export function releaseOf(revision: Revision, { root }: Match, parents: ParentEdits): Release {
  if (root.kind !== 'helm') throw new Error(`${root.id} is not a chart`);
  return { revision, root, chart: chartOf(revision, root), parents };
}

/** The path in the declaring object that a layer's value stands at; null where it stands in another object. */
export function placeOf(layer: Layer, path: ConcretePath): ConcretePath | null {
  if (layer.kind === 'file' || layer.kind === 'package') return null;
  if (layer.kind === 'set') return layer.input.at;
  return layer.input.at && [...layer.input.at, ...path];
}

/** The object that a layer's values stand in, as the root that it is written in renders it: most often the one that declares the release. */
export async function holderOf({ revision, root }: Release, layer: Layer): Promise<Match | null> {
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
export async function blockOf(
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

export function inner(
  file: string,
  outer: OpenDocument,
  path: ConcretePath,
): { readonly file: string; readonly document: OpenDocument } | null {
  const document = innerDocument(outer, path, { language: 'helm-values' });
  return 'code' in document ? null : { file, document };
}

/** Layers that win over the one given. */
export function layersAbove({ revision, root }: Release, path: ConcretePath, layer: Layer): readonly Layer[] {
  const layers = layersOf(revision, root);
  const place = layers.findIndex((one) => JSON.stringify(one) === JSON.stringify(layer));
  return inOrder(revision, root, path, layers.slice(place + 1));
}

/** Layers that a value may be added to: the release's own, then the chart's. */
export function writable({ revision, root }: Release, path: ConcretePath): readonly Layer[] {
  const layers = layersOf(revision, root).filter(
    (layer) => layer.kind !== 'file' || layer.prefix.every((step, index) => path[index] === step),
  );
  return inOrder(revision, root, path, layers);
}
