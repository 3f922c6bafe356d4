import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AtMost } from '../../concurrency/at-most.ts';
import { messageOf } from '../../errors/error-message.ts';
import { runHere } from '../run-here.ts';
import type { HelmTool, KustomizeTool } from '../tools.ts';
import {
  decodeJob,
  encodeFailure,
  MOST_REQUEST,
  RENDER_PATH,
  type RendererStatus,
  STATUS_PATH,
} from './wire.ts';

export interface RendererParts {
  readonly kustomize: KustomizeTool | null;
  readonly helm: HelmTool | null;
  readonly isolation: Pick<RendererStatus, 'isolation' | 'warning'>;
  /** What a caller has to know; null where the socket's own permissions decide. */
  readonly token: string | null;
  /** Renders side by side. */
  readonly parallel: number;
  /** Bytes of requests that are held at a time. Left out: 512 MiB, and always one request. */
  readonly mostHeld?: number;
  readonly onRefused?: (why: string) => void;
  readonly onFailed?: (error: unknown) => void;
}

export type ListenAt =
  { readonly host: string; /** 0 for any that is free. */ readonly port: number } | { readonly path: string };

export interface RendererServer {
  /** 0 for a socket. */
  readonly port: number;
  /** Takes no more work and waits for what is under way. */
  close(): Promise<void>;
}

const MOST_HELD = 512 * 2 ** 20;
/** Requests that wait or run. */
const MOST_REQUESTS = 256;
const MOST_CONNECTIONS = 512;
/** Milliseconds that a request may take to arrive. */
const ARRIVAL = 60_000;

/**
 * Renders what it is sent, in the isolation of this process. It has no credentials, asks nobody anything and remembers nothing: what goes
 * in is a closure, what comes out is text.
 */
export async function listenAsRenderer(at: ListenAt, parts: RendererParts): Promise<RendererServer> {
  const rendering = new RenderingRequests(parts);
  const server = createServer((request, response) => {
    void rendering.answer(request, response).catch((error: unknown) => {
      parts.onFailed?.(error);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'failed');
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = ARRIVAL;
  // Longer than a caller keeps a connection, so that none is closed while it is used again.
  server.keepAliveTimeout = 75_000;
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(at);
  await once(server, 'listening');
  const address = server.address() as AddressInfo | string;
  return { port: typeof address === 'string' ? 0 : address.port, close: () => closed(server) };
}

class RenderingRequests {
  readonly #parts: RendererParts;
  readonly #turns: AtMost;
  #requests = 0;
  #held = 0;

  constructor(parts: RendererParts) {
    this.#parts = parts;
    this.#turns = new AtMost(parts.parallel);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0]!;
    if (path === '/healthz' || path === '/readyz') return send(response, 200, 'text/plain', 'ok\n');
    if (path !== STATUS_PATH && path !== RENDER_PATH) return refuse(response, 404, 'not found');
    if (!this.#isAllowed(request)) {
      this.#parts.onRefused?.('token');
      return refuse(response, 401, 'the token is missing or wrong');
    }
    if (path === STATUS_PATH)
      return request.method === 'GET' ? this.#tellStatus(response) : refuse(response, 405, 'method');
    if (request.method !== 'POST') return refuse(response, 405, 'method');
    const length = Number(request.headers['content-length']);
    if (!Number.isInteger(length)) return refuse(response, 411, 'length');
    if (length > MOST_REQUEST) return refuse(response, 413, 'is longer than a renderer takes');
    const isRoom = this.#held === 0 || this.#held + length <= (this.#parts.mostHeld ?? MOST_HELD);
    if (!isRoom || this.#requests >= MOST_REQUESTS) {
      this.#parts.onRefused?.('busy');
      response.setHeader('retry-after', '1');
      return refuse(response, 503, 'is busy');
    }
    this.#requests += 1;
    this.#held += length;
    try {
      await this.#render(request, response, length);
    } finally {
      this.#requests -= 1;
      this.#held -= length;
    }
  }

  async #render(request: IncomingMessage, response: ServerResponse, length: number): Promise<void> {
    const body = await bodyOf(request, length);
    if (body === null) return void response.destroy();
    const sent = decodeJob(body);
    if (typeof sent === 'string') {
      this.#parts.onRefused?.(sent);
      return send(response, 400, 'application/json', encodeFailure({ ok: false, message: sent }));
    }
    const { job, version } = sent;
    const tool = this.#parts[job.tool];
    if (tool?.version !== version)
      return refuse(response, 409, `${job.tool} is ${tool?.version ?? 'missing'}, not ${version}`);
    const result = await this.#turns.run(async () => {
      // Whoever asked may have given up while it waited.
      return response.destroyed ? null : runHere(tool, job);
    });
    if (result === null) return;
    if (result.ok) return send(response, 200, 'text/plain', result.stdout);
    return send(response, 422, 'application/json', encodeFailure(result));
  }

  #tellStatus(response: ServerResponse): void {
    const { kustomize, helm, isolation, parallel } = this.#parts;
    const status: RendererStatus = {
      tools: {
        kustomize: kustomize && { args: kustomize.args, version: kustomize.version },
        helm: helm && { args: [], version: helm.version },
      },
      ...isolation,
      parallel,
    };
    return send(response, 200, 'application/json', JSON.stringify(status));
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const { token } = this.#parts;
    if (token === null) return true;
    // Digests have one length, whatever was sent.
    const [given, wanted] = [headers.authorization ?? '', `Bearer ${token}`].map((text) =>
      createHash('sha256').update(text).digest(),
    );
    return timingSafeEqual(given!, wanted!);
  }
}

/** Null where it did not arrive whole. */
async function bodyOf(request: IncomingMessage, length: number): Promise<Buffer | null> {
  const body = Buffer.allocUnsafe(length);
  let at = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) at += chunk.copy(body, at);
  } catch (error) {
    // The caller went away; anything else is a bug of ours.
    if (messageOf(error) === 'aborted') return null;
    throw error;
  }
  return at === length ? body : null;
}

/** Nothing of a refused request is read: the connection ends with the answer. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.setHeader('connection', 'close');
  send(response, status, 'application/json', encodeFailure({ ok: false, message }));
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(bytes);
}

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await end;
}
