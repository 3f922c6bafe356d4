import { accountOf, type GitHub } from '../github.ts';
import { isCollaborator, mayAtLeast, permissionOf } from '../events/people.ts';
import { page } from '../http/paging.ts';
import { noContent, notFound, ok, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import { userJson, type Json } from '../shapes/users.ts';
import type { Repository } from '../state.ts';

export const collaboratorRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/collaborators': repositoryRoute(
    'metadata:read',
    (call) => {
      const { github, repository } = call;
      const logins = [...repository.collaborators]
        .filter(([, permission]) => permission !== 'none')
        .map(([login]) => login);
      return page(call, logins, (login) => collaboratorJson(github, repository, login));
    },
    'write',
  ),

  'GET /repos/{owner}/{repo}/collaborators/{username}': repositoryRoute(
    'metadata:read',
    ({ repository, params }) => {
      if (!isCollaborator(repository, params['username'] ?? '')) throw notFound();
      return noContent;
    },
    'write',
  ),

  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': repositoryRoute(
    'metadata:read',
    ({ github, repository, params }) => {
      const login = accountOf(github, params['username'] ?? '')?.login;
      if (login === undefined) throw notFound();
      const role = permissionOf(github, repository, login);
      return ok({
        // The old names: maintainers write, and triagers read.
        permission: role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role,
        role_name: role,
        user: collaboratorJson(github, repository, login),
      });
    },
    'write',
  ),
};

function collaboratorJson(github: GitHub, repository: Repository, login: string): Json {
  const role = permissionOf(github, repository, login);
  return {
    ...userJson(github, accountOf(github, login)?.login ?? login),
    permissions: {
      pull: mayAtLeast(role, 'read'),
      triage: mayAtLeast(role, 'triage'),
      push: mayAtLeast(role, 'write'),
      maintain: mayAtLeast(role, 'maintain'),
      admin: mayAtLeast(role, 'admin'),
    },
    role_name: role,
  };
}
