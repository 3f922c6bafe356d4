import { resolveCommit } from '../git/refs.ts';
import { botLogin, pageUrl, repositoryUrl } from '../github.ts';
import { setStatus, startRun, tellRun } from '../events/checks.ts';
import { countedPage, cut, page } from '../http/paging.ts';
import {
  created,
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
} from '../http/route.ts';
import type { Conclusion } from '../interface.ts';
import { checkRunJson, checkSuiteJson, simpleStatusJson, statusJson } from '../shapes/checks.ts';
import { minimalRepositoryJson } from '../shapes/repositories.ts';
import type { Annotation, CheckRun, Status } from '../state.ts';

interface WantedRun {
  readonly name?: string;
  readonly head_sha?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly status?: CheckRun['status'];
  readonly conclusion?: Conclusion;
  readonly output?: {
    readonly title?: string;
    readonly summary: string;
    readonly text?: string;
    readonly annotations?: readonly Annotation[];
  };
}

export const checkRoutes: RepositoryRoutes = {
  'POST /repos/{owner}/{repo}/check-runs': repositoryRoute('checks:write', (call) => {
    const { github, repository, doer } = call;
    const wanted = call.body as WantedRun;
    onlyApps(call);
    const sha = wanted.head_sha ?? '';
    if (resolveCommit(repository.folder, sha) !== sha)
      throw new Refusal(422, `No commit found for SHA: ${sha}`);
    const run = startRun(github, repository, doer, doer.login === botLogin(github) ? 'app' : 'ci', sha, {
      name: wanted.name ?? '',
      externalId: wanted.external_id ?? null,
      detailsUrl: wanted.details_url ?? null,
      status: wanted.conclusion === undefined ? (wanted.status ?? 'queued') : 'completed',
      conclusion: wanted.conclusion ?? null,
      title: wanted.output?.title ?? null,
      summary: wanted.output?.summary ?? null,
      text: wanted.output?.text ?? null,
    });
    run.annotations.push(...(wanted.output?.annotations ?? []));
    return created(checkRunJson(github, repository, run));
  }),

  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': repositoryRoute('checks:write', (call) => {
    const { github, repository, doer } = call;
    onlyApps(call);
    const run = runOf(call);
    const { name, status, conclusion, output } = call.body as WantedRun;
    if (name !== undefined) run.name = name;
    if (status !== undefined) run.status = status;
    if (conclusion !== undefined)
      Object.assign(run, { status: 'completed', conclusion, completedAt: github.now() });
    if (output !== undefined) {
      Object.assign(run, {
        title: output.title ?? run.title,
        summary: output.summary,
        text: output.text ?? run.text,
      });
      // Annotations are added to those that are there.
      run.annotations.push(...(output.annotations ?? []));
    }
    tellRun(github, repository, doer, run, null);
    return ok(checkRunJson(github, repository, run));
  }),

  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}': repositoryRoute('checks:read', (call) =>
    ok(checkRunJson(call.github, call.repository, runOf(call))),
  ),

  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations': repositoryRoute(
    'checks:read',
    (call) => {
      const run = runOf(call);
      return page(call, run.annotations, (annotation) => ({
        start_column: null,
        end_column: null,
        title: null,
        raw_details: null,
        ...annotation,
        blob_href: pageUrl(call.github, call.repository, `/blob/${run.sha}/${annotation.path}`),
      }));
    },
  ),

  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': repositoryRoute('checks:read', (call) => {
    const { github, repository, query } = call;
    const sha = commitOf(call);
    const at = repository.checkRuns.filter(
      (run) =>
        run.sha === sha &&
        (query['check_name'] ?? run.name) === run.name &&
        (query['status'] ?? run.status) === run.status,
    );
    const latest = new Map(at.map((run) => [`${run.app} ${run.name}`, run]));
    const shown = query['filter'] === 'all' ? at : [...latest.values()];
    return countedPage(call, 'check_runs', shown.reverse(), (run) => checkRunJson(github, repository, run));
  }),

  'GET /repos/{owner}/{repo}/commits/{ref}/check-suites': repositoryRoute('checks:read', (call) => {
    const { github, repository } = call;
    const sha = commitOf(call);
    const found = repository.checkSuites.filter((suite) => suite.sha === sha);
    return countedPage(call, 'check_suites', found, (suite) => checkSuiteJson(github, repository, suite));
  }),

  'GET /repos/{owner}/{repo}/commits/{ref}/status': repositoryRoute('statuses:read', (call) => {
    const { github, repository } = call;
    const sha = commitOf(call);
    const latest = [...new Map(statusesOf(call, sha).map((status) => [status.context, status])).values()];
    const { shown, headers } = cut(call, latest);
    return ok(
      {
        state: combined(latest),
        statuses: shown.map((status) => simpleStatusJson(github, repository, status)),
        sha,
        total_count: latest.length,
        repository: minimalRepositoryJson(github, repository),
        commit_url: repositoryUrl(github, repository, `/commits/${sha}`),
        url: repositoryUrl(github, repository, `/commits/${sha}/status`),
      },
      headers,
    );
  }),

  'GET /repos/{owner}/{repo}/commits/{ref}/statuses': repositoryRoute('statuses:read', (call) =>
    page(call, [...statusesOf(call, commitOf(call))].reverse(), (status) =>
      statusJson(call.github, call.repository, status),
    ),
  ),

  'POST /repos/{owner}/{repo}/statuses/{sha}': repositoryRoute('statuses:write', (call) => {
    const { github, repository, doer, body, params } = call;
    const {
      state,
      context = 'default',
      description = null,
      target_url: targetUrl = null,
    } = body as {
      readonly state: Status['state'];
      readonly context?: string;
      readonly description?: string | null;
      readonly target_url?: string | null;
    };
    const sha = params['sha'] ?? '';
    if (resolveCommit(repository.folder, sha) !== sha)
      throw new Refusal(422, `No commit found for SHA: ${sha}`);
    const status = setStatus(github, repository, {
      sha,
      context,
      state,
      description,
      targetUrl,
      creator: doer.login,
    });
    return created(statusJson(github, repository, status));
  }),
};

function onlyApps({ actor }: RepositoryCall): void {
  if (actor.kind === 'token' && actor.token.kind !== 'personal') return;
  throw new Refusal(403, 'You must authenticate via a GitHub App.');
}

function runOf({ repository, params }: RepositoryCall): CheckRun {
  const run = repository.checkRuns.find(({ id }) => id === Number(params['check_run_id']));
  if (run === undefined) throw notFound();
  return run;
}

function commitOf({ repository, params }: RepositoryCall): string {
  const sha = resolveCommit(repository.folder, params['ref'] ?? '');
  if (sha === null) throw new Refusal(404, `No commit found for SHA: ${params['ref']}`);
  return sha;
}

function statusesOf({ repository }: RepositoryCall, sha: string): readonly Status[] {
  return repository.statuses.filter((status) => status.sha === sha);
}

/** Without any status GitHub says `pending`, not `success`. */
function combined(statuses: readonly Status[]): string {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'failure';
  return statuses.length === 0 || statuses.some(({ state }) => state === 'pending') ? 'pending' : 'success';
}
