import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Json } from '../../kubernetes/objects.ts';
import { openChartArchive, type ChartArchive } from '../../renderers/chart-archive.ts';
import { helmValuesOf } from '../../renderers/helm-values.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';

/** One chart that renders from a package: vendored as an archive, or published and pulled. */
export interface PackagedChart {
  /** Where its values stand in those of the installed chart. */
  readonly prefix: ConcretePath;
  readonly values: Readonly<Record<string, Json>>;
  readonly templates: readonly string[];
}

/** Packages in packages are looked into so deep. */
const DEEPEST = 4;

const KNOWN = new WeakMap<HelmRoot, readonly PackagedChart[]>();

/** What a chart renders from that is no file of the repository. A published chart is known once it was rendered. */
export function packagesOf(revision: Revision, root: HelmRoot): readonly PackagedChart[] {
  const packages = KNOWN.get(root) ?? read(revision, root);
  KNOWN.set(root, packages);
  return packages;
}

function read(revision: Revision, { closure }: HelmRoot): readonly PackagedChart[] {
  const vendored = closure.archives.flatMap(({ file, prefix }) => {
    const bytes = revision.tree.read(file);
    return bytes ? [{ bytes, prefix }] : [];
  });
  const published = closure.remote.flatMap((chart) => {
    const bytes = revision.pulledChart(chart);
    return bytes ? chart.prefixes.map((prefix) => ({ bytes, prefix })) : [];
  });
  return [...vendored, ...published].flatMap(({ bytes, prefix }) => {
    const archive = openChartArchive(bytes);
    return archive ? chartsIn(archive, prefix, DEEPEST) : [];
  });
}

function chartsIn(
  { tree, closure }: ChartArchive,
  outer: ConcretePath,
  depth: number,
): readonly PackagedChart[] {
  const own = closure.parts.map(({ folder, prefix }): PackagedChart => {
    const file = `${folder}/values.yaml`;
    const content = closure.files.has(file) ? tree.read(file) : undefined;
    const values = content && helmValuesOf(content);
    const templates = [...closure.files]
      .filter(([path, role]) => role === 'template' && path.startsWith(`${folder}/templates/`))
      .map(([path]) => String(tree.read(path) ?? ''));
    return {
      prefix: [...outer, ...prefix],
      values: values?.kind === 'values' ? values.values : {},
      templates,
    };
  });
  const inner = closure.archives.flatMap(({ file, prefix }) => {
    const bytes = tree.read(file);
    const archive = bytes && depth > 0 ? openChartArchive(bytes) : null;
    return archive ? chartsIn(archive, [...outer, ...prefix], depth - 1) : [];
  });
  return [...own, ...inner];
}
