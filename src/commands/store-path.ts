import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import { StoreError } from '../store/store-error.ts';

/** Where the store is: `$FAULTLINE_STORE`, else `$XDG_STATE_HOME/faultline/faultline.db`, else below `~/.local/state`. */
export function storePath(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return env['FAULTLINE_STORE'] || join(state, 'faultline', 'faultline.db');
}

/**
 * What work on a store gives; a store that cannot be used is an error of the call, but for a database that does not answer.
 *
 * @param isNamed the file was named with `--store`, which the message then says
 * @throws {InputError}
 */
export async function asInputError<T>(isNamed: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The call is right, and may be once the database is back.
    if (!(error instanceof StoreError) || error.problem === 'unreachable') throw error;
    throw new InputError(isNamed ? `--store ${error.message}` : error.message, { cause: error });
  }
}
