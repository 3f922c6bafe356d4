import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Check, failed, ok } from './check.ts';

/** Whether the store and the mirrors can be written; a folder that is missing is made at the start. */
export function folderCheck(folder: string): Check {
  return {
    what: 'folder',
    run: async () => {
      const existing = await nearest(folder);
      return access(existing, constants.W_OK | constants.X_OK).then(
        () => [ok('folder', existing === folder ? folder : `${folder}, made at the start`)],
        () => [failed('folder', `${existing} cannot be written`, `chown it to this user, or set folder`)],
      );
    },
  };
}

async function nearest(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearest(dirname(path));
}
