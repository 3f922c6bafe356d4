import type { ClusterState } from '../model/cluster-state.ts';
import type { Config } from '../config/schema.ts';
import type { Repository } from '../git/repository.ts';
import type { Host } from '../github/host.ts';
import { hostOf } from '../github/octokit-host.ts';
import { apiUrl, tokenClient } from '../github/tokens.ts';
import { InputError } from '../errors/input-error.ts';
import { reconcile } from '../lifecycle/reconcile.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import type { Report } from '../model/report.ts';
import type { ValueAsked } from '../decisions/set-values.ts';
import { askedIn, GivenCommands } from '../service/given-commands.ts';
import { RepositoryContent } from '../service/repository-content.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { openMemoryStore } from '../store/sqlite.ts';

/** What a workflow's own token writes as. */
const WORKFLOW = 'github-actions[bot]';

/**
 * GitHub for the repository that `origin` names, with GITHUB_TOKEN or GH_TOKEN.
 *
 * @throws {InputError} without a token or a repository on GitHub
 */
export async function hostForCommandLine(
  repository: Repository,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Host> {
  const token = env['GITHUB_TOKEN'] || env['GH_TOKEN'];
  if (!token) throw new InputError('--open-pull-requests needs a token in GITHUB_TOKEN or GH_TOKEN');
  if (!repository.remote)
    throw new InputError('--open-pull-requests: the repository has no remote `origin` on GitHub');
  if (!repository.head) throw new InputError('--open-pull-requests: the repository has no commit');
  const [owner = '', repo = ''] = repository.remote.slug.split('/');
  const octokit = tokenClient({ token, baseUrl: apiUrl(env) });
  // A workflow's token, and that of an App, belongs to no user: only GraphQL tells whose it is.
  const login = await octokit.rest.users
    .getAuthenticated()
    .then(({ data }) => data.login)
    .catch(() =>
      octokit
        .graphql<{ viewer: { login: string } }>('{ viewer { login } }')
        .then(({ viewer }) => viewer.login),
    )
    .catch(() => WORKFLOW);
  const defaultBranch = repository.defaultBranch ?? repository.branch ?? 'main';
  return hostOf(octokit, { owner, repo, login, defaultBranch });
}

/** The values that people asked for in open pull requests, read from their own comments. */
export async function valuesAskedIn(host: Host): Promise<readonly ValueAsked[]> {
  const store = await openMemoryStore();
  try {
    return await askedIn(host, store, new GivenCommands(host, store));
  } finally {
    await store.close();
  }
}

/** Brings GitHub in line with a report, as `faultline serve` does. Nothing is remembered: GitHub itself says what was done before. */
export async function openPullRequests(
  host: Host,
  scan: {
    readonly report: Report;
    readonly cluster: ClusterState;
    readonly config: Config;
    readonly repository: Repository;
    readonly renderers: Renderers;
  },
): Promise<readonly Outcome[]> {
  const { report, cluster, config, repository, renderers } = scan;
  const branches = { at: (branch: string) => repository.onBranch(branch) };
  const store = await openMemoryStore();
  try {
    return await reconcile({
      host,
      store,
      report,
      cluster,
      config,
      repository: new RepositoryContent(branches, host.defaultBranch, renderers, config),
      now: Date.now(),
    });
  } finally {
    await store.close();
  }
}
