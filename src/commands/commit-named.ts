import { InputError } from '../errors/input-error.ts';
import { nearestOf } from '../errors/nearest.ts';
import type { Repository } from '../git/repository.ts';
import type { Commit } from '../model/commit.ts';

/** @throws {InputError} that names the flag, where the repository has no such commit */
export async function commitNamed(repository: Repository, flag: string, name: string): Promise<Commit> {
  const commit = await repository.commitAt(name);
  if (!commit) {
    const branches = [...(await repository.branches()).keys()];
    throw new InputError(
      `${flag} ${name}: no commit, branch or tag of this name in ${repository.path}${nearestOf(name, branches)}`,
    );
  }
  return commit;
}
