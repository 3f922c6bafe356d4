import { appendFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { loadConfig } from '../config/load-config.ts';
import { InputError } from '../errors/input-error.ts';
import { guard, GUARD_BUDGETS, type GuardedCluster } from '../guard/guard.ts';
import { withinPolicy } from '../guard/policy.ts';
import { guardConclusion, guardJson, guardText } from '../output/guard.ts';
import { guardMarkdown } from '../output/guard-check.ts';
import { guardCommands } from '../output/guard-github.ts';
import { printedJson } from '../output/printed-json.ts';
import { openRegistries } from '../registry/open-registries.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import { repositoryNamed } from './named-repository.ts';
import { commitNamed } from './commit-named.ts';
import { openCluster } from './open-cluster.ts';
import { policyNamed, type PolicyOptions } from './policy-named.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { terminalOptions } from './use-colour.ts';

export interface GuardOptions extends PolicyOptions {
  readonly repo: string;
  readonly base?: string;
  readonly head?: string;
  readonly snapshot?: string;
  readonly context?: string;
  readonly prometheus?: string;
  readonly now?: string;
  readonly path?: readonly string[];
  readonly output: 'text' | 'json' | 'github';
  readonly pullCharts?: boolean;
  readonly askRegistries?: boolean;
  readonly exitCode?: boolean;
}

/** Exit status with `--exit-code` (contract §5.2): something will fail. */
const FAILED_CHECK = 3;

/** `faultline guard`: what a change would deploy, and what would fail of it. The work tree is not read: a revision is. */
export async function guardCommand(options: GuardOptions): Promise<void> {
  if (options.base === undefined)
    throw new InputError(
      '--base <revision> is missing: the branch that the change is for; or --history <range>',
    );
  const repository = await repositoryNamed(options.repo);
  const base = await commitNamed(repository, '--base', options.base);
  const head = await commitNamed(repository, '--head', options.head ?? 'HEAD');
  // What others merged since is none of this change.
  const start = (await repository.mergeBase(base.sha, head.sha)) ?? base.sha;
  const [before, after] = await Promise.all([repository.treeAt(start), repository.treeAt(head.sha)]);
  // A change must not loosen what it is checked by.
  const { sources } = await policyNamed(options, repository);
  const { config } = await loadConfig(before, sources);
  await printIsolationNotice();
  const renderers = openRenderers(
    options.pullCharts ? 'all' : config.charts.pull,
    process.env,
    GUARD_BUDGETS,
  );
  const releases = mappedReleases(config, repository);
  const [cluster, revisionBefore, revisionAfter] = await Promise.all([
    clusterOf(options),
    Revision.of(before, renderers, repository.remote, releases),
    Revision.of(after, renderers, repository.remote, releases),
  ]);
  const images = await openRegistries(options.askRegistries ? 'all' : config.registries.ask);
  const found = await guard({
    base: { commit: start, revision: revisionBefore },
    head: { commit: head.sha, revision: revisionAfter },
    clusters: cluster ? [cluster] : [],
    ...(images && { images }),
    memoryFactor: config.limits.memoryFactor,
    where: { repository, config, renderers },
    paths: options.path?.map((path) => posix.normalize(path).replace(/^\/+|\/+$/g, '')),
  });
  const report = withinPolicy(found, config);
  switch (options.output) {
    case 'json':
      process.stdout.write(printedJson(guardJson(report)));
      break;
    case 'github':
      process.stdout.write(guardCommands(report));
      await writeSummary(guardMarkdown(report));
      break;
    case 'text':
      process.stdout.write(guardText(report, terminalOptions(process.stdout)));
  }
  if (options.exitCode && guardConclusion(report) === 'failure') process.exitCode = FAILED_CHECK;
}

async function clusterOf(options: GuardOptions): Promise<GuardedCluster | null> {
  if (options.snapshot === undefined && options.context === undefined) {
    if (options.prometheus !== undefined)
      throw new InputError('--prometheus goes with --context: it has the metrics of a live cluster');
    return null;
  }
  const source = await openCluster(options);
  return { source, state: await source.read() };
}

/** Where GitHub Actions shows Markdown beside the run; without it, on standard error. */
async function writeSummary(markdown: string): Promise<void> {
  const file = process.env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '') process.stderr.write(`${markdown}\n`);
  else await appendFile(file, `${markdown}\n`);
}
