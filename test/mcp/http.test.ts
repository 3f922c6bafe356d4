import { request } from 'node:http';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/mcp/http.ts';
import { type Ask, mcpServer, type Offer } from '../../src/mcp/server.ts';
import { ask as question, connected } from './made-client.ts';

const TOKEN = 'a-token-of-thirty-two-characters';
const LAMP = { object: 'Deployment/lamp', field: 'spec.replicas' };
const HELLO = { jsonrpc: '2.0', id: 1, method: 'ping' };

interface Made {
  readonly url: URL;
  readonly asked: (readonly string[])[];
}

async function made(ask?: Ask): Promise<Made> {
  const asked: (readonly string[])[] = [];
  const offer: Offer = {
    repositories: ['/srv/infra'],
    cluster: [],
    prometheus: [],
    policy: [],
    always: [],
    ask: async (args, signal) => {
      asked.push(args);
      return ask ? ask(args, signal) : { kind: 'answered', text: '{"changes":[]}' };
    },
  };
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]']);
  const listening = await listen(
    () => mcpServer(offer),
    { host: '127.0.0.1', port: 0 },
    { token: TOKEN, hosts },
  );
  onTestFinished(() => listening.close());
  return { url: new URL(listening.address), asked };
}

function transport(url: URL, token = TOKEN): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  });
}

/** The status of one request, with headers that no library would let through. */
function statusOf(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { method = 'POST', path = url.pathname, body = JSON.stringify(HELLO) } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: url.hostname, port: url.port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const JSON_HEADERS = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  Authorization: `Bearer ${TOKEN}`,
};

describe('faultline mcp over HTTP', () => {
  test('answers a client that has the token', async () => {
    const { url, asked } = await made();
    const client = await connected(transport(url));
    expect((await question(client, 'locate', LAMP)).answer).toEqual({ changes: [] });
    expect(asked).toEqual([
      ['locate', '--object=Deployment/lamp', '--field=spec.replicas', '--repo=/srv/infra', '--output=json'],
    ]);
  });

  test('keeps two clients apart', async () => {
    const { url } = await made();
    const [one, other] = [transport(url), transport(url)];
    await connected(one);
    await connected(other);
    expect(one.sessionId).not.toBe(other.sessionId);
  });

  test.each([
    ['no token', { Authorization: '' }, 401],
    ['another token', { Authorization: 'Bearer a-token-of-thirty-two-characterz' }, 401],
    ['a name that somebody pointed here', { Host: 'evil.example' }, 403],
    ['a page of somebody else', { Origin: 'https://evil.example' }, 403],
    ['a page without an origin', { Origin: 'null' }, 403],
    ['a session that is not there', { 'Mcp-Session-Id': 'x' }, 404],
  ])('refuses a request with %s', async (_what, headers, status) => {
    const { url, asked } = await made();
    expect(await statusOf(url, { ...JSON_HEADERS, ...headers })).toBe(status);
    expect(asked).toEqual([]);
  });

  test('has nothing but its own path', async () => {
    const { url } = await made();
    expect(await statusOf(url, JSON_HEADERS, { path: '/' })).toBe(404);
  });

  test('serves a page of this machine', async () => {
    const { url } = await made();
    expect(await statusOf(url, { ...JSON_HEADERS, Origin: 'http://localhost:3000' })).not.toBe(403);
  });

  test('refuses a request that is too large', async () => {
    const { url } = await made();
    const body = JSON.stringify({ ...HELLO, params: { text: 'x'.repeat(300 * 1024) } });
    expect(await statusOf(url, JSON_HEADERS, { body })).toBeGreaterThanOrEqual(400);
  });

  test('ends a question that the client cancels', async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { url } = await made(async (_args, signal) => {
      begun.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      ended.resolve();
      return { kind: 'failed', message: 'cancelled' };
    });
    const client = await connected(transport(url));
    const cancel = new AbortController();
    const asked = client.callTool({ name: 'locate', arguments: LAMP }, undefined, { signal: cancel.signal });
    await begun.promise;
    cancel.abort();
    await expect(asked).rejects.toThrow(/abort|cancel/i);
    await ended.promise;
  });

  test('passes on what failed as an error of the tool', async () => {
    const { url } = await made(async () => ({ kind: 'failed', message: '/srv/infra does not exist' }));
    const told = await question(await connected(transport(url)), 'locate', LAMP);
    expect([told.isError, told.text]).toEqual([true, '/srv/infra does not exist']);
  });
});
