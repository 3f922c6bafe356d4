import { isAncestor } from '../git/graph.ts';
import { isObject } from '../git/objects.ts';
import { refAt, refs, updateRef } from '../git/refs.ts';
import { isRefName } from '../git/repositories.ts';
import { repositoryUrl, type GitHub } from '../github.ts';
import { moveBranch } from '../events/branches.ts';
import { protectionRefusal } from '../events/protection.ts';
import { page } from '../http/paging.ts';
import {
  created,
  noContent,
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
} from '../http/route.ts';
import { nodeId, type Json } from '../shapes/users.ts';
import type { Repository } from '../state.ts';

export const refRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/git/ref/{ref}': repositoryRoute(
    'contents:read',
    ({ github, repository, params }) => {
      notInEmptyRepository(repository);
      const ref = `refs/${params['ref']}`;
      const sha = refAt(repository.folder, ref);
      if (sha === null) throw notFound();
      return ok(refJson(github, repository, ref, sha));
    },
  ),

  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}': repositoryRoute('contents:read', (call) => {
    notInEmptyRepository(call.repository);
    const found = refs(call.repository.folder, `refs/${call.params['ref']}`);
    // This list has no pages.
    return {
      ...page({ ...call, query: { per_page: '100' } }, found, ({ ref, sha }) =>
        refJson(call.github, call.repository, ref, sha),
      ),
      headers: {},
    };
  }),

  'POST /repos/{owner}/{repo}/git/refs': repositoryRoute('contents:write', (call) => {
    const { github, repository } = call;
    const { ref, sha } = call.body as { readonly ref: string; readonly sha: string };
    notInEmptyRepository(repository);
    if (!/^refs\/[^/]+\/./.test(ref))
      throw new Refusal(422, `Reference name must start with 'refs/' and have at least two slashes`);
    if (!isRefName(ref)) throw new Refusal(422, `${ref} is not a valid ref name.`);
    if (!isObject(repository.folder, sha, 'commit')) throw new Refusal(422, 'Object does not exist');
    if (refAt(repository.folder, ref) !== null) throw new Refusal(422, 'Reference already exists');
    const { refuses } = repository.settings;
    if (refuses && refuses.what !== 'update' && refuses.branch.test(ref.replace('refs/heads/', '')))
      throw new Refusal(422, `Repository rule violations found\n\n${refuses.words}\n\n`);
    if (!moved(call, ref, null, sha))
      throw new Refusal(422, 'Reference cannot be created: it stands in the way of another one');
    return created(refJson(github, repository, ref, sha));
  }),

  'PATCH /repos/{owner}/{repo}/git/refs/{ref}': repositoryRoute('contents:write', (call) => {
    const { github, repository } = call;
    const { sha, force = false } = call.body as { readonly sha: string; readonly force?: boolean };
    const ref = `refs/${call.params['ref']}`;
    const from = refAt(repository.folder, ref);
    if (from === null) throw new Refusal(422, 'Reference does not exist');
    if (!isObject(repository.folder, sha, 'commit')) throw new Refusal(422, 'Object does not exist');
    notProtected(call, ref);
    if (!force && !isAncestor(repository.folder, from, sha))
      throw new Refusal(422, 'Update is not a fast forward');
    moved(call, ref, from, sha);
    return ok(refJson(github, repository, ref, sha));
  }),

  'DELETE /repos/{owner}/{repo}/git/refs/{ref}': repositoryRoute('contents:write', (call) => {
    const ref = `refs/${call.params['ref']}`;
    const from = refAt(call.repository.folder, ref);
    if (from === null) throw new Refusal(422, 'Reference does not exist');
    notProtected(call, ref);
    if (ref === `refs/heads/${call.repository.defaultBranch}`)
      throw new Refusal(422, 'Cannot delete the default branch');
    moved(call, ref, from, null);
    return noContent;
  }),
};

export function notInEmptyRepository(repository: Repository): void {
  if (refs(repository.folder, 'refs/heads/').length === 0) throw new Refusal(409, 'Git Repository is empty.');
}

function notProtected({ github, repository, doer }: RepositoryCall, ref: string): void {
  const refusal = protectionRefusal(github, repository, doer, ref);
  if (refusal !== null) throw new Refusal(422, refusal);
}

function moved(
  { github, repository, doer }: RepositoryCall,
  ref: string,
  from: string | null,
  to: string | null,
): boolean {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch === undefined) return updateRef(repository.folder, ref, to, from);
  return moveBranch(github, repository, doer, branch, from, to);
}

function refJson(github: GitHub, repository: Repository, ref: string, sha: string): Json {
  return {
    ref,
    node_id: nodeId('REF', ref),
    url: repositoryUrl(github, repository, `/git/${ref}`),
    object: { sha, type: 'commit', url: repositoryUrl(github, repository, `/git/commits/${sha}`) },
  };
}
