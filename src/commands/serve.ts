import type { RequestListener } from 'node:http';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ApplicationFunction, run as runProbot } from 'probot';
import { apiUrl, appClient } from '../github/tokens.ts';
import { newTransport } from '../github/transport.ts';
import { messageOf } from '../errors/error-message.ts';
import { InputError } from '../errors/input-error.ts';
import { openRegistries } from '../registry/open-registries.ts';
import type { Log } from '../service/log.ts';
import { secretVariables } from '../service/secret-variables.ts';
import { loadSettings, type Settings } from '../service/settings.ts';
import { settingsChanges } from '../service/settings-changes.ts';
import { StatusViews } from '../service/status/status-views.ts';
import { openStoreAt } from '../store/open-store.ts';
import { isPostgresAddress } from '../store/postgres/address.ts';
import type { Store } from '../store/store.ts';
import { alertGate } from '../service/alert-gate.ts';
import { webhookGate } from '../service/webhook-gate.ts';
import { enterpriseNotice } from './enterprise-notice.ts';
import { gated, listenAlone } from './gated-server.ts';
import { openObservation } from './open-observation.ts';
import { statusAccessIn, statusSite } from './status-site.ts';
import { checkIsolation, isolationNotice } from './isolation-notice.ts';
import { openLog } from './log.ts';
import { Life } from './life.ts';
import { setUp } from './set-up.ts';
import { watchFile } from './watched-file.ts';
import { workAmongReplicas, workInOneProcess } from './work-under.ts';

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
  const key = env['PRIVATE_KEY'] ?? env['PRIVATE_KEY_PATH'];
  if (env['APP_ID'] === undefined || key === undefined) await setUp(run, env);
  else await serve(run, file, env, env['APP_ID']);
}

async function serve(
  run: typeof runProbot,
  file: string,
  env: NodeJS.ProcessEnv,
  appId: string,
): Promise<void> {
  const settings = await loadSettings(file, env);
  const privateKey = await privateKeyIn(env);
  const access = statusAccessIn(env);
  checkSources(settings, env);
  // What is wrong with their credentials is said before anything is scanned.
  await openRegistries('all', env);
  await mkdir(settings.folder, { recursive: true });
  const log = await openLog(env);
  // Before what may take long, so that probes see what Faultline waits for.
  const observation = await openObservation(env, log);
  const place = env['FAULTLINE_STORE'] || join(settings.folder, 'faultline.db');
  const store = await openStoreAt(place, {
    onWrite: (table, seconds) => observation.wrote(table, seconds),
  });
  observation.readiness.storeOpened();
  await checkIsolation(env);
  await warnOfMissingIsolation(env, secretVariables(settings), log);
  const transport = newTransport(env);
  const { writePause } = settings;
  const parts = { store, log, observation, transport, app: { appId, privateKey }, env, writePause };
  const work = isPostgresAddress(place) ? await workAmongReplicas(parts, place) : workInOneProcess(parts);
  const first = work.under(settings);
  let server: Server | null = null;
  let inForce = settings;
  const life = new Life({
    first,
    reloaded: async (why) => {
      const again = await loadSettings(file, env);
      checkSources(again, env);
      checkReloadable(again, settings, server !== null);
      const changes = settingsChanges(inForce, again);
      inForce = again;
      if (changes.length === 0 && why === 'file-changed') return null;
      return { serving: work.under(again), changes };
    },
    reloadFailed: () => observation.settingsNotReloaded(),
    transport,
    stopListening: async () => {
      observation.readiness.stopping();
      await server?.stop();
    },
    closeStore: async () => {
      await work.close();
      await store.close();
    },
    log,
    sleep: setTimeout,
  });
  const views = new StatusViews({
    service: () => life.serving.service,
    settings: () => inForce,
    limits: () => observation.limits.all,
    store,
    now: Date.now,
  });
  observation.serveSite(statusSite({ access, source: views, log }));
  if (env['GHE_HOST']) {
    const notice = await enterpriseNotice(appClient({ ...parts.app, baseUrl: apiUrl(env), transport }));
    if (notice !== null) log.warn({ notice }, 'GitHub is too old');
  }
  // Before the server listens: a webhook about a repository that is not served yet would be dropped.
  await first.list();
  // Probot would take a well-known secret in place of none.
  const secret = env['WEBHOOK_SECRET'];
  const listen = async (): Promise<Server> => run(await appOf(life, store), { log });
  const alerts = (next: RequestListener): RequestListener =>
    alertGate(
      {
        settings: () => life.serving.alertSettings,
        intake: () => life.serving.alerts,
        environment: env,
        log,
      },
      next,
    );
  if (secret) server = await gated((next) => alerts(webhookGate({ secret, log }, next)), listen);
  else if (settings.alerts !== null) server = await listenAlone(alerts(notFound), env, log);
  await first.start();
  listenToSignals(life, log);
  const sleep = (milliseconds: number) => setTimeout(milliseconds, null, { ref: false });
  const read = () => readFile(file, 'utf8').catch(() => null);
  void watchFile({ read, sleep, changed: () => life.reload('file-changed') }, () => life.isStopping);
}

const notFound: RequestListener = (_request, response) => void response.writeHead(404).end();

interface Server {
  stop(): Promise<unknown>;
}

async function warnOfMissingIsolation(
  env: NodeJS.ProcessEnv,
  secrets: readonly string[],
  log: Log,
): Promise<void> {
  const notice = await isolationNotice(env, secrets);
  if (notice === null) return;
  // Whoever starts it sees one, and whoever reads the log the other.
  process.stderr.write(`faultline: warning: ${notice}\n`);
  log.warn({ notice }, 'renderers are not isolated');
}

/** The first SIGINT or SIGTERM stops Faultline, a second one ends the process at once; SIGHUP reloads the settings. */
function listenToSignals(life: Life, log: Log): void {
  // Probot's own would end the process while something is still being written.
  process.removeAllListeners('SIGINT');
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    // The second one is for whoever cannot wait.
    process.on(
      signal,
      once(
        () =>
          void life.stop().then(
            () => process.exit(0),
            (error: unknown) => {
              log.error({ problem: messageOf(error) }, 'not stopped in order');
              process.exit(1);
            },
          ),
        () => process.exit(1),
      ),
    );
  process.on('SIGHUP', () => void life.reload());
}

function once(first: () => void, again: () => void): () => void {
  let isFirst = true;
  return () => {
    if (isFirst) first();
    else again();
    isFirst = false;
  };
}

/** @throws {InputError} when neither webhooks nor polling would tell Faultline of anything */
function checkSources({ polling }: Settings, env: NodeJS.ProcessEnv): void {
  if (!env['WEBHOOK_SECRET'] && polling === null)
    throw new InputError(
      'WEBHOOK_SECRET is missing: without it anybody could send webhooks. Set it, or set polling',
    );
}

/** @throws {InputError} when settings that were read again change what only a new start can change */
function checkReloadable(settings: Settings, started: Settings, isListening: boolean): void {
  for (const key of ['folder', 'writePause'] as const)
    if (settings[key] !== started[key])
      throw new InputError(`${key} changed, which needs a new start: stop Faultline and start it again`);
  if (settings.alerts !== null && !isListening)
    throw new InputError('alerts were added, which need a new start: nothing listens yet');
}

/** What the set-up page wrote. */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch {
    // There is none.
  }
}

async function appOf(life: Life, store: Store): Promise<ApplicationFunction> {
  const { faultline } = await import('../app.ts');
  return async (app, { addHandler }) => {
    faultline(app, {
      get service() {
        return life.serving.service;
      },
      get queue() {
        return life.serving.queue;
      },
      store,
      now: Date.now,
    });
    // The address that Probot's set-up page registers, beside the one that its documentation names.
    addHandler(await app.getNodeMiddleware({ path: '/' }));
  };
}

/** @throws {InputError} where the environment holds none */
export async function privateKeyIn(env: NodeJS.ProcessEnv): Promise<string> {
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
