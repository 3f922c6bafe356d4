import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface GitServer {
  readonly url: string;
  /** The one that is accepted; null: anyone may read. */
  token: string | null;
  /** Called with each request before it is answered; `true`: the connection is dropped instead. */
  before: (request: Seen) => boolean | void | Promise<boolean | void>;
  readonly requests: readonly Seen[];
}

export interface Seen {
  readonly path: string;
  readonly authorization: string | null;
}

/** Serves the bare or working repositories in a folder over HTTP, read only, with git's own program for that. */
export async function gitServer(folder: string): Promise<GitServer> {
  const requests: Seen[] = [];
  const state = { token: null as string | null, before: (() => {}) as GitServer['before'] };
  const server = createServer((request, response) => void serve(request, response));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url!, 'http://localhost');
    const seen = { path: pathname, authorization: request.headers.authorization ?? null };
    requests.push(seen);
    if (await state.before(seen)) return void request.socket.destroy();
    const wanted = state.token && `Basic ${Buffer.from(`x-access-token:${state.token}`).toString('base64')}`;
    if (wanted && seen.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
      return;
    }
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    for await (const chunk of backend.stdout) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf('\r\n\r\n');
    for (const line of answer.toString('latin1', 0, end).split('\r\n')) {
      const [name, value] = line.split(': ');
      if (name === 'Status') response.statusCode = Number.parseInt(value!, 10);
      else response.setHeader(name!, value!);
    }
    response.end(answer.subarray(end + 4));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, { url, requests });
}
