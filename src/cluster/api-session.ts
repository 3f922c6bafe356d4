import { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { InputError } from '../errors/input-error.ts';
import { versionOfFiles } from './connecting/changing-file.ts';
import { Connections } from './connecting/connections.ts';
import { credentialsOf, material } from './connecting/credentials.ts';
import { kubeconfigFiles, readKubeconfig, type SessionOptions } from './connecting/kubeconfig.ts';

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

/**
 * Milliseconds from one reload to the next for the same reason: a server that is away for an hour, or refuses what a credential plugin
 * says, does not make all watches run it all the time.
 */
const BETWEEN_UNANSWERED = 60_000;
const BETWEEN_REFUSED = 5_000;

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
    const version = await versionOfFiles(kubeconfigFiles(options));
    return new ApiSessions(options, await openSession(options), version);
  }

  get latest(): ApiSession {
    return this.#current;
  }

  /** The session of the kubeconfig as it is now. A file that cannot be read right now leaves the last one in use. */
  async current(): Promise<ApiSession> {
    if ((await versionOfFiles(kubeconfigFiles(this.#options))) !== this.#version)
      await this.#renew(this.#current);
    return this.#current;
  }

  /** The server refused these credentials. */
  async renewRefused(session: ApiSession): Promise<void> {
    if (Date.now() - this.#renewed >= BETWEEN_REFUSED) await this.#renew(session);
  }

  /** The server did not answer: the kubeconfig may name another one by now. */
  async renewUnanswered(session: ApiSession): Promise<void> {
    if (Date.now() - this.#renewed >= BETWEEN_UNANSWERED) await this.#renew(session);
  }

  /** Loads everything again, unless somebody has done so since this session was handed out. */
  async #renew(session: ApiSession): Promise<void> {
    if (session !== this.#current) return;
    this.#renewing ??= this.#load().finally(() => (this.#renewing = null));
    await this.#renewing;
  }

  async #load(): Promise<void> {
    this.#renewed = Date.now();
    const version = await versionOfFiles(kubeconfigFiles(this.#options));
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
  const target = await readKubeconfig(options);
  const { context, namespace, cluster } = target;
  const server = cluster.server.replace(/\/+$/, '');
  const credentials = credentialsOf(target);
  const authority = material(cluster.caFile, cluster.caData);
  const connections = new Connections(cluster);
  return {
    context,
    server,
    namespace,
    request: async (path, query) => {
      const request = new RequestContext(`${server}${path}`, HttpMethod.GET);
      for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
      const who = await credentials();
      for (const [name, value] of Object.entries(who.headers)) request.setHeaderParam(name, value);
      request.setDispatcher(connections.for(await authority(), who));
      return request;
    },
    close: () => connections.close(),
  };
}
