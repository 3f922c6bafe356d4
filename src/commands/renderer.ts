import { lstat, unlink, chmod } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { messageOf } from '../errors/error-message.ts';
import { InputError } from '../errors/input-error.ts';
import { isolation } from '../renderers/isolation/detect.ts';
import { TOKEN_VARIABLE } from '../renderers/remote/remote-renderer.ts';
import { type ListenAt, listenAsRenderer } from '../renderers/remote/renderer-server.ts';
import { findHelm, findKustomize } from '../renderers/tools.ts';
import { isolationNotice } from './isolation-notice.ts';
import { openLog } from './log.ts';

export interface RendererOptions {
  readonly port: number;
  readonly host?: string;
  readonly socket?: string;
  readonly parallel?: number;
}

/** Characters of a token that nobody guesses. */
const SHORTEST_TOKEN = 16;

/** `faultline renderer`: renders what `serve` and `diagnose` send, until it is told to stop. It needs no credentials, no cluster and no network. */
export async function rendererCommand(options: RendererOptions): Promise<void> {
  const env = process.env;
  const token = env[TOKEN_VARIABLE] || null;
  if (token === null && options.socket === undefined)
    throw new InputError(`${TOKEN_VARIABLE} is missing: without it anybody could have things rendered`);
  if (token !== null && token.length < SHORTEST_TOKEN)
    throw new InputError(`${TOKEN_VARIABLE} is shorter than ${SHORTEST_TOKEN} characters`);
  const found = await isolation(env);
  if (typeof found === 'string') throw new InputError(found);
  const warning = await isolationNotice(env);
  const [kustomize, helm, log] = [await findKustomize(env), await findHelm(env), await openLog(env)];
  if (kustomize === null && helm === null)
    throw new InputError('neither kustomize nor helm is installed: there is nothing to render with');
  if (warning !== null) log.warn({ notice: warning }, 'renderers are not isolated');
  const at: ListenAt =
    options.socket === undefined
      ? { host: options.host ?? env['HOST'] ?? 'localhost', port: options.port }
      : { path: options.socket };
  if ('path' in at) await removeSocket(at.path);
  const parallel = options.parallel ?? availableParallelism();
  const server = await listenAsRenderer(at, {
    kustomize,
    helm,
    isolation: { isolation: found.mode, warning },
    token,
    parallel,
    onRefused: (why) => log.warn({ why }, 'refused a request'),
    onFailed: (err) => log.error({ err }, 'could not answer a request'),
  }).catch((error: unknown) => {
    throw new InputError(`cannot listen: ${messageOf(error)}`, { cause: error });
  });
  if ('path' in at) await chmod(at.path, 0o660);
  const tools = { kustomize: kustomize?.version ?? null, helm: helm?.version ?? null };
  log.info({ ...at, port: server.port, isolation: found.mode, parallel, ...tools }, 'renders');
  await told();
  await server.close();
}

/** A socket that a renderer left behind; anything else is nobody's to remove. */
async function removeSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket()) await unlink(path);
}

function told(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
