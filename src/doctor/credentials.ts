import { messageOf } from '../errors/error-message.ts';
import { type Check, failed, ok, warning } from './check.ts';

/**
 * What GitHub needs in the environment. Whether GitHub accepts it, the checks of github.ts tell.
 *
 * @param readKey reads the private key, and throws where it is none
 */
export function credentialsCheck(
  env: NodeJS.ProcessEnv,
  polls: boolean,
  readKey: (env: NodeJS.ProcessEnv) => Promise<string>,
): Check {
  const what = 'GitHub App';
  return {
    what,
    run: async () => {
      const found = [];
      if (!env['APP_ID']) found.push(failed(what, 'APP_ID is not set', 'set APP_ID'));
      if (!env['PRIVATE_KEY'] && !env['PRIVATE_KEY_PATH'])
        found.push(failed(what, 'PRIVATE_KEY is not set', 'set PRIVATE_KEY or PRIVATE_KEY_PATH'));
      else
        await readKey(env).catch((error: unknown) => {
          found.push(failed(what, messageOf(error)));
        });
      if (!env['WEBHOOK_SECRET']) {
        const say = polls ? warning : failed;
        found.push(say(what, 'WEBHOOK_SECRET is not set: no webhooks arrive', 'set WEBHOOK_SECRET'));
      }
      return found.length > 0 ? found : [ok(what, 'its credentials are set')];
    },
  };
}
