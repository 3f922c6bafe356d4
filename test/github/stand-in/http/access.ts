import { botLogin, installationOf, repositoryBySlug, type Doer, type GitHub } from '../github.ts';
import { mayAtLeast, permissionOf } from '../events/people.ts';
import type { Permissions, Repository, Token } from '../state.ts';
import { redirectOf } from '../moves.ts';
import { grants } from './authenticate.ts';
import { notFound, Refusal, type Call, type RepositoryCall, type RepositoryRoute } from './route.ts';

const notForIntegrations = 'Resource not accessible by integration';

/** Finds the repository of a call, and throws when the caller must not see it (404) or do this to it (401, 403). */
export function admitted(call: Call, route: RepositoryRoute, method: string): RepositoryCall {
  const { owner = '', repo = '' } = call.params;
  const repository = repositoryBySlug(call.github, owner, repo);
  if (repository === null) {
    const rest = call.url.pathname.split(/\/repos\/[^/]+\/[^/]+/)[1] ?? '';
    throw redirectOf(call.github, owner, repo, `${rest}${call.url.search}`, method) ?? notFound();
  }
  if (!isVisible(call, repository)) throw notFound();
  const writes = method !== 'GET';
  const { actor } = call;
  switch (actor.kind) {
    case 'anonymous':
      if (writes) throw new Refusal(401, 'Requires authentication');
      break;
    case 'app':
      throw new Refusal(401, 'A JSON web token could not be decoded');
    case 'token': {
      const { permissions, login } = actor.token;
      if (permissions !== null) {
        // Outside its repositories an installation sees what is public, and no more.
        const granted =
          reaches(call.github, actor.token, repository) &&
          needsOf(call, repository, route).some(
            (need) => grants(permissions, need) && grants(grantedNow(call.github, actor.token), need),
          );
        const isPublicRead =
          !writes && !repository.settings.private && route.needs.some((need) => publicReads.includes(need));
        if (!granted && !isPublicRead) throw new Refusal(403, notForIntegrations);
      } else {
        const wanted = route.person ?? (writes ? 'write' : 'read');
        if (!mayAtLeast(permissionOf(call.github, repository, login), wanted)) {
          throw wanted === 'admin' ? notFound() : new Refusal(403, 'Must have push access to repository.');
        }
      }
    }
  }
  if (writes && repository.settings.archived)
    throw new Refusal(403, 'Repository was archived so is read-only.');
  return { ...call, repository, doer: doerOf(call) };
}

/** What is about an issue that is no pull request takes the permission for issues: the one for pull requests does not do. */
function needsOf({ params }: Call, repository: Repository, { needs }: RepositoryRoute): readonly string[] {
  const comment = repository.comments.get(Number(params['comment_id']));
  const number = comment?.issue ?? Number(params['issue_number']);
  const isIssue = repository.issues.has(number) && !repository.pulls.has(number);
  return isIssue ? needs.filter((need) => need.startsWith('issues:')) : needs;
}

const publicReads = [
  'contents:read',
  'pull_requests:read',
  'issues:read',
  'metadata:read',
  'checks:read',
  'statuses:read',
];

export function isVisible(
  { github, actor }: Pick<Call, 'github' | 'actor'>,
  repository: Repository,
): boolean {
  if (!repository.settings.private) return true;
  if (actor.kind !== 'token') return false;
  const { login, kind } = actor.token;
  if (kind === 'personal') return permissionOf(github, repository, login) !== 'none';
  return reaches(github, actor.token, repository);
}

/** A token for some repositories, or for all that its installation has. */
function reaches(github: GitHub, token: Token, repository: Repository): boolean {
  return (
    token.repositories?.includes(repository.id) ??
    installationOf(github, repository)?.id === token.installation
  );
}

function doerOf({ github, actor }: Call): Doer {
  const login = actor.kind === 'token' ? actor.token.login : 'ghost';
  return { login, viaApp: login === botLogin(github) };
}

/** A permission that was taken from the installation is taken from its tokens too. */
function grantedNow({ state }: GitHub, { installation, permissions }: Token): Permissions {
  const now = installation === null ? null : state.installations.get(installation)?.permissions;
  return now ?? permissions ?? state.app.permissions;
}
