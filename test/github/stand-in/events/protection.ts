import type { Doer, GitHub } from '../github.ts';
import type { Repository } from '../state.ts';
import { mayAtLeast, permissionOf } from './people.ts';

/** A protected branch takes pull requests only, from those whom the protection binds. Null: it may be moved. */
export function protectionRefusal(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  ref: string,
): string | null {
  const { refuses } = repository.settings;
  if (refuses && refuses.what !== 'creation' && refuses.branch.test(ref.replace('refs/heads/', '')))
    return `Repository rule violations found\n\n${refuses.words}\n\n`;
  const protection = repository.protections.get(ref.replace('refs/heads/', ''));
  if (protection === undefined || !ref.startsWith('refs/heads/')) return null;
  const isAdmin = mayAtLeast(permissionOf(github, repository, doer.login), 'admin');
  if (isAdmin && protection.enforceAdmins === false) return null;
  return protection.through === 'ruleset'
    ? 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n'
    : 'Protected branch update failed';
}
