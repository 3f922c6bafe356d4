import type { RequestContext } from '@kubernetes/client-node';
import { AnswerTooLong, redirectOf, type Answer } from '../http/bounded-answer.ts';
import { ApiSessions, type ApiSession } from './api-session.ts';
import type { SessionOptions } from './connecting/kubeconfig.ts';
import { ForbiddenRequest, onlyReading } from './read-only.ts';
import { sendBounded, sendStreaming, sendTaking, type StreamedAnswer } from './send-bounded.ts';

export interface ApiOptions extends SessionOptions {
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
   * GETs a path. Any HTTP status is an answer; a redirect is one that says so, and is not followed. Where the credentials are refused,
   * or nobody answers, the kubeconfig is loaded again; refused credentials are then tried once more.
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
  /**
   * As `get`, but hands over the bytes of a 200 as they arrive; its text is then empty. Bytes of an answer that breaks off were handed over.
   */
  getStreamed(
    path: string,
    query: Readonly<Record<string, string>>,
    most: number,
    take: (chunk: Uint8Array) => void,
  ): Promise<ApiAnswer>;
  /**
   * GETs a list path with `watch=1`. The answer comes with its first bytes still to be read.
   *
   * @param signal ends the transfer; the API may take as long as any other answer to begin.
   * @throws {ClusterUnreachable} when no answer begins.
   */
  watch(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
    accept?: string,
  ): Promise<StreamedAnswer>;
  /** Ends its connections. */
  close(): void;
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
const ANY_JSON = 'application/json, */*';

/**
 * Loads the kubeconfig and prepares requests; sends none.
 *
 * @throws {InputError} when the kubeconfig or the context is unusable.
 */
export async function connect(options: ApiOptions): Promise<KubernetesApi> {
  const sessions = await ApiSessions.open(options);
  const timeout = options.timeout ?? TIMEOUT;

  /** Sends one request, and once more with credentials loaded again where these are refused. */
  const send = async <T extends { readonly status: number }>(
    transport: (request: RequestContext) => Promise<T>,
    path: string,
    query: Readonly<Record<string, string>>,
    accept: string,
    signal: AbortSignal,
  ): Promise<T> => {
    const attempt = async (session: ApiSession): Promise<T> => {
      const request = await session.request(path, query);
      request.setHeaderParam('Accept', accept);
      request.setSignal(signal);
      return onlyReading({ send: transport }, prefixOf(session.server)).send(request);
    };
    const session = await sessions.current();
    try {
      const answer = await attempt(session);
      if (answer.status !== 401) return answer;
      await sessions.renewRefused(session);
      return await attempt(sessions.latest);
    } catch (cause) {
      if (cause instanceof ForbiddenRequest || cause instanceof AnswerTooLong) throw cause;
      await sessions.renewUnanswered(session);
      throw new ClusterUnreachable(session.context, session.server, rootReason(cause, timeout), { cause });
    }
  };

  return {
    context: sessions.latest.context,
    get server() {
      return sessions.latest.server;
    },
    get namespace() {
      return sessions.latest.namespace;
    },
    get: async (path, query, most, accept = ANY_JSON) => {
      const transport = (request: RequestContext) => sendBounded(request, most);
      return answered(await send(transport, path, query, accept, AbortSignal.timeout(timeout)));
    },
    getStreamed: async (path, query, most, take) => {
      const transport = (request: RequestContext) => sendTaking(request, most, take);
      return answered(await send(transport, path, query, ANY_JSON, AbortSignal.timeout(timeout)));
    },
    watch: async (path, query, signal, accept = ANY_JSON) => {
      const begins = new AbortController();
      const timer = setTimeout(() => begins.abort(new DOMException('no answer', 'TimeoutError')), timeout);
      const either = AbortSignal.any([signal, begins.signal]);
      try {
        return await send(sendStreaming, path, { ...query, watch: '1' }, accept, either);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => sessions.latest.close(),
  };
}

function answered(answer: Answer): ApiAnswer {
  const redirect = redirectOf(answer);
  return {
    status: answer.status,
    text: redirect === null ? answer.text : JSON.stringify({ message: redirect }),
    retryAfter: Number(answer.header('retry-after') ?? 0) || 0,
  };
}

/** `/k8s/clusters/c-1` of a server that is behind something else. */
function prefixOf(server: string): string {
  return URL.canParse(server) ? new URL(server).pathname.replace(/\/+$/, '') : '';
}

/** `fetch failed` says nothing; its cause does. */
function rootReason(error: unknown, timeout: number): string {
  let here = error;
  while (here instanceof Error && here.cause instanceof Error) here = here.cause;
  if (!(here instanceof Error)) return String(here);
  if (here.name === 'TimeoutError') return `no whole answer within ${timeout / 1000} seconds`;
  return here.message || (here as NodeJS.ErrnoException).code || here.name;
}
