import type { GitHub } from '../github.ts';
import type { Permission } from '../interface.ts';
import type { Repository } from '../state.ts';

const order: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

/** What somebody may do in a repository, by themselves or through a team. */
export function permissionOf(github: GitHub, repository: Repository, login: string): Permission {
  const name = login.toLowerCase();
  if (name === repository.owner.toLowerCase()) return 'admin';
  const own = repository.collaborators.get(name) ?? (repository.settings.private ? 'none' : 'read');
  const teams = [...repository.teams.values()].filter(({ members }) =>
    members.some((member) => member.toLowerCase() === name),
  );
  const bot =
    name === `${github.state.app.slug}[bot]` && repository.settings.installed
      ? botPermission(github)
      : 'none';
  return [own, bot, ...teams.map(({ permission }) => permission)].reduce(higher);
}

function higher(a: Permission, b: Permission): Permission {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

export function mayAtLeast(permission: Permission, wanted: Permission): boolean {
  return order.indexOf(permission) >= order.indexOf(wanted);
}

function botPermission(github: GitHub): Permission {
  return github.state.app.permissions['contents'] === 'write' ? 'write' : 'read';
}

export function isCollaborator(repository: Repository, login: string): boolean {
  const name = login.toLowerCase();
  const permission = repository.collaborators.get(name);
  if (permission !== undefined && permission !== 'none') return true;
  return (
    name === repository.owner.toLowerCase() ||
    [...repository.teams.values()].some(({ members }) =>
      members.some((member) => member.toLowerCase() === name),
    )
  );
}

/** GitHub tells Apps that they have no association, although they may write. */
export function associationOf(github: GitHub, repository: Repository, login: string): string {
  if (login.toLowerCase() === repository.owner.toLowerCase()) return 'OWNER';
  if (login.endsWith('[bot]')) return 'NONE';
  return ['none', 'read'].includes(permissionOf(github, repository, login)) ? 'NONE' : 'COLLABORATOR';
}
