import { tmpdir } from 'node:os';
import { gitIn } from './command.ts';

/** The oldest git that takes settings from its environment, which keeps tokens out of the list of processes. */
export const OLDEST_GIT = '2.31';

/** `2.47.3`; null where git says something else. @throws {InputError} where there is no git */
export async function gitVersion(): Promise<string | null> {
  const said = await gitIn(tmpdir(), '/').run(['version']);
  return /^git version (\d+(?:\.\d+)+)/.exec(said)?.[1] ?? null;
}

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_GIT.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
