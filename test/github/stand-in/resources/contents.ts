import { commitAt } from '../git/commits.ts';
import { readBlob } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { type TreeEntry, entryAt, readTree } from '../git/trees.ts';
import { pageUrl, repositoryUrl, type GitHub } from '../github.ts';
import { notFound, ok, rawContent, Refusal, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import type { Json } from '../shapes/users.ts';
import type { Repository } from '../state.ts';
import { inLines } from './blobs.ts';

/** Larger files have no content in the answer; the raw media type and blobs have them. */
const largest = 1_000_000;

export const contentRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/contents/{path}': repositoryRoute(
    'contents:read',
    ({ github, repository, params, query, format }) => {
      const ref = query['ref'] ?? repository.defaultBranch;
      const commit = resolveCommit(repository.folder, ref);
      if (commit === null)
        throw new Refusal(
          404,
          query['ref'] === undefined ? 'This repository is empty.' : `No commit found for the ref ${ref}`,
        );
      const { tree } = commitAt(repository.folder, commit);
      const path = (params['path'] ?? '').replace(/\/$/, '');
      if (path === '') {
        return ok(
          readTree(repository.folder, tree, false).map((child) => entryJson(github, repository, ref, child)),
        );
      }
      const entry = entryAt(repository.folder, tree, path);
      if (entry === null) throw notFound();
      if (entry.type === 'tree') {
        const below = readTree(repository.folder, entry.sha, false);
        return ok(
          below.map((child) =>
            entryJson(github, repository, ref, { ...child, path: `${path}/${child.path}` }),
          ),
        );
      }
      if (format === 'raw' && entry.type === 'blob')
        return rawContent(readBlob(repository.folder, entry.sha));
      return ok({ ...entryJson(github, repository, ref, entry), ...contentOf(repository, entry) });
    },
  ),
};

function contentOf(repository: Repository, entry: TreeEntry): Json {
  if (entry.type !== 'blob') return {};
  const content = readBlob(repository.folder, entry.sha);
  if (entry.mode === '120000') return { target: content.toString('utf8') };
  if (content.length > largest) return { content: '', encoding: 'none' };
  return { content: inLines(content), encoding: 'base64' };
}

function entryJson(github: GitHub, repository: Repository, ref: string, entry: TreeEntry): Json {
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const self = repositoryUrl(github, repository, `/contents/${path}?ref=${encodeURIComponent(ref)}`);
  const page = pageUrl(github, repository, `/blob/${ref}/${path}`);
  const blob = repositoryUrl(github, repository, `/git/${entry.type}s/${entry.sha}`);
  return {
    name: entry.path.split('/').at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: self,
    html_url: page,
    git_url: blob,
    download_url: entry.type === 'blob' ? pageUrl(github, repository, `/raw/${ref}/${path}`) : null,
    type:
      entry.type === 'tree'
        ? 'dir'
        : entry.type === 'commit'
          ? 'submodule'
          : entry.mode === '120000'
            ? 'symlink'
            : 'file',
    _links: { self, git: blob, html: page },
  };
}
