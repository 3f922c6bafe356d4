import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ApplicationFunction } from 'probot';
import type { AppParts } from '../app.ts';
import { Installations } from '../github/installations.ts';
import { apiUrl, appClient } from '../github/tokens.ts';
import { InputError } from '../input-error.ts';
import { Runner } from '../service/run.ts';
import { Service } from '../service/service.ts';
import { loadSettings } from '../service/settings.ts';
import { watchedCluster } from '../service/clusters.ts';
import { openStore } from '../store/sqlite.ts';
import { openLog } from './log.ts';

export interface ServeOptions {
  readonly settings: string;
}

/**
 * `faultline serve`: the App, as one process, until it is told to stop. Without credentials it is Probot's set-up page, which
 * registers an App from app.yml and writes them into `.env`.
 */
export async function serveCommand({ settings: file }: ServeOptions): Promise<void> {
  loadEnvFile();
  const env = process.env;
  const { run } = await import('probot');
  const isSetUp =
    env['APP_ID'] !== undefined && (env['PRIVATE_KEY'] ?? env['PRIVATE_KEY_PATH']) !== undefined;
  if (!isSetUp) {
    await run(() => undefined);
    return;
  }
  const settings = await loadSettings(file, env);
  const appId = env['APP_ID']!;
  const privateKey = await privateKeyIn(env);
  if (!env['WEBHOOK_SECRET'] && settings.polling === null)
    throw new InputError(
      'WEBHOOK_SECRET is missing: without it anybody could send webhooks. Set it, or set polling',
    );
  await mkdir(settings.folder, { recursive: true });
  const store = openStore(env['FAULTLINE_STORE'] ?? join(settings.folder, 'faultline.db'));
  const log = await openLog(env);
  const clock = { now: Date.now, sleep: setTimeout };
  const installations = new Installations(appClient({ appId, privateKey, baseUrl: apiUrl(env) }), clock);
  const service = new Service({
    store,
    clusters: settings.clusters.map(watchedCluster),
    mirrors: join(settings.folder, 'mirrors'),
    onboarding: settings.onboarding,
    log,
    now: Date.now,
    sleep: setTimeout,
  });
  const runner = new Runner({
    service,
    installations,
    settings,
    store,
    log,
    now: Date.now,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  });
  // Before anybody listens: a webhook about a repository that is not known yet would be for nobody.
  await runner.list();
  // Probot would take a well-known secret in place of none.
  const server = env['WEBHOOK_SECRET'] ? await run(await appOf({ service, runner, store }), { log }) : null;
  runner.start();
  const stop = async (): Promise<void> => {
    await runner.stop();
    await server?.stop();
    store.close();
  };
  // Probot's own would end the process while something is still being written.
  process.removeAllListeners('SIGINT');
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(0)));
}

/** What the set-up page wrote. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch {
    // There is none.
  }
}

async function appOf(parts: Omit<AppParts, 'now'>): Promise<ApplicationFunction> {
  const { faultline } = await import('../app.ts');
  return async (app, { addHandler }) => {
    faultline(app, { ...parts, now: Date.now });
    // The address that Probot's set-up page registers, beside the one that its documentation names.
    addHandler(await app.getNodeMiddleware({ path: '/' }));
  };
}

async function privateKeyIn(env: NodeJS.ProcessEnv): Promise<string> {
  const { getPrivateKey } = await import('@probot/get-private-key');
  const variable = env['PRIVATE_KEY'] === undefined ? 'PRIVATE_KEY_PATH' : 'PRIVATE_KEY';
  const wanted =
    'the text of the .pem file of the App, base64 of it, or the path of the file in PRIVATE_KEY_PATH';
  let key: string | null;
  try {
    key = getPrivateKey({ env: env as Record<string, string> });
  } catch (error) {
    throw new InputError(`${variable} holds no private key: expected ${wanted}`, { cause: error });
  }
  if (!key) throw new InputError(`${variable} is empty: expected ${wanted}`);
  return key;
}
