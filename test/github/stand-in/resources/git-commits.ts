import { type Signature, readCommit, writeCommit } from '../git/commits.ts';
import { isObject } from '../git/objects.ts';
import { signatureOf, signedBy, webFlow } from '../events/signing.ts';
import { created, notFound, ok, Refusal, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import { gitCommitJson } from '../shapes/commits.ts';
import { notInEmptyRepository } from './refs.ts';

interface WantedCommit {
  readonly message: string;
  readonly tree: string;
  readonly parents?: readonly string[];
  readonly author?: Person;
  readonly committer?: Person;
  readonly signature?: string;
}

interface Person {
  readonly name?: string;
  readonly email?: string;
  readonly date?: string;
}

export const gitCommitRoutes: RepositoryRoutes = {
  'POST /repos/{owner}/{repo}/git/commits': repositoryRoute(
    'contents:write',
    ({ github, repository, doer, body }) => {
      const { message, tree, parents = [], author, committer, signature } = body as WantedCommit;
      notInEmptyRepository(repository);
      if (!isObject(repository.folder, tree, 'tree')) throw new Refusal(422, 'Tree SHA does not exist');
      for (const parent of parents) {
        if (!isObject(repository.folder, parent, 'commit'))
          throw new Refusal(422, 'Parent SHA does not exist or is not a commit object');
      }
      const self = signatureOf(github, doer.login);
      const given = (person: Person | undefined, otherwise: Signature): Signature =>
        person === undefined
          ? otherwise
          : {
              name: person.name ?? otherwise.name,
              email: person.email ?? otherwise.email,
              at: person.date === undefined ? github.now() : Date.parse(person.date),
            };
      // Only bots get their commits signed, and only when they leave out who made them.
      const byGitHub =
        author === undefined &&
        committer === undefined &&
        signature === undefined &&
        doer.login.endsWith('[bot]');
      const written = given(author, self);
      const sha = writeCommit(
        repository.folder,
        {
          tree,
          parents,
          message,
          author: written,
          committer: byGitHub ? webFlow(github.now()) : given(committer, written),
        },
        byGitHub ? signedBy(github) : signature === undefined ? null : () => signature,
      );
      return created(gitCommitJson(github, repository, sha));
    },
  ),

  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': repositoryRoute(
    'contents:read',
    ({ github, repository, params }) => {
      const sha = params['commit_sha'] ?? '';
      if (readCommit(repository.folder, sha) === null) throw notFound();
      return ok(gitCommitJson(github, repository, sha));
    },
  ),
};
