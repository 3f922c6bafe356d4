import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the store is: `$FAULTLINE_STORE`, else `$XDG_STATE_HOME/faultline/faultline.db`, else below `~/.local/state`. */
export function storePath(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return env['FAULTLINE_STORE'] || join(state, 'faultline', 'faultline.db');
}
