import { blame } from '../blame/blame.ts';
import { loadConfig } from '../config/load-config.ts';
import { openRepository } from '../git/open-repository.ts';
import type { Declined } from '../model/declined.ts';
import type { Blame } from '../model/layers.ts';
import { blameJson, blameText } from '../output/blame.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { mappedReleases, mappedRoots } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { checkField, parseObject } from './named-object.ts';
import { rootsNamed } from './named-root.ts';
import { useColour } from './use-colour.ts';

export interface BlameOptions {
  readonly repo: string;
  readonly object: string;
  readonly namespace?: string;
  readonly apiVersion?: string;
  readonly root?: string;
  readonly field: string;
  readonly pullCharts?: boolean;
  readonly output: 'text' | 'json';
  readonly exitCode?: boolean;
}

/** Exit status of `--exit-code` when there is no answer. */
const DECLINED = 3;

/** `faultline blame`: which lines set a field, who wrote them, and what it was before. */
export async function blameCommand(options: BlameOptions): Promise<void> {
  const result = await answer(options);
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify(blameJson(result), null, 2)}\n`
      : blameText(result, { colour: useColour(process.stdout) }),
  );
  if (options.exitCode && result.kind === 'declined') process.exitCode = DECLINED;
}

async function answer(options: BlameOptions): Promise<Blame | Declined> {
  const { namespace, apiVersion } = options;
  const wanted = { ...parseObject(options.object), namespace, apiVersion };
  checkField(options.field);
  const repository = await openRepository(options.repo);
  const tree = await repository.workTree();
  const { config } = await loadConfig(undefined, tree);
  await printIsolationNotice();
  const renderers = openRenderers(options.pullCharts ? 'all' : config.charts.pull);
  const revision = await Revision.of(tree, renderers, repository.remote, mappedReleases(config, repository));
  const roots = options.root === undefined ? null : await rootsNamed(revision, options.root, wanted);
  if (roots !== null && 'kind' in roots) return roots;
  const mapped = await mappedRoots(revision, config, repository, namespace);
  const target = { wanted, live: null, roots, areNamed: roots !== null, mapped };
  return blame({ revision, repository, renderers }, target, options.field);
}
