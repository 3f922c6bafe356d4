import { basename, dirname } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import { openRepository } from '../git/open-repository.ts';
import { remembering } from '../git/remembering.ts';
import type { Repository } from '../git/repository.ts';
import { shapeOf } from '../git/shape.ts';
import type { Tree } from '../tree/tree.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';

/**
 * The repository that `--repo` names. What of it cannot be read from there is told on standard error: answers lack it.
 *
 * @throws {InputError} that names the flag
 */
export async function repositoryNamed(path: string): Promise<Repository> {
  const repository = remembering(await opened(path));
  const { root, isShallow } = await shapeOf(repository.path);
  if (root !== null)
    notice(
      `${repository.path} is below the root of a work tree: it is read without history; --repo ${root} reads all`,
    );
  if (isShallow)
    notice(
      `${repository.path} is a shallow clone: what happened before its history is cut off is unknown; git fetch --unshallow brings it`,
    );
  return repository;
}

async function opened(path: string): Promise<Repository> {
  const repository = await openRepository(path).catch((error: unknown) => {
    throw error instanceof InputError ? new InputError(`--repo ${error.message}`, { cause: error }) : error;
  });
  const { path: root, branch } = repository;
  if (basename(root) === '.git' && branch === null)
    throw new InputError(
      `--repo ${path}: the folder of git itself; expected the work tree, ${dirname(root)}`,
    );
  return repository;
}

/** Files that the answer lacks, since the system forbids to read them. Those are known once they are read. */
export function warnOfUnread({ problems = [] }: Tree): void {
  for (const { path, message } of problems) notice(`${path} ${message}, and is set aside`);
}

function notice(text: string): void {
  process.stderr.write(`faultline: warning: ${plainText(untrusted(text))}\n`);
}
