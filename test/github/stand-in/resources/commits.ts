import { changesBetween } from '../git/changes.ts';
import { commitAt, readCommit } from '../git/commits.ts';
import { commitsBetween, commitsTouching, mergeBase } from '../git/graph.ts';
import { resolveCommit } from '../git/refs.ts';
import { pageUrl, repositoryUrl } from '../github.ts';
import { cut, page } from '../http/paging.ts';
import {
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
} from '../http/route.ts';
import { commitJson, commitWithFilesJson, fileChangeJson } from '../shapes/commits.ts';
import { pullJson } from '../shapes/pulls.ts';
import type { Repository } from '../state.ts';

export const commitRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/commits': repositoryRoute('contents:read', (call) => {
    const { github, repository, query } = call;
    const from = resolveCommit(repository.folder, query['sha'] ?? repository.defaultBranch);
    if (from === null)
      throw query['sha'] === undefined ? new Refusal(409, 'Git Repository is empty.') : notFound();
    const path = query['path'];
    const found = (
      path === undefined
        ? commitsBetween(repository.folder, null, from)
        : commitsTouching(repository.folder, from, path)
    )
      .map((sha) => ({ sha, json: commitJson(github, repository, sha) }))
      .filter(({ sha, json }) => isWanted(call, sha, json));
    return page(call, found, ({ json }) => json);
  }),

  'GET /repos/{owner}/{repo}/commits/{ref}': repositoryRoute(
    'contents:read',
    ({ github, repository, params }) => {
      const sha = resolveCommit(repository.folder, params['ref'] ?? '');
      if (sha === null) throw new Refusal(422, `No commit found for SHA: ${params['ref']}`);
      return ok(commitWithFilesJson(github, repository, sha));
    },
  ),

  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': repositoryRoute('pull_requests:read', (call) => {
    const { github, repository, params } = call;
    const sha = params['commit_sha'] ?? '';
    if (readCommit(repository.folder, sha) === null)
      throw new Refusal(409, `No commit found for SHA: ${sha}`);
    const holding = [...repository.pulls.values()].filter(
      (pull) =>
        pull.merged?.commit === sha ||
        commitsBetween(repository.folder, pull.baseSha, pull.headSha).includes(sha),
    );
    return page(call, holding, (pull) => pullJson(github, repository, pull));
  }),

  'GET /repos/{owner}/{repo}/compare/{basehead}': repositoryRoute('contents:read', (call) => {
    const { github, repository, params } = call;
    const [baseName = '', headName = ''] = (params['basehead'] ?? '').split('...');
    const base = sideOf(repository, baseName);
    const head = sideOf(repository, headName);
    const fork = base === null || head === null ? null : mergeBase(repository.folder, base, head);
    if (base === null || head === null || fork === null) throw notFound();
    const ahead = [...commitsBetween(repository.folder, base, head)].reverse();
    const behind = commitsBetween(repository.folder, head, base).length;
    const { shown, headers } = cut({ ...call, query: { per_page: '250', ...call.query } }, ahead);
    const page = pageUrl(github, repository, `/compare/${baseName}...${headName}`);
    const files = changesBetween(repository.folder, fork, head);
    return ok(
      {
        url: repositoryUrl(
          github,
          repository,
          `/compare/${encodeURIComponent(baseName)}...${encodeURIComponent(headName)}`,
        ),
        html_url: page,
        permalink_url: page,
        diff_url: `${page}.diff`,
        patch_url: `${page}.patch`,
        base_commit: commitJson(github, repository, base),
        merge_base_commit: commitJson(github, repository, fork),
        status: statusOf(ahead.length, behind),
        ahead_by: ahead.length,
        behind_by: behind,
        total_commits: ahead.length,
        commits: shown.map((sha) => commitJson(github, repository, sha)),
        ...(Number(call.query['page'] ?? 1) > 1
          ? {}
          : { files: files.map((file) => fileChangeJson(github, repository, head, file)) }),
      },
      headers,
    );
  }),
};

function statusOf(ahead: number, behind: number): string {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}

/** `main`, a commit, or `owner:branch` of this repository. */
function sideOf(repository: Repository, name: string): string | null {
  const own = `${repository.owner}:`;
  return resolveCommit(repository.folder, name.startsWith(own) ? name.slice(own.length) : name);
}

function isWanted(
  { repository, query }: RepositoryCall,
  sha: string,
  json: Readonly<Record<string, unknown>>,
): boolean {
  const { committer, author } = commitAt(repository.folder, sha);
  if (query['since'] !== undefined && committer.at < Date.parse(query['since'])) return false;
  if (query['until'] !== undefined && committer.at > Date.parse(query['until'])) return false;
  const login = (json['author'] as { readonly login?: string } | null)?.login;
  return query['author'] === undefined || [login, author.email].includes(query['author']);
}
