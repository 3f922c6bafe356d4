import { attempt, fed } from './git/run.ts';
import { branchHead, moveBranch } from './events/branches.ts';
import { apiUrl, installationOf, madeAccount, newId, slugOf, type GitHub } from './github.ts';
import { Refusal } from './http/route.ts';
import type { Installation, Repository } from './state.ts';

/*
 * What owners do to repositories and installations in the settings.
 */

/** Another name or owner. The old address leads to the new one, until a repository is made there. */
export function moveRepository(github: GitHub, repository: Repository, slug: string): void {
  const before = slugOf(repository).toLowerCase();
  const [owner = '', name = ''] = slug.split('/');
  madeAccount(github, owner, 'Organization');
  github.state.repositories.delete(before);
  Object.assign(repository, { owner, name });
  github.state.repositories.set(slug.toLowerCase(), repository);
  github.state.moved.set(before, repository.id);
}

export function installFor(github: GitHub, owner: string): Installation {
  const known = [...github.state.installations.values()].find(
    ({ account }) => account.toLowerCase() === owner.toLowerCase(),
  );
  if (known) return known;
  const installation = { ...newInstallation(github), account: owner };
  github.state.installations.set(installation.id, installation);
  return installation;
}

export function newInstallation(github: GitHub): Omit<Installation, 'account'> {
  return { id: newId(github), createdAt: github.now(), suspendedAt: null, refusal: null, permissions: null };
}

/** As the button does it: pull requests follow to the new name. */
export function renameDefaultBranch(github: GitHub, repository: Repository, to: string): void {
  const from = repository.defaultBranch;
  const head = branchHead(repository, from);
  const doer = { login: repository.owner, viaApp: false };
  for (const pull of repository.pulls.values()) if (pull.base === from) pull.base = to;
  Object.assign(repository, { defaultBranch: to });
  moveBranch(github, repository, doer, to, null, head);
  fed(repository.folder, ['symbolic-ref', 'HEAD', `refs/heads/${to}`], '');
  attempt(repository.folder, ['update-ref', '-d', `refs/heads/${from}`]);
}

export function deleteRepository(github: GitHub, repository: Repository): void {
  github.state.repositories.delete(slugOf(repository).toLowerCase());
}

/** Where the old address of a repository leads; null where it leads nowhere. */
export function redirectOf(
  github: GitHub,
  owner: string,
  name: string,
  rest: string,
  method: string,
): Refusal | null {
  const id = github.state.moved.get(`${owner}/${name}`.toLowerCase());
  const isThere = [...github.state.repositories.values()].some((one) => one.id === id);
  if (id === undefined || !isThere) return null;
  const location = apiUrl(github, `/repositories/${id}${rest}`);
  return new Refusal(
    method === 'GET' ? 301 : 307,
    method === 'GET' ? 'Moved Permanently' : 'Temporary Redirect',
    { url: location },
    { location },
  );
}

/** What an installation's tokens are refused with, whatever they ask. */
export function installationRefusal(installation: Installation | null): Refusal | null {
  if (installation === null) return new Refusal(401, 'Bad credentials');
  if (installation.suspendedAt !== null) return new Refusal(403, 'This installation has been suspended');
  return installation.refusal === null ? null : new Refusal(403, installation.refusal);
}

/** Of what a token may do, what its installation still may. */
export function installationFor(github: GitHub, repository: Repository): Installation {
  const installation = installationOf(github, repository);
  if (installation === null) throw new Error(`the App is not installed on ${slugOf(repository)}`);
  return installation;
}
