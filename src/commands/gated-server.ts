import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Log } from '../service/log.ts';

/** Published when a server is told to listen, before it does. Source: https://nodejs.org/api/diagnostics_channel.html#net */
const LISTEN = 'tracing:net.server.listen:asyncStart';

/**
 * Puts a gate before the HTTP server that is started while `start` runs: Probot makes its own, and offers nobody a place before its
 * handlers. The gate is there before the server takes its first connection.
 */
export async function gated<T>(
  gate: (next: RequestListener) => RequestListener,
  start: () => Promise<T>,
): Promise<T> {
  const putGate = (message: unknown): void => {
    const { server } = message as { readonly server: Server };
    const listeners = server.listeners('request') as RequestListener[];
    if (listeners.length === 0) return;
    server.removeAllListeners('request');
    server.on(
      'request',
      gate((request, response) => {
        for (const listener of listeners) listener.call(server, request, response);
      }),
    );
    limitConnections(server);
  };
  subscribe(LISTEN, putGate);
  try {
    return await start();
  } finally {
    unsubscribe(LISTEN, putGate);
  }
}

const MOST_CONNECTIONS = 1000;

function limitConnections(server: Server): void {
  // A connection that sends nothing, or one byte a minute, is cut.
  server.headersTimeout = 20_000;
  server.requestTimeout = 60_000;
  server.maxConnections = MOST_CONNECTIONS;
}

/** Listens where Probot would, at `HOST` and `PORT`, without Probot: there is no secret for webhooks, so none are taken. */
export async function listenAlone(
  listener: RequestListener,
  { HOST: host = 'localhost', PORT: port = '3000' }: NodeJS.ProcessEnv,
  log: Log,
): Promise<{ stop(): Promise<unknown> }> {
  const server = createServer(listener);
  limitConnections(server);
  server.listen({ host, port: Number(port) });
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  log.info({ host: address.address, port: address.port }, 'listening for alerts');
  return {
    stop: async () => {
      server.closeIdleConnections();
      await promisify(server.close.bind(server))();
    },
  };
}
