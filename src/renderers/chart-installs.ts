import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import type { Tree } from '../tree/tree.ts';
import type { ChartStep } from './chart-steps.ts';
import { mergedValues } from './chart-values.ts';
import type { HelmCall, HelmValues } from './helm-sandbox.ts';
import type { HelmRenderer } from './helm.ts';
import { isAliasBomb } from './manifests.ts';
import { valuesProblem } from './kustomize-contents.ts';
import type { RenderFailure } from './rendering.ts';

/** The cluster that charts of a kustomization are rendered for. */
export interface InflatedFor {
  readonly versions: ClusterVersions;
  /** `--helm-kube-version` and `--helm-api-versions` of Kustomize: what an Application says of its kustomization. */
  readonly told: ClusterVersions;
}

/**
 * What the charts of a step render to, in order, with the arguments and values that Kustomize would give helm. `root` is what the
 * rendering is called.
 */
export async function printedBy(
  helm: HelmRenderer,
  tree: Tree,
  root: string,
  { charts }: ChartStep,
  cluster: InflatedFor,
): Promise<readonly string[] | RenderFailure> {
  const texts: string[] = [];
  for (const chart of charts) {
    const { entry, closure, namespace } = chart;
    const values = valuesOf(tree, chart);
    const fail = (message: string): RenderFailure => ({ kind: 'failed', root, code: 'error', message });
    if (typeof values === 'string') return fail(values);
    const { includeCRDs, skipHooks, skipTests } = entry;
    // What Kustomize is told on its command line wins over what the entry says.
    const kubeVersion = cluster.told.kubernetes ?? entry.kubeVersion;
    const apiVersions = cluster.told.api.length > 0 ? cluster.told.api : entry.apiVersions;
    const call: HelmCall = {
      id: root,
      closure,
      release: { name: entry.release, namespace },
      values,
      flags: { includeCRDs, skipHooks, skipTests, kubeVersion, apiVersions },
      cluster: cluster.versions,
    };
    const text = await helm.renderText(tree, call);
    if (text.kind === 'failed') return text;
    if (isAliasBomb(text.printed)) return fail(`${closure.root}: its aliases expand to millions of nodes`);
    texts.push(text.printed);
  }
  return texts;
}

/** Lowest precedence first; a text says why they cannot be known. */
function valuesOf(tree: Tree, chart: ChartStep['charts'][number]): readonly HelmValues[] | string {
  const { entry, valuesFile, additional } = chart;
  const more = additional.map((path): HelmValues => ({ kind: 'file', path }));
  if (Object.keys(entry.valuesInline).length === 0) return [{ kind: 'file', path: valuesFile }, ...more];
  if (entry.valuesMerge === 'replace') return [{ kind: 'inline', values: entry.valuesInline }, ...more];
  const content = tree.read(valuesFile);
  if (content === undefined) return `${valuesFile} cannot be read`;
  const problem = valuesProblem(content);
  if (problem) return `${valuesFile}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`;
  const merged = mergedValues(content, entry.valuesInline, entry.valuesMerge);
  return merged.kind === 'merged'
    ? [{ kind: 'inline', values: merged.values }, ...more]
    : `${valuesFile}: ${merged.message}, and so cannot be merged with valuesInline`;
}
