import { InputError } from '../errors/input-error.ts';
import { nearestOf } from '../errors/nearest.ts';
import { shapeOf } from '../git/shape.ts';
import type { Repository } from '../git/repository.ts';
import type { Commit } from '../model/commit.ts';

/** @throws {InputError} that names the flag, where the repository has no such commit */
export async function commitNamed(repository: Repository, flag: string, name: string): Promise<Commit> {
  const commit = await repository.commitAt(name);
  if (!commit) {
    const { path, head, branch } = repository;
    if (head === null)
      throw new InputError(
        `${flag} ${name}: ${path} ${branch === null ? 'is not a git repository' : 'has no commits yet'}`,
      );
    const branches = [...(await repository.branches()).keys()];
    const { isShallow } = await shapeOf(path);
    const cut = isShallow ? ', a shallow clone: git fetch --unshallow brings what is missing' : '';
    throw new InputError(
      `${flag} ${name}: no commit, branch or tag of this name in ${path}${cut}${nearestOf(name, branches)}`,
    );
  }
  return commit;
}
