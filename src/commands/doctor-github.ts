import { setTimeout } from 'node:timers/promises';
import type { AskedGitHub } from '../doctor/github.ts';
import type { CentralGitHub } from '../doctor/central.ts';
import type { MappedGitHub } from '../doctor/sources.ts';
import { type Installed, Installations } from '../github/installations.ts';
import { readGrants, readRegistration, readWebhook } from '../github/registration.ts';
import { apiUrl, appClient } from '../github/tokens.ts';
import { newTransport } from '../github/transport.ts';
import { privateKeyIn } from './serve.ts';

/** What `doctor` asks of GitHub, each thing once; null where the environment has no credentials to ask with. */
export async function gitHubFor(
  env: NodeJS.ProcessEnv,
): Promise<(AskedGitHub & MappedGitHub & CentralGitHub) | null> {
  const appId = env['APP_ID'];
  const privateKey = await privateKeyIn(env).catch(() => null);
  if (!appId || privateKey === null) return null;
  const client = appClient({ appId, privateKey, baseUrl: apiUrl(env), transport: newTransport(env) });
  const installations = new Installations(client, { now: Date.now, sleep: setTimeout });
  const listed = once(() => installations.list());
  const list = async (): Promise<readonly string[]> => (await listed()).map(nameOf);
  return {
    host: env['GHE_HOST'] ?? 'github.com',
    registration: once(() => readRegistration(client)),
    grants: once(() => readGrants(client)),
    webhook: once(() => readWebhook(client)),
    // Another check says what GitHub refuses.
    installed: once(() => list().catch(() => null)),
    file: async (repository, path) => {
      const found = (await listed()).find((one) => nameOf(one) === repository);
      return found ? (await installations.hostFor(found)).file(path) : null;
    },
  };
}

function nameOf({ owner, repo }: Installed): string {
  return `${owner}/${repo}`;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => (asked ??= ask());
}
