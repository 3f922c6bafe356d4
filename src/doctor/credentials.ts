import { type Check, failed, ok } from './check.ts';

/** What GitHub needs in the environment. Whether it is accepted is not asked. */
export function credentialsCheck(env: NodeJS.ProcessEnv, polls: boolean): Check {
  return {
    what: 'GitHub App',
    run: async () => {
      const missing = [
        ...(env['APP_ID'] ? [] : ['APP_ID']),
        ...(env['PRIVATE_KEY'] || env['PRIVATE_KEY_PATH'] ? [] : ['PRIVATE_KEY']),
      ];
      const found = missing.map((name) => failed('GitHub App', `${name} is not set`, `set ${name}`));
      if (!env['WEBHOOK_SECRET'])
        found.push({
          ...failed('GitHub App', 'WEBHOOK_SECRET is not set: no webhooks arrive', 'set WEBHOOK_SECRET'),
          status: polls ? 'warning' : 'failed',
        });
      return found.length > 0 ? found : [ok('GitHub App', 'its credentials are set')];
    },
  };
}
