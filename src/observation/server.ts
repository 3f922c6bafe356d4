import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Condition } from './readiness.ts';

export interface ObservedParts {
  /** The metrics as text. */
  readonly metrics: () => Promise<string>;
  readonly contentType: string;
  readonly conditions: () => readonly Condition[];
  /** Why the process should be started again; null where it works. */
  readonly liveness: () => string | null;
}

export interface ObservationServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const TEXT = 'text/plain; charset=utf-8';
/** Probes and scrapers of one platform; more would be somebody else. */
const MOST_CONNECTIONS = 64;

/** Serves `/healthz`, `/readyz` and `/metrics`, to GET and HEAD alone, without reading a body. @param port 0 for any that is free */
export async function listenForObservers(
  { host, port }: { readonly host: string; readonly port: number },
  parts: ObservedParts,
): Promise<ObservationServer> {
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const path = (request.url ?? '').split('?')[0]!;
    void (isRead ? pageAt(path, parts) : refused()).then(({ status, type, text }) => {
      response.writeHead(status, {
        'content-type': type,
        'cache-control': 'no-store',
        ...(status === 405 ? { allow: 'GET, HEAD', connection: 'close' } : {}),
      });
      response.end(request.method === 'HEAD' ? undefined : text);
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  // What probes see must not keep the process from its end.
  server.unref();
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

async function pageAt(path: string, parts: ObservedParts): Promise<Page> {
  if (path === '/healthz') return health(parts.liveness());
  if (path === '/readyz') return readiness(parts.conditions());
  if (path !== '/metrics') return { status: 404, type: TEXT, text: 'not found\n' };
  return { status: 200, type: parts.contentType, text: await parts.metrics() };
}

async function refused(): Promise<Page> {
  return { status: 405, type: TEXT, text: 'method not allowed\n' };
}

function health(problem: string | null): Page {
  return problem === null
    ? { status: 200, type: TEXT, text: 'ok\n' }
    : { status: 503, type: TEXT, text: `${problem}\n` };
}

/** In the form of the API server's own page (https://kubernetes.io/docs/reference/using-api/health-checks/), with `[!]` for what nothing waits for. */
function readiness(conditions: readonly Condition[]): Page {
  const isReady = conditions.every(({ problem, isNeeded }) => problem === null || !isNeeded);
  const lines = conditions.map(({ name, problem, isNeeded }) => {
    if (problem === null) return `[+] ${name}: ok`;
    return `[${isNeeded ? '-' : '!'}] ${name}: ${oneLine(problem)}`;
  });
  return {
    status: isReady ? 200 : 503,
    type: TEXT,
    text: [...lines, isReady ? 'ready' : 'not ready', ''].join('\n'),
  };
}

/** What a server said could forge lines. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .slice(0, 500)
    .trim();
}

async function closed(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
}
