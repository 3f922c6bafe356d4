import { mayAtLeast, permissionOf } from '../events/people.ts';
import { ok, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import { fullRepositoryJson } from '../shapes/repositories.ts';

export const repositoryRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}': repositoryRoute('metadata:read', ({ github, repository, actor, doer }) => {
    const isKnown = actor.kind === 'token';
    const permission = permissionOf(github, repository, doer.login);
    const permissions = {
      admin: mayAtLeast(permission, 'admin'),
      maintain: mayAtLeast(permission, 'maintain'),
      push: mayAtLeast(permission, 'write'),
      triage: mayAtLeast(permission, 'triage'),
      pull: true,
    };
    return ok({
      ...fullRepositoryJson(github, repository, isKnown && permissions.push),
      ...(isKnown ? { permissions } : {}),
    });
  }),
};
