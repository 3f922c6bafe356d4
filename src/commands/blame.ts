import { blame } from '../blame/blame.ts';
import { blameInCluster } from '../blame/in-cluster.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Declined } from '../model/declined.ts';
import type { Blame } from '../model/layers.ts';
import { blameJson, blameText } from '../output/blame.ts';
import { printedJson } from '../output/printed-json.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { mappedReleases, mappedRoots } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import { repositoryNamed, warnOfUnread } from './named-repository.ts';
import { clusterForObject, type ClusterOptions } from './cluster-for-object.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { checkField, parseObject } from './named-object.ts';
import { rootsNamed } from './named-root.ts';
import { policyNamed, type PolicyOptions } from './policy-named.ts';
import { terminalOptions } from './use-colour.ts';

export interface BlameOptions extends ClusterOptions, Omit<PolicyOptions, 'config'> {
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
      ? printedJson(blameJson(result))
      : blameText(result, terminalOptions(process.stdout)),
  );
  if (options.exitCode && result.kind === 'declined') process.exitCode = DECLINED;
}

async function answer(options: BlameOptions): Promise<Blame | Declined> {
  const { namespace, apiVersion } = options;
  const wanted = { ...parseObject(options.object), namespace, apiVersion };
  checkField(options.field);
  const repository = await repositoryNamed(options.repo);
  const source = await clusterForObject(options, wanted);
  const tree = await repository.workTree();
  const { sources } = await policyNamed(options, repository);
  const { config } = await loadConfig(tree, sources);
  await printIsolationNotice();
  const renderers = openRenderers(options.pullCharts ? 'all' : config.charts.pull);
  const revision = await Revision.of(tree, renderers, repository.remote, mappedReleases(config, repository));
  const roots = options.root === undefined ? null : await rootsNamed(revision, options.root, wanted);
  if (roots !== null && 'kind' in roots) return roots;
  const mapped = await mappedRoots(revision, config, repository, namespace);
  const target = { wanted, live: null, roots, areNamed: roots !== null, mapped };
  const input = { revision, repository, renderers };
  const result = await (source === null
    ? blame(input, target, options.field)
    : blameInCluster(input, target, options.field, { source, config }));
  warnOfUnread(tree);
  return result;
}
