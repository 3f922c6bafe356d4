import { stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { withinTime } from '../concurrency/time-limit.ts';
import { InputError } from '../errors/input-error.ts';

export interface SessionOptions {
  /** A context of the kubeconfig, or `in-cluster` for the pod's own service account; left out: its current one. */
  readonly context?: string;
  /** A kubeconfig file; left out: `KUBECONFIG`, `~/.kube/config` or the pod's own service account. */
  readonly kubeconfig?: string;
}

/** The address, credentials and connections of one API server, as the kubeconfig had them when it was loaded. */
export interface ApiSession {
  readonly context: string;
  readonly server: string;
  readonly namespace: string | null;
  /** A GET of this server with its credentials, sent over the session's connections. */
  request(path: string, query: Readonly<Record<string, string>>): Promise<RequestContext>;
  /** Ends idle connections now and the others after their answers. */
  close(): void;
}

/** The context that stands for the service account of the pod that this process runs in. */
export const IN_CLUSTER = 'in-cluster';

/** Milliseconds that a credential plugin may take. */
const PLUGIN_TIME = 30_000;
/** Milliseconds from one reload because nobody answered to the next. */
const BETWEEN_UNANSWERED = 60_000;

/** Loads the kubeconfig again when asked to, or when its file has changed. */
export class ApiSessions {
  readonly #options: SessionOptions;
  #current: ApiSession;
  #version: string;
  #renewing: Promise<void> | null = null;
  #renewed = 0;

  private constructor(options: SessionOptions, session: ApiSession, version: string) {
    this.#options = options;
    this.#current = session;
    this.#version = version;
  }

  /** @throws {InputError} when the kubeconfig or the context is unusable */
  static async open(options: SessionOptions): Promise<ApiSessions> {
    const version = await fileVersion(options);
    return new ApiSessions(options, await openSession(options), version);
  }

  get latest(): ApiSession {
    return this.#current;
  }

  /** The session of the kubeconfig as it is now. A file that cannot be read right now leaves the last one in use. */
  async current(): Promise<ApiSession> {
    if ((await fileVersion(this.#options)) !== this.#version) await this.renew(this.#current);
    return this.#current;
  }

  /** As {@link renew}, at most once a minute: a server that is away for an hour does not run a credential plugin all the time. */
  async renewUnanswered(session: ApiSession): Promise<void> {
    if (Date.now() - this.#renewed < BETWEEN_UNANSWERED) return;
    await this.renew(session);
  }

  /** Loads everything again, unless somebody has done so since this session was handed out. */
  async renew(refused: ApiSession): Promise<void> {
    if (refused !== this.#current) return;
    this.#renewing ??= this.#load().finally(() => (this.#renewing = null));
    await this.#renewing;
  }

  async #load(): Promise<void> {
    this.#renewed = Date.now();
    const version = await fileVersion(this.#options);
    const session = await openSession(this.#options).catch((error: unknown) => {
      // A kubeconfig that is being written, or that lost its context: the next request tries again.
      if (error instanceof InputError) return null;
      throw error;
    });
    if (session === null) return;
    this.#current.close();
    this.#current = session;
    this.#version = version;
  }
}

async function openSession(options: SessionOptions): Promise<ApiSession> {
  // Importing it takes half a second, so only who needs it does.
  const { HttpMethod, KubeConfig, RequestContext } = await import('@kubernetes/client-node');
  const config = loadConfig(new KubeConfig(), options);
  const server = config.getCurrentCluster()!.server.replace(/\/+$/, '');
  const context = config.getCurrentContext();
  let shared: RequestContext | undefined;
  let authenticating: Promise<unknown> = Promise.resolve();

  /** One after the other: the first one's answer of a credential plugin serves the others. */
  const authenticate = (request: RequestContext): Promise<void> => {
    const next = authenticating.then(() =>
      withinTime(config.applySecurityAuthentication(request), PLUGIN_TIME, 'getting credentials'),
    );
    authenticating = next.catch(() => undefined);
    return next;
  };

  return {
    context,
    server,
    namespace: config.getContextObject(context)?.namespace ?? null,
    request: async (path, query) => {
      const request = new RequestContext(`${server}${path}`, HttpMethod.GET);
      for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
      await authenticate(request);
      // Each authentication makes a dispatcher with connections of its own; the first one's are kept and reused.
      shared ??= request;
      const dispatcher = shared.getDispatcher();
      if (dispatcher) request.setDispatcher(dispatcher);
      return request;
    },
    close: () =>
      void shared
        ?.getDispatcher()
        ?.close()
        .catch(() => undefined),
  };
}

function loadConfig(config: KubeConfig, { context, kubeconfig }: SessionOptions): KubeConfig {
  try {
    if (context === IN_CLUSTER && kubeconfig === undefined) config.loadFromCluster();
    else if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    throw new InputError(`the kubeconfig ${kubeconfig ?? ''} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (context !== undefined && !(context === IN_CLUSTER && kubeconfig === undefined)) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new InputError(
        `--context ${context}: not in the kubeconfig, which has ${known.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) {
    throw new InputError(
      `--context: the kubeconfig has no cluster for context ${config.getCurrentContext() || '(none)'}`,
    );
  }
  return config;
}

/** Changes when one of the kubeconfig's files does. */
async function fileVersion({ kubeconfig }: SessionOptions): Promise<string> {
  const files =
    kubeconfig !== undefined
      ? [kubeconfig]
      : (process.env['KUBECONFIG'] || join(process.env['HOME'] ?? '', '.kube', 'config'))
          .split(delimiter)
          .filter(Boolean);
  const versions = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch(() => null);
      return found === null ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return versions.join('\n');
}
