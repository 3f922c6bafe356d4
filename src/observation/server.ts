import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Condition } from './readiness.ts';

/** A request for a page of the site, and where it came from. */
export interface SiteRequest {
  /** Path and query. */
  readonly url: string;
  readonly peer: string | null;
  /** The address that the server was told to listen on. */
  readonly listensOn: string;
  readonly headers: IncomingMessage['headers'];
}

export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Answers for every path that is not one of the three of this server. */
export type Site = (request: SiteRequest) => Promise<SiteAnswer>;

export interface ObservedParts {
  /** The metrics as text. */
  readonly metrics: () => Promise<string>;
  readonly contentType: string;
  readonly conditions: () => readonly Condition[];
  /** Why the process should be started again; null where it works. */
  readonly liveness: () => string | null;
  /** Null where there is none, or none yet. */
  readonly site: () => Site | null;
}

export interface ObservationServer {
  readonly port: number;
  close(): Promise<void>;
}

const TEXT = 'text/plain; charset=utf-8';
/** Probes and scrapers of one platform; more would be somebody else. */
const MOST_CONNECTIONS = 64;

/**
 * Serves `/healthz`, `/readyz` and `/metrics` to everybody, and the site to whom it lets in; to GET and HEAD alone, without reading a body.
 *
 * @param port 0 for any that is free
 */
export async function listenForObservers(
  { host, port }: { readonly host: string; readonly port: number },
  parts: ObservedParts,
): Promise<ObservationServer> {
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    void (isRead ? answerTo(request, addressOf(server), parts).catch(failed) : refused()).then(
      ({ status, headers, text }) => {
        response.writeHead(status, {
          'cache-control': 'no-store',
          ...headers,
          ...(status === 405 ? { allow: 'GET, HEAD', connection: 'close' } : {}),
        });
        response.end(request.method === 'HEAD' ? undefined : text);
      },
    );
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

async function answerTo(
  request: IncomingMessage,
  listensOn: string,
  parts: ObservedParts,
): Promise<SiteAnswer> {
  const url = request.url ?? '/';
  const path = url.split('?')[0]!;
  if (path === '/healthz') return health(parts.liveness());
  if (path === '/readyz') return readiness(parts.conditions());
  if (path === '/metrics')
    return { status: 200, headers: { 'content-type': parts.contentType }, text: await parts.metrics() };
  const site = parts.site();
  if (site === null) return plain(404, 'not found\n');
  const { remoteAddress: peer = null } = request.socket;
  return site({ url, peer, listensOn, headers: request.headers });
}

/** What it listens on, which says who can reach it: `0.0.0.0`, also where a connection comes from the machine itself. */
function addressOf(server: Server): string {
  return (server.address() as AddressInfo | null)?.address ?? '';
}

function plain(status: number, text: string): SiteAnswer {
  return { status, headers: { 'content-type': TEXT }, text };
}

async function refused(): Promise<SiteAnswer> {
  return plain(405, 'method not allowed\n');
}

/** What failed is for the log: it may quote what only some may read. */
function failed(): SiteAnswer {
  return plain(500, 'this page could not be made; the log says why\n');
}

function health(problem: string | null): SiteAnswer {
  return problem === null ? plain(200, 'ok\n') : plain(503, `${problem}\n`);
}

/** In the form of the API server's own page (https://kubernetes.io/docs/reference/using-api/health-checks/), with `[!]` for what nothing waits for. */
function readiness(conditions: readonly Condition[]): SiteAnswer {
  const isReady = conditions.every(({ problem, isNeeded }) => problem === null || !isNeeded);
  const lines = conditions.map(({ name, problem, isNeeded }) => {
    if (problem === null) return `[+] ${name}: ok`;
    return `[${isNeeded ? '-' : '!'}] ${name}: ${oneLine(problem)}`;
  });
  return plain(isReady ? 200 : 503, [...lines, isReady ? 'ready' : 'not ready', ''].join('\n'));
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
