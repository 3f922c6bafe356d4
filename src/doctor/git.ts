import { gitVersion, isTooOld, OLDEST_GIT } from '../git/version.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** Whether git is there, and new enough. @param read asks git for its version */
export function gitCheck(read: () => Promise<string | null> = gitVersion): Check {
  const what = 'git';
  const repair = `install git ${OLDEST_GIT} or newer`;
  return {
    what,
    run: async () => {
      const version = await read();
      if (version === null) return [warning(what, 'its version could not be read', repair)];
      if (isTooOld(version)) return [failed(what, `${version} is older than ${OLDEST_GIT}`, repair)];
      return [ok(what, version)];
    },
  };
}
