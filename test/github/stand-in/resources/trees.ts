import { commitAt } from '../git/commits.ts';
import { isObject, writeBlob } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { entryAt, readTree, typeOf, writeTree } from '../git/trees.ts';
import { repositoryUrl, type GitHub } from '../github.ts';
import {
  created,
  invalid,
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryRoutes,
} from '../http/route.ts';
import type { Json } from '../shapes/users.ts';
import type { Repository } from '../state.ts';
import { notInEmptyRepository } from './refs.ts';

interface WantedEntry {
  readonly path?: string;
  readonly mode?: string;
  readonly type?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

export const treeRoutes: RepositoryRoutes = {
  'POST /repos/{owner}/{repo}/git/trees': repositoryRoute(
    'contents:write',
    ({ github, repository, body }) => {
      const { base_tree: base = null, tree } = body as {
        readonly base_tree?: string | null;
        readonly tree: readonly WantedEntry[];
      };
      notInEmptyRepository(repository);
      const under = base === null ? null : treeOf(repository, base);
      if (base !== null && under === null) throw new Refusal(422, 'base_tree is not a valid tree oid');
      if (tree.length === 0) throw new Refusal(422, 'Invalid tree info');
      const changes = tree.map((entry) => checkedEntry(repository, under, entry));
      return created(treeJson(github, repository, writeTree(repository.folder, under, changes), false));
    },
  ),

  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': repositoryRoute(
    'contents:read',
    ({ github, repository, params, query }) => {
      const tree = treeOf(repository, params['tree_sha'] ?? '');
      if (tree === null) throw notFound();
      // Any value counts, even `0` and `false`.
      return ok(treeJson(github, repository, tree, query['recursive'] !== undefined));
    },
  ),
};

/** A tree by its id, or that of a commit or branch. */
function treeOf(repository: Repository, name: string): string | null {
  if (isObject(repository.folder, name, 'tree')) return name;
  const commit = resolveCommit(repository.folder, name);
  return commit === null ? null : commitAt(repository.folder, commit).tree;
}

function checkedEntry(
  repository: Repository,
  base: string | null,
  entry: WantedEntry,
): { readonly path: string; readonly mode: string; readonly sha: string | null } {
  const { path = '', mode = '', type, sha, content } = entry;
  if (
    path === '' ||
    path.startsWith('/') ||
    path.endsWith('/') ||
    path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))
  ) {
    throw new Refusal(422, 'tree.path contains a malformed path component');
  }
  if (mode === '') throw new Refusal(422, 'Must supply a valid tree.mode');
  if (type !== undefined && type !== typeOf(mode)) {
    throw new Refusal(422, `tree.type ${type} does not match the mode ${mode}`);
  }
  if (content !== undefined) {
    if (sha !== undefined)
      throw invalid({
        resource: 'Tree',
        code: 'custom',
        message: 'Only one of sha and content may be given',
      });
    return { path, mode, sha: writeBlob(repository.folder, Buffer.from(content)) };
  }
  if (sha === undefined) throw new Refusal(422, 'Must supply either tree.sha or tree.content');
  if (sha === null) {
    if (base === null || entryAt(repository.folder, base, path) === null)
      throw new Refusal(422, 'GitRPC::BadObjectState');
    return { path, mode, sha };
  }
  const wanted = typeOf(mode);
  if (wanted !== 'commit' && !isObject(repository.folder, sha, wanted)) {
    throw new Refusal(422, `tree.sha ${sha} is not a valid ${wanted}`);
  }
  return { path, mode, sha };
}

function treeJson(github: GitHub, repository: Repository, tree: string, recursive: boolean): Json {
  return {
    sha: tree,
    url: repositoryUrl(github, repository, `/git/trees/${tree}`),
    tree: readTree(repository.folder, tree, recursive).map(({ path, mode, type, sha, size }) => ({
      path,
      mode,
      type,
      sha,
      ...(size === null ? {} : { size }),
      ...(type === 'commit' ? {} : { url: repositoryUrl(github, repository, `/git/${type}s/${sha}`) }),
    })),
    truncated: false,
  };
}
