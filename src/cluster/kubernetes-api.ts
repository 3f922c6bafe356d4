import type { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { InputError } from '../errors/input-error.ts';
import { AnswerTooLong, redirectOf, type Answer } from '../http/bounded-answer.ts';
import { sendBounded } from './send-bounded.ts';
import { ForbiddenRequest, onlyReading } from './read-only.ts';

export interface ApiOptions {
  /** A context of the kubeconfig; left out: its current one. */
  readonly context?: string;
  /** A kubeconfig file; left out: `KUBECONFIG`, `~/.kube/config` or the pod's own service account. */
  readonly kubeconfig?: string;
  /** Milliseconds that an answer may take, to its last byte; left out: a minute. */
  readonly timeout?: number;
}

/** One API server, of which things can only be read. */
export interface KubernetesApi {
  /** The name of the context. */
  readonly context: string;
  /** The server's address. */
  readonly server: string;
  /** The namespace that the context names, if any. */
  readonly namespace: string | null;
  /**
   * GETs a path. Any HTTP status is an answer; a redirect is one that says so, and is not followed.
   *
   * @param most bytes of the answer.
   * @param accept the media types wanted, where plain JSON is not the only one.
   * @throws {ClusterUnreachable} when there is none, or not all of it within a minute.
   * @throws {AnswerTooLong}
   */
  get(
    path: string,
    query: Readonly<Record<string, string>>,
    most: number,
    accept?: string,
  ): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** Seconds that the server asks to wait; 0 when it does not. */
  readonly retryAfter: number;
  /** It was longer than it may be, and nothing of it was kept. */
  readonly isTooLong?: boolean;
}

/** No answer from the cluster, or none to these credentials: exit status 1. One line that names the context and the server. */
export class ClusterUnreachable extends Error {
  constructor(context: string, server: string, reason: string, options?: ErrorOptions) {
    super(`the cluster of context ${context} (${server}) cannot be read: ${reason}`, options);
    this.name = 'ClusterUnreachable';
  }
}

const TIMEOUT = 60_000;

/**
 * Loads the kubeconfig and prepares requests; sends none. The Kubernetes client is imported here, on first use, since that
 * alone takes half a second.
 *
 * @throws {InputError} when the kubeconfig or the context is unusable.
 */
export async function connect(options: ApiOptions): Promise<KubernetesApi> {
  const { HttpMethod, KubeConfig, RequestContext } = await import('@kubernetes/client-node');
  const config = loadConfig(new KubeConfig(), options);
  const server = config.getCurrentCluster()!.server.replace(/\/+$/, '');
  const context = config.getCurrentContext();
  const timeout = options.timeout ?? TIMEOUT;
  let shared: RequestContext | undefined;

  const send = async (
    path: string,
    query: Readonly<Record<string, string>>,
    most: number,
    accept: string,
  ): Promise<Answer> => {
    const request = new RequestContext(`${server}${path}`, HttpMethod.GET);
    for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
    await config.applySecurityAuthentication(request);
    // Each authentication makes a dispatcher with connections of its own; the first one's are kept and reused.
    shared ??= request;
    const dispatcher = shared.getDispatcher();
    if (dispatcher) request.setDispatcher(dispatcher);
    request.setHeaderParam('Accept', accept);
    request.setSignal(AbortSignal.timeout(timeout));
    const library = { send: (allowed: RequestContext) => sendBounded(allowed, most) };
    return onlyReading(library, prefixOf(server)).send(request);
  };

  return {
    context,
    server,
    namespace: config.getContextObject(context)?.namespace ?? null,
    get: async (path, query, most, accept = 'application/json, */*') => {
      try {
        const answer = await send(path, query, most, accept);
        const redirect = redirectOf(answer);
        return {
          status: answer.status,
          text: redirect === null ? answer.text : JSON.stringify({ message: redirect }),
          retryAfter: Number(answer.header('retry-after') ?? 0) || 0,
        };
      } catch (cause) {
        if (cause instanceof ForbiddenRequest || cause instanceof AnswerTooLong) throw cause;
        throw new ClusterUnreachable(context, server, rootReason(cause, timeout), { cause });
      }
    },
  };
}

/** `/k8s/clusters/c-1` of a server that is behind something else. */
function prefixOf(server: string): string {
  return URL.canParse(server) ? new URL(server).pathname.replace(/\/+$/, '') : '';
}

function loadConfig(config: KubeConfig, { context, kubeconfig }: ApiOptions): KubeConfig {
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    throw new InputError(`the kubeconfig ${kubeconfig ?? ''} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (context !== undefined) {
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

/** `fetch failed` says nothing; its cause does. */
function rootReason(error: unknown, timeout: number): string {
  let here = error;
  while (here instanceof Error && here.cause instanceof Error) here = here.cause;
  if (!(here instanceof Error)) return String(here);
  if (here.name === 'TimeoutError') return `no whole answer within ${timeout / 1000} seconds`;
  return here.message || (here as NodeJS.ErrnoException).code || here.name;
}
