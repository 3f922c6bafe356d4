import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hostOf } from '../../src/github/octokit-host.ts';
import { tokenClient } from '../../src/github/tokens.ts';
import { newTransport } from '../../src/github/transport.ts';
import { madeHost } from './made-host.ts';

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Proxy {
  readonly url: string;
  readonly asked: readonly string[];
}

/** Hands everything on, and notes for which host it was asked: in the open, or through a tunnel. */
async function proxy(): Promise<Proxy> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url!);
    asked.push(url.host);
    incoming.pipe(
      httpRequest(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(incoming.url!);
    const [host, port] = incoming.url!.split(':');
    const onward = connect(Number(port), host!, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const each of [socket, onward]) each.on('error', () => each.destroy());
    onTestFinished(() => void onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const OK = (_request: IncomingMessage, response: ServerResponse): void => void response.end('{}');

describe('a proxy', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('that %s names gets the requests to GitHub', async (name) => {
    const { url, asked } = await proxy();
    const github = await listening(OK);
    const answer = await newTransport({ [name]: url }).fetch(`${github}/meta`);
    expect([answer.status, asked]).toEqual([200, [new URL(github).host]]);
  });

  test('is passed over for hosts in NO_PROXY', async () => {
    const { url, asked } = await proxy();
    const github = await listening(OK);
    const { fetch } = newTransport({ HTTP_PROXY: url, NO_PROXY: '127.0.0.1' });
    expect((await fetch(`${github}/meta`)).status).toBe(200);
    expect(asked).toEqual([]);
  });

  test('for https alone is passed over for http', async () => {
    const { url, asked } = await proxy();
    const github = await listening(OK);
    expect((await newTransport({ HTTPS_PROXY: url }).fetch(`${github}/meta`)).status).toBe(200);
    expect(asked).toEqual([]);
  });
});

describe('a transport that is closed', () => {
  test('finishes what is under way and refuses what is new', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    const github = await listening((_request, response) => asked.resolve(response));
    const transport = newTransport({});
    const first = transport.fetch(`${github}/first`);
    const response = await asked.promise;
    transport.close();
    await expect(transport.fetch(`${github}/second`)).rejects.toThrow('is stopping');
    let isIdle = false;
    const idle = transport.idle().then(() => (isIdle = true));
    await new Promise(setImmediate);
    expect(isIdle).toBe(false);
    response.end('{}');
    expect((await first).status).toBe(200);
    await idle;
  });

  test('is idle at once when nothing is under way', async () => {
    const transport = newTransport({});
    transport.close();
    expect(await transport.idle()).toBeUndefined();
  });

  test('makes calls of a host fail at once, without another attempt', async () => {
    const { github, clock } = await madeHost();
    const transport = newTransport({});
    const octokit = tokenClient({ token: 'any', baseUrl: github.apiUrl, transport });
    const host = hostOf(octokit, { owner: 'acme', repo: 'infra', login: 'x', defaultBranch: 'main', clock });
    transport.close();
    const from = clock.now();
    await expect(host.branchHead('main')).rejects.toMatchObject({ transient: false });
    expect(clock.now()).toBe(from);
    expect(github.journal).toEqual([]);
  });
});

test('every request names the version of the API that it expects', async () => {
  const seen: unknown[] = [];
  const url = await listening((request, response) => {
    seen.push(request.headers['x-github-api-version']);
    response.setHeader('content-type', 'application/json');
    response.end('{"object":{"sha":"0"}}');
  });
  const octokit = tokenClient({ token: 'any', baseUrl: url });
  await octokit.rest.git.getRef({ owner: 'acme', repo: 'infra', ref: 'heads/main' });
  await octokit.request('POST /graphql');
  expect(seen).toEqual(['2022-11-28', '2022-11-28']);
});
