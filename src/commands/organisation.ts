import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CENTRAL_FILES, NO_ORGANISATION, type Organisation } from '../config/organisation.ts';
import { InputError } from '../errors/input-error.ts';
import type { Remote } from '../model/remote.ts';

/**
 * The organisation whose defaults `--org-defaults` names: a checkout of its `.github` repository, or the file with the defaults in it.
 *
 * @param remote of the repository that they apply to
 * @throws {InputError} where there is no such file or folder
 */
export async function organisationIn(path: string | undefined, remote: Remote | null): Promise<Organisation> {
  const owner = remote?.slug.split('/')[0] ?? null;
  if (path === undefined) return { ...NO_ORGANISATION, owner };
  const found = await stat(path).catch((cause: unknown) => {
    throw new InputError(`--org-defaults ${path}: cannot be read`, { cause });
  });
  if (found.isDirectory()) return { owner, file: (file) => readOrNull(join(path, file)) };
  const [defaults] = CENTRAL_FILES;
  const folder = dirname(path);
  const top = basename(folder) === '.github' ? dirname(folder) : folder;
  return { owner, file: (file) => readOrNull(file === defaults ? path : join(top, file)) };
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
