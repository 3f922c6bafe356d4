import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { Budget, budgetsIn, DEFAULT_BUDGETS, type Budgets } from './budget.ts';
import { ChartStore, type ChartStoreOptions } from './chart-store.ts';
import { HelmRenderer } from './helm.ts';
import { KustomizationReader } from './kustomization.ts';
import { KustomizeRenderer } from './kustomize.ts';
import { ManifestReader } from './manifests.ts';
import { RenderCache } from './cache.ts';
import { remoteRendererIn } from './remote/remote-renderer.ts';
import type { Renderers } from './renderers.ts';
import { findHelm, findKustomize } from './tools.ts';

/**
 * Renders are kept between runs, by what they were made from: `$XDG_CACHE_HOME/faultline/renders`; published charts beside
 * them. `charts` are the chart repositories that may be asked: from here, also where a renderer in another place renders.
 *
 * @param usual budgets other than the default, for which the environment sets none
 * @throws InputError for budgets in the environment that are none, and for the address of a renderer that is none
 */
export function openRenderers(
  charts: ChartStoreOptions['allowed'] = [],
  env: NodeJS.ProcessEnv = process.env,
  usual: Partial<Budgets> = {},
): Renderers {
  const folder = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'faultline');
  const remote = remoteRendererIn(env);
  const budget = new Budget(budgetsIn(env, { ...DEFAULT_BUDGETS, ...usual }));
  const cache = new RenderCache({
    folder: join(folder, 'renders'),
    parallel: () => remote?.parallel ?? availableParallelism(),
    budget,
  });
  const findTool = () => findHelm(env);
  const store =
    charts.length === 0
      ? null
      : new ChartStore({ folder: join(folder, 'charts'), allowed: charts, findTool, env });
  return {
    kustomize: new KustomizeRenderer(
      () => remote?.kustomize() ?? findKustomize(env),
      cache,
      () => remote?.helm() ?? findHelm(env),
    ),
    helm: new HelmRenderer(() => remote?.helm() ?? findTool(), cache, { charts: store }),
    kustomizations: new KustomizationReader(),
    manifests: new ManifestReader(),
    budget,
  };
}
