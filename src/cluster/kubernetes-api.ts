import type { HttpLibrary, KubeConfig, RequestContext, ResponseContext } from '@kubernetes/client-node';
import { InputError } from '../input-error.ts';

export interface ApiOptions {
  /** A context of the kubeconfig; left out: its current one. */
  readonly context?: string;
  /** A kubeconfig file; left out: `KUBECONFIG`, `~/.kube/config` or the pod's own service account. */
  readonly kubeconfig?: string;
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
   * GETs a path. Any HTTP status is an answer.
   *
   * @throws {ClusterUnreachable} when there is none.
   */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** Seconds that the server asks to wait; 0 when it does not. */
  readonly retryAfter: number;
}

/** No answer from the cluster, or none to these credentials: exit status 1. One line that names the context and the server. */
export class ClusterUnreachable extends Error {
  constructor(context: string, server: string, reason: string, options?: ErrorOptions) {
    super(`the cluster of context ${context} (${server}) cannot be read: ${reason}`, options);
    this.name = 'ClusterUnreachable';
  }
}

/** A request that could change something, or reveal what is not ours to see, was about to be sent: a bug. */
export class ForbiddenRequest extends Error {
  constructor(request: string) {
    super(`refused to send ${request}: only objects other than Secrets are read`);
    this.name = 'ForbiddenRequest';
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
  const { createConfiguration, HttpMethod, KubeConfig, RequestContext } =
    await import('@kubernetes/client-node');
  const config = loadConfig(new KubeConfig(), options);
  const server = config.getCurrentCluster()!.server.replace(/\/+$/, '');
  const context = config.getCurrentContext();
  const library = onlyReading(createConfiguration().httpApi);
  let shared: RequestContext | undefined;

  const send = async (path: string, query: Readonly<Record<string, string>>): Promise<ResponseContext> => {
    const request = new RequestContext(`${server}${path}`, HttpMethod.GET);
    for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
    await config.applySecurityAuthentication(request);
    // Each authentication makes a dispatcher with connections of its own; the first one's are kept and reused.
    shared ??= request;
    const dispatcher = shared.getDispatcher();
    if (dispatcher) request.setDispatcher(dispatcher);
    request.setHeaderParam('Accept', 'application/json, */*');
    request.setSignal(AbortSignal.timeout(TIMEOUT));
    return library.send(request).toPromise();
  };

  return {
    context,
    server,
    namespace: config.getContextObject(context)?.namespace ?? null,
    get: async (path, query = {}) => {
      try {
        const response = await send(path, query);
        const retryAfter = Number(response.headers['retry-after'] ?? 0);
        return {
          status: response.httpStatusCode,
          text: await response.body.text(),
          retryAfter: Number.isFinite(retryAfter) ? retryAfter : 0,
        };
      } catch (cause) {
        if (cause instanceof ForbiddenRequest) throw cause;
        throw new ClusterUnreachable(context, server, rootReason(cause), { cause });
      }
    },
  };
}

/** Lets GET requests through that neither watch, nor tunnel into a pod, nor touch a Secret. */
export function onlyReading(library: HttpLibrary): HttpLibrary {
  return {
    send: (request) => {
      const method: string = request.getHttpMethod();
      const { pathname, searchParams } = new URL(request.getUrl());
      const isPlainRead = method === 'GET' && request.getBody() === undefined && !searchParams.has('watch');
      const segments = pathname.split('/').map(decodeURIComponent);
      if (!isPlainRead || segments.some((segment) => OFF_LIMITS.has(segment.toLowerCase()))) {
        throw new ForbiddenRequest(`${method} ${pathname}`);
      }
      return library.send(request);
    },
  };
}

const OFF_LIMITS = new Set(['secrets', 'exec', 'attach', 'portforward', 'proxy']);

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
function rootReason(error: unknown): string {
  let here = error;
  while (here instanceof Error && here.cause instanceof Error) here = here.cause;
  if (!(here instanceof Error)) return String(here);
  if (here.name === 'TimeoutError') return `no answer within ${TIMEOUT / 1000} seconds`;
  return here.message || (here as NodeJS.ErrnoException).code || here.name;
}
