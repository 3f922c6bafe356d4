import { pageUrl, repositoryUrl, timeText, type GitHub } from '../github.ts';
import { readCommit } from '../git/commits.ts';
import type { CheckRun, CheckSuite, Repository, Status } from '../state.ts';
import { appJson } from './apps.ts';
import { minimalPullJson } from './pulls.ts';
import { minimalRepositoryJson } from './repositories.ts';
import { nodeId, userJson, type Json } from './users.ts';

export function checkRunJson(github: GitHub, repository: Repository, run: CheckRun): Json {
  const url = repositoryUrl(github, repository, `/check-runs/${run.id}`);
  return {
    id: run.id,
    node_id: nodeId('CR', run.id),
    head_sha: run.sha,
    external_id: run.externalId ?? '',
    name: run.name,
    url,
    html_url: pageUrl(github, repository, `/runs/${run.id}`),
    details_url: run.detailsUrl ?? github.url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timeText(run.startedAt),
    completed_at: run.completedAt === null ? null : timeText(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: appJson(github, run.app),
    pull_requests: pullsAt(github, repository, run.sha),
  };
}

export function checkSuiteJson(github: GitHub, repository: Repository, suite: CheckSuite): Json {
  const { status, conclusion } = suiteResult(repository, suite);
  const url = repositoryUrl(github, repository, `/check-suites/${suite.id}`);
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.branch,
    head_sha: suite.sha,
    status,
    conclusion,
    url,
    before: readCommit(repository.folder, suite.sha)?.parents[0] ?? null,
    after: suite.sha,
    pull_requests: pullsAt(github, repository, suite.sha),
    app: appJson(github, suite.app),
    repository: minimalRepositoryJson(github, repository),
    created_at: timeText(suite.createdAt),
    updated_at: timeText(suite.updatedAt),
    head_commit: simpleCommitJson(repository, suite.sha),
    latest_check_runs_count: repository.checkRuns.filter((run) => run.suite === suite.id).length,
    check_runs_url: `${url}/check-runs`,
    rerequestable: true,
    runs_rerequestable: true,
  };
}

export function suiteResult(
  repository: Repository,
  suite: CheckSuite,
): { readonly status: string; readonly conclusion: string | null } {
  const runs = repository.checkRuns.filter((run) => run.suite === suite.id);
  if (runs.length === 0) return { status: 'queued', conclusion: null };
  if (runs.some((run) => run.conclusion === null)) return { status: 'in_progress', conclusion: null };
  const bad = runs.find((run) => !['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''));
  return { status: 'completed', conclusion: bad?.conclusion ?? 'success' };
}

export function simpleCommitJson(repository: Repository, sha: string): Json | null {
  const commit = readCommit(repository.folder, sha);
  if (commit === null) return null;
  return {
    id: sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: timeText(commit.committer.at),
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  };
}

function pullsAt(github: GitHub, repository: Repository, sha: string): readonly Json[] {
  return [...repository.pulls.values()]
    .filter((pull) => pull.headSha === sha && repository.issues.get(pull.number)?.state === 'open')
    .map((pull) => minimalPullJson(github, repository, pull));
}

/** As part of the combined status. */
export function simpleStatusJson(github: GitHub, repository: Repository, status: Status): Json {
  return {
    url: repositoryUrl(github, repository, `/statuses/${status.sha}`),
    avatar_url: `${github.url}/avatars/u/1`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: timeText(status.at),
    updated_at: timeText(status.at),
  };
}

export function statusJson(github: GitHub, repository: Repository, status: Status): Json {
  return { ...simpleStatusJson(github, repository, status), creator: userJson(github, status.creator) };
}
