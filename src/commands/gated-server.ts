import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { RequestListener, Server } from 'node:http';

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
    // A connection that sends nothing, or one byte a minute, is cut.
    server.headersTimeout = 20_000;
    server.requestTimeout = 60_000;
    server.maxConnections = MOST_CONNECTIONS;
  };
  subscribe(LISTEN, putGate);
  try {
    return await start();
  } finally {
    unsubscribe(LISTEN, putGate);
  }
}

const MOST_CONNECTIONS = 1000;
