import type { ClusterProblem } from '../model/cluster-state.ts';
import type { Repository } from '../git/repository.ts';
import { toJson } from '../output/json.ts';
import { reportMarkdown } from '../output/markdown.ts';
import { writtenFiles } from '../model/proposal.ts';
import type { Report } from '../model/report.ts';
import { reportText } from '../output/text.ts';
import { printedJson } from '../output/printed-json.ts';
import { diagnose } from '../pipeline.ts';
import { plainText } from '../untrusted/prose.ts';
import { repositoryProblems } from '../sources/problems.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import { repositoryNamed } from './named-repository.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { loadConfig } from '../config/load-config.ts';
import type { LayeredConfig } from '../config/load.ts';
import { openRegistries } from '../registry/open-registries.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { explainAtOnce } from './explain-at-once.ts';
import { openCluster } from './open-cluster.ts';
import { policyNamed, type PolicyOptions } from './policy-named.ts';
import { progressLine, type ProgressLine } from './progress.ts';
import { terminalOptions } from './use-colour.ts';

export interface DiagnoseOptions extends PolicyOptions {
  readonly repo: string;
  readonly snapshot?: string;
  readonly context?: string;
  readonly prometheus?: string;
  readonly now?: string;
  readonly output: 'text' | 'json' | 'markdown';
  readonly pullCharts?: boolean;
  readonly askRegistries?: boolean;
  readonly writeBranches?: boolean;
  readonly openPullRequests?: boolean;
  readonly quiet?: boolean;
  readonly exitCode?: boolean;
}

/** Exit status with `--exit-code`. */
const INCIDENT = 3;

/** `faultline diagnose`: prints what is wrong and what would be changed; with `--write-branches` also writes the branches. */
export async function diagnoseCommand(options: DiagnoseOptions): Promise<void> {
  const progress = progressLine(process.stderr, { isQuiet: options.quiet === true });
  try {
    await diagnoseWith(options, progress);
  } finally {
    progress.clear();
  }
}

async function diagnoseWith(options: DiagnoseOptions, progress: ProgressLine): Promise<void> {
  progress.show('reading the cluster');
  const source = await openCluster(options);
  progress.show('reading the repository');
  const repository = await repositoryNamed(options.repo);
  const tree = repository.head ? await repository.treeAt(repository.head.sha) : await repository.workTree();
  const { sources, explanation } = await policyNamed(options, repository);
  const { config, errors } = await loadConfig(tree, sources);
  progress.clear();
  await printIsolationNotice();
  progress.show('reading the repository');
  const renderers = openRenderers(options.pullCharts ? 'all' : config.charts.pull);
  const revision = await Revision.of(tree, renderers, repository.remote, mappedReleases(config, repository));
  progress.show('reading the cluster');
  const cluster = await source.read();
  progress.show(`investigating ${cluster.list('Pod').length} pods`);
  // Octokit takes a while to load, and most calls do without it.
  const github = options.openPullRequests ? await import('./open-pull-requests.ts') : null;
  const host = (await github?.hostForCommandLine(repository)) ?? null;
  const found = await diagnose({
    source,
    cluster,
    repository,
    revision,
    renderers,
    images: await openRegistries(options.askRegistries ? 'all' : config.registries.ask),
    config,
    configErrors: errors,
    ...(explanation && { explain: explainAtOnce(explanation, process.env) }),
    onProgress: progress.show,
    ...(host && {
      valuesAsked: await github!.valuesAskedIn(host),
      areLimitsElsewhere: true,
      requiredChecks: (branch: string) => host.requiredChecks(branch),
    }),
  });
  progress.clear();
  const notes = await repositoryNotes(options.repo, { repository, revision, errors });
  if (options.writeBranches) notes.push(...(await writeBranches(found, repository)));
  if (github && host) {
    const done = await github.openPullRequests(host, {
      report: found,
      cluster,
      config,
      repository,
      renderers,
    });
    for (const { kind, number, why } of done)
      process.stderr.write(`${kind}${number === null ? '' : ` #${number}`}: ${plainText(why)}\n`);
  }
  // What rules ask for is read after the cluster's state, and may fail too.
  const later = source.problems().filter((problem) => !found.problems.includes(problem));
  const problems = [...notes, ...found.problems, ...later];
  process.stdout.write(printed({ ...found, problems }, options.output));
  if (options.exitCode && found.results.length > 0) process.exitCode = INCIDENT;
}

/** What is wrong with the configuration and the repository, before any branch is written. */
async function repositoryNotes(
  folder: string,
  read: Pick<LayeredConfig, 'errors'> & { readonly repository: Repository; readonly revision: Revision },
): Promise<ClusterProblem[]> {
  const { repository, revision, errors } = read;
  const notes: ClusterProblem[] = errors.map(({ file, line, column, message }) => ({
    where: `${file}:${line}:${column}`,
    message: `${message} (every mode is monitor until this is fixed)`,
  }));
  notes.push(
    ...(await repositoryProblems(revision)).map(({ file, line, message }) => ({
      where: line === null ? file : `${file}:${line}`,
      message,
    })),
  );
  if (repository.branch !== null && !repository.head)
    notes.push({
      where: folder,
      message: 'has no commits: the files of the work tree are read, and there is no history',
    });
  return notes;
}

/** One branch with one commit for each proposal. What could not be written is said, and the others go on. */
async function writeBranches(report: Report, repository: Repository): Promise<readonly ClusterProblem[]> {
  const notes: ClusterProblem[] = [];
  const done = new Set<string>();
  for (const { proposal, pullRequest } of report.results) {
    if (!proposal || !pullRequest || done.has(pullRequest.branch)) continue;
    done.add(pullRequest.branch);
    if (!repository.head) {
      notes.push({ where: pullRequest.branch, message: 'not written: there is no commit to put it on' });
      continue;
    }
    const { branch, commitMessage: message } = pullRequest;
    const written = await repository.writeBranch({
      branch,
      parent: proposal.commit,
      files: writtenFiles(proposal),
      message,
    });
    if (written.kind === 'exists')
      notes.push({ where: branch, message: 'exists already with other content and was left alone' });
  }
  return notes;
}

function printed(report: Report, output: DiagnoseOptions['output']): string {
  if (output === 'json') return printedJson(toJson(report));
  if (output === 'markdown') return reportMarkdown(report);
  return reportText(report, terminalOptions(process.stdout));
}
