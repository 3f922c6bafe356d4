import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { setupGate } from '../service/setup-gate.ts';
import { gated } from './gated-server.ts';

/**
 * Runs the set-up page behind its gate. What it writes, `.env` with the private key of the App, is for the owner alone.
 *
 * @param start starts the page.
 */
export async function setUp(start: () => Promise<{ readonly port: number }>): Promise<void> {
  process.umask(0o077);
  await chmod('.env', 0o600).catch(() => undefined);
  const token = randomBytes(16).toString('hex');
  const { port } = await gated((next) => setupGate({ token, now: Date.now }, next), start);
  console.info(
    `Set-up: open http://localhost:${port}/probot; under another name, add ?token=${token} to its address`,
  );
}
