import { isObject, readBlob, writeBlob } from '../git/objects.ts';
import { repositoryUrl } from '../github.ts';
import { created, notFound, ok, rawContent, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import { nodeId } from '../shapes/users.ts';
import { notInEmptyRepository } from './refs.ts';

export const blobRoutes: RepositoryRoutes = {
  'POST /repos/{owner}/{repo}/git/blobs': repositoryRoute(
    'contents:write',
    ({ github, repository, body }) => {
      const { content, encoding } = body as { readonly content: string; readonly encoding?: string };
      notInEmptyRepository(repository);
      const sha = writeBlob(
        repository.folder,
        Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'),
      );
      return created({ sha, url: repositoryUrl(github, repository, `/git/blobs/${sha}`) });
    },
  ),

  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': repositoryRoute(
    'contents:read',
    ({ github, repository, params, format }) => {
      const sha = params['file_sha'] ?? '';
      if (!isObject(repository.folder, sha, 'blob')) throw notFound();
      const content = readBlob(repository.folder, sha);
      if (format === 'raw') return rawContent(content);
      return ok({
        sha,
        node_id: nodeId('B', sha),
        url: repositoryUrl(github, repository, `/git/blobs/${sha}`),
        size: content.length,
        content: inLines(content),
        encoding: 'base64',
      });
    },
  ),
};

/** GitHub breaks base64 into lines of 60 characters, each with its end. */
export function inLines(content: Buffer): string {
  return content.toString('base64').replaceAll(/.{1,60}/g, '$&\n');
}
