import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { ConfigError } from '../config/checked-yaml.ts';
import { CONFIG_FILE, DEFAULT_CONFIG } from '../config/defaults.ts';
import type { Config } from '../config/schema.ts';
import { InputError } from '../input-error.ts';
import { Budget, budgetsIn } from '../renderers/budget.ts';
import { RenderCache } from '../renderers/cache.ts';
import { ChartStore, type ChartStoreOptions } from '../renderers/chart-store.ts';
import { HelmRenderer } from '../renderers/helm.ts';
import { KustomizationReader } from '../renderers/kustomization.ts';
import { KustomizeRenderer } from '../renderers/kustomize.ts';
import { ManifestReader } from '../renderers/manifests.ts';
import { findHelm, findKustomize } from '../renderers/tools.ts';
import type { Renderers } from '../sources/revision.ts';
import type { Tree } from '../tree/tree.ts';

/**
 * Renders are kept between runs, by what they were made from: `$XDG_CACHE_HOME/faultline/renders`; published charts beside
 * them. `charts` are the chart repositories that may be asked.
 *
 * @throws InputError for budgets in the environment that are none
 */
export function openRenderers(
  charts: ChartStoreOptions['allowed'] = [],
  env: NodeJS.ProcessEnv = process.env,
): Renderers {
  const folder = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'faultline');
  const budget = new Budget(budgetsIn(env));
  const cache = new RenderCache({
    folder: join(folder, 'renders'),
    parallel: availableParallelism(),
    budget,
  });
  const findTool = () => findHelm(env);
  const store =
    charts.length === 0
      ? null
      : new ChartStore({ folder: join(folder, 'charts'), allowed: charts, findTool, env });
  return {
    kustomize: new KustomizeRenderer(() => findKustomize(env), cache),
    helm: new HelmRenderer(findTool, cache, { charts: store }),
    kustomizations: new KustomizationReader(),
    manifests: new ManifestReader(),
    budget,
  };
}

export interface LoadedConfig {
  readonly config: Config;
  readonly errors: readonly ConfigError[];
}

/**
 * The configuration: a file that the caller names must be valid; the repository's own may be wrong, and then allows
 * nothing but monitoring.
 *
 * @throws {InputError} when the named file cannot be read or is invalid
 */
export async function loadConfig(named: string | undefined, tree: Tree): Promise<LoadedConfig> {
  if (named !== undefined) {
    const text = await readFile(named, 'utf8').catch((cause: unknown) => {
      throw new InputError(`--config ${named}: cannot be read`, { cause });
    });
    const { configOrMonitor, parseConfig } = await import('../config/load.ts');
    const parsed = parseConfig(text, named);
    if (parsed.errors.length > 0) {
      const { describeConfigError } = await import('../config/checked-yaml.ts');
      throw new InputError(parsed.errors.map(describeConfigError).join('\n'));
    }
    return { config: configOrMonitor(parsed), errors: [] };
  }
  await tree.load([CONFIG_FILE]);
  const content = tree.read(CONFIG_FILE);
  if (content === undefined) return { config: DEFAULT_CONFIG, errors: [] };
  // The schema takes a tenth of a second to load, and most repositories have no file to check.
  const { configOrMonitor, parseConfig } = await import('../config/load.ts');
  const parsed = parseConfig(content.toString(), CONFIG_FILE);
  return { config: configOrMonitor(parsed), errors: parsed.errors };
}
