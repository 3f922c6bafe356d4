import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type Gate, MCP_PATH, refusalOf } from './gate.ts';

/** Clients at a time; the one that asked longest ago makes place. */
const MOST_SESSIONS = 32;

/** Bytes of one request. */
const LARGEST_REQUEST = 256 * 1024;

/** Milliseconds for the headers of a request, and for all of it to arrive. */
const SLOWEST_REQUEST = 30_000;

export interface Listening {
  /** `http://127.0.0.1:8931/mcp` */
  readonly address: string;
  close(): Promise<void>;
}

/** One client: its requests find their session by an id that nobody can guess. */
interface Session {
  readonly server: McpServer;
  readonly transport: StreamableHTTPServerTransport;
}

/** Serves the protocol over streamable HTTP. @throws where the address cannot be listened on */
export async function listen(
  makeServer: () => McpServer,
  { host, port }: { readonly host: string; readonly port: number },
  gate: Gate,
): Promise<Listening> {
  const sessions = new Map<string, Session>();
  const http = createServer((request, response) => {
    void answer(request, response).catch(() => end(response, 500, 'failed'));
  });
  http.requestTimeout = SLOWEST_REQUEST;
  http.headersTimeout = SLOWEST_REQUEST;
  http.maxHeadersCount = 100;
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => resolve());
  });
  return { address: addressOf(http, host), close };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const refusal = refusalOf({ method, url, headers }, gate);
    if (refusal) {
      if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
      end(response, refusal.status, refusal.message);
      return;
    }
    const id = headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known && typeof id === 'string') {
      // The last to have asked stands last.
      sessions.delete(id);
      sessions.set(id, known);
      await known.transport.handleRequest(request, response);
      return;
    }
    if (id !== undefined) {
      end(response, 404, 'no such session');
      return;
    }
    // Anything but a request that opens a session is refused by the transport, which then belongs to nobody.
    const opened = await open();
    await opened.transport.handleRequest(request, response);
    if (opened.transport.sessionId === undefined) await opened.server.close();
  }

  async function open(): Promise<Session> {
    const server = makeServer();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      maxRequestBodySize: LARGEST_REQUEST,
      onsessioninitialized: (id) => {
        sessions.set(id, { server, transport });
        if (sessions.size > MOST_SESSIONS) void drop(sessions.keys().next().value!);
      },
      onsessionclosed: (id) => void drop(id),
    });
    await server.connect(transport as Parameters<McpServer['connect']>[0]);
    return { server, transport };
  }

  async function drop(id: string): Promise<void> {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.server.close();
  }

  async function close(): Promise<void> {
    await Promise.all([...sessions.keys()].map(drop));
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  }
}

function end(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`${message}\n`);
}

function addressOf(http: Server, host: string): string {
  const { port } = http.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${MCP_PATH}`;
}
