import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { run as runProbot } from 'probot';
import { InputError } from '../errors/input-error.ts';
import { setupGate } from '../service/setup-gate.ts';
import { writeEnvFile } from './env-file.ts';
import { gated } from './gated-server.ts';

/**
 * Runs Probot's set-up page behind its gate. It registers an App from app.yml; what it writes, `.env` with the private key of the App,
 * is for the owner alone.
 *
 * @throws {InputError} where there is no app.yml to register an App from
 */
export async function setUp(run: typeof runProbot, env: NodeJS.ProcessEnv): Promise<void> {
  if (!existsSync('app.yml'))
    throw new InputError(
      'APP_ID and a private key are missing, and there is no app.yml here to register an App from: set them, or start Faultline in its own folder',
    );
  // Probot would download a client of smee.io, and register an address there for a webhook that app.yml switches off.
  env['NO_SMEE_SETUP'] = 'true';
  delete env['WEBHOOK_PROXY_URL'];
  const token = randomBytes(16).toString('hex');
  const { port } = await gated(
    (next) => setupGate({ token, now: Date.now }, next),
    () =>
      run(() => undefined, {
        // GitHub makes no secret where the webhook is off, and the word "null" would be one that everybody knows.
        updateEnv: (variables) => {
          writeEnvFile('.env', variables);
          return variables;
        },
      }),
  );
  console.info(
    `Set-up: open http://localhost:${port}/probot; under another name, add ?token=${token} to its address`,
  );
}
