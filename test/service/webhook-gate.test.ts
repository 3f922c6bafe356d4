import { createHmac } from 'node:crypto';
import { createServer, request as send, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createNodeMiddleware, Probot } from 'probot';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLog } from '../../src/commands/log.ts';
import { gated } from '../../src/commands/gated-server.ts';
import { BODY_LIMITS, type BodyLimits } from '../../src/service/body-gate.ts';
import { webhookGate } from '../../src/service/webhook-gate.ts';

const SECRET = 'a secret of webhooks';

interface Gated {
  readonly address: string;
  /** What Probot handed on to the App. */
  readonly received: string[];
  readonly log: string[];
  /** Bytes that the server took from its connections. */
  bytesRead(): number;
}

/** A real Probot behind the gate. Its handler of pushes throws. */
async function serveGated(limits?: Partial<BodyLimits>): Promise<Gated> {
  const received: string[] = [];
  const lines: string[] = [];
  const log = await openLog({ LOG_LEVEL: 'warn' }, { write: (line: string) => void lines.push(line) });
  const probot = new Probot({ appId: 1, privateKey: 'x', secret: SECRET, log });
  const receive = await createNodeMiddleware(
    (app) => {
      app.onAny(async ({ id }) => void received.push(id));
      app.on('push', () => Promise.reject(new Error('the token is abc123')));
    },
    { probot },
  );
  const server = createServer((request, response) => void receive(request, response));
  let bytes = 0;
  server.on('connection', (socket) => {
    let seen = 0;
    const count = (): void => {
      bytes += socket.bytesRead - seen;
      seen = socket.bytesRead;
    };
    socket.on('close', count).on('data', count);
  });
  await gated(
    (next) => webhookGate({ secret: SECRET, log, limits: { ...BODY_LIMITS, ...limits } }, next),
    () => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)),
  );
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`,
    received,
    log: lines,
    bytesRead: () => bytes,
  };
}

function headersFor(event: string, text: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': `delivery-of-${event}`,
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`,
    ...more,
  };
}

async function deliver(
  { address }: Gated,
  event: string,
  payload: unknown,
  more: Record<string, string> = {},
) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const response = await fetch(address, {
    method: 'POST',
    body: text,
    headers: headersFor(event, text, more),
  });
  return { status: response.status, text: await response.text() };
}

/** Sends a body of which nobody knows the end, until it is answered. */
function flood(
  { address }: Gated,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly sent: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = send(address, { method: 'POST', agent: false, headers });
    const chunk = Buffer.alloc(65_536, 32);
    let sent = 0;
    const answer: { response?: IncomingMessage } = {};
    const end = (): void => resolve({ status: answer.response!.statusCode!, sent });
    outgoing.on('response', (response) => {
      answer.response = response;
      response.resume().on('end', end).on('error', end);
    });
    outgoing.on('error', (error) => (answer.response === undefined ? reject(error) : end()));
    const more = (): void => {
      while (answer.response === undefined && !outgoing.destroyed) {
        sent += chunk.length;
        if (!outgoing.write(chunk)) return void outgoing.once('drain', more);
      }
    };
    more();
  });
}

const push = {
  ref: 'refs/heads/main',
  repository: { id: 1, full_name: 'acme/infra', default_branch: 'main' },
};
const star = { action: 'created', repository: push.repository, sender: { login: 'ana' } };

describe('a body is refused before it is read', () => {
  test('when it says that it is over 25 MB', async () => {
    const gate = await serveGated();
    const headers = headersFor('star', '', { 'content-length': String(600 * 2 ** 20) });
    expect((await flood(gate, headers)).status).toBe(413);
    expect(gate.bytesRead()).toBeLessThan(2 ** 20);
  });

  test.each([
    ['without a signature', { 'x-hub-signature-256': undefined }, 400],
    ['of another type', { 'content-type': 'text/plain' }, 415],
    ['of an unnamed event', { 'x-github-event': undefined }, 400],
  ])('%s', async (_name, more, status) => {
    const gate = await serveGated();
    const headers = Object.fromEntries(
      Object.entries({ ...headersFor('star', ''), ...more }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    expect((await flood(gate, { ...headers, 'transfer-encoding': 'chunked' })).status).toBe(status);
    expect(gate.bytesRead()).toBeLessThan(2 ** 20);
    expect(gate.received).toEqual([]);
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('when it comes with %s', async (method) => {
    const { address } = await serveGated();
    const init: RequestInit = { body: '{}' };
    expect((await fetch(address, { ...init, method })).status).toBe(405);
  });

  test('when it comes with GET', async () => {
    const gate = await serveGated();
    const status = await new Promise((resolve) => {
      const outgoing = send(gate.address, { method: 'GET', headers: { 'content-length': '5' } });
      outgoing
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', () => undefined);
      outgoing.write('12345');
    });
    expect(status).toBe(400);
  });
});

describe('a body is refused while it is read', () => {
  test('when it has no length and gets over the limit', async () => {
    const gate = await serveGated({ one: 2 ** 20 });
    const { status, sent } = await flood(gate, headersFor('star', '', { 'transfer-encoding': 'chunked' }));
    expect(status).toBe(413);
    expect(gate.bytesRead()).toBeLessThan(3 * 2 ** 20);
    expect(sent).toBeLessThan(32 * 2 ** 20);
    expect(gate.received).toEqual([]);
  });

  test('when all together are too much: the largest gives way, the small ones pass', async () => {
    const gate = await serveGated({ one: 4_000_000, all: 5_000_000 });
    const refused: number[] = [];
    for (let index = 0; index < 4; index++) {
      const outgoing = send(gate.address, {
        method: 'POST',
        agent: false,
        headers: headersFor('star', '', { 'content-length': '4000000' }),
      });
      outgoing.on('response', (response) => refused.push(response.resume().statusCode!));
      outgoing.on('error', () => undefined);
      outgoing.write(Buffer.alloc(3_900_000, 32));
      onTestFinished(() => void outgoing.destroy());
    }
    await vi.waitFor(() => expect(refused).toEqual([503, 503, 503]));
    expect((await deliver(gate, 'star', star)).status).toBe(200);
  });

  test('when it does not come to its end', async () => {
    const gate = await serveGated({ milliseconds: 30 });
    const answer = await new Promise<string>((resolve) => {
      const { hostname, port } = new URL(gate.address);
      const socket = connect(Number(port), hostname);
      const lines = Object.entries(headersFor('star', '', { host: 'x', 'content-length': '100' }));
      socket.write(
        `POST /api/github/webhooks HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n{`,
      );
      let text = '';
      socket.on('data', (data) => (text += String(data))).on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('a webhook is handed on', () => {
  test('as it was sent, to the last byte of its signature', async () => {
    const gate = await serveGated();
    const text = `${JSON.stringify({ ...star, note: 'ü – 😀' }, null, 1)}\n`;
    expect(await deliver(gate, 'star', text)).toEqual({ status: 200, text: 'ok\n' });
    expect(gate.received).toEqual(['delivery-of-star']);
  });

  test('also when it is nearly as long as it may be', async () => {
    const gate = await serveGated({ one: 1_000_000 });
    const payload = { ...star, padding: 'x'.repeat(900_000) };
    expect((await deliver(gate, 'star', payload)).status).toBe(200);
  });

  test('and refused there with a wrong signature', async () => {
    const gate = await serveGated();
    const refused = await deliver(gate, 'star', star, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` });
    expect(refused.status).toBe(400);
    expect(gate.received).toEqual([]);
  });

  test('and what fails there says nothing of why', async () => {
    const gate = await serveGated();
    expect(await deliver(gate, 'push', push)).toEqual({
      status: 500,
      text: '{"error":"it failed; the log says why"}',
    });
    await vi.waitFor(() => expect(gate.log.join('')).toContain('delivery-of-push'));
  });
});

describe('a signed payload of an odd shape is answered, logged by its delivery, and goes no further:', () => {
  const comment = {
    id: 1,
    body: '/rca help',
    user: { login: 'ana', type: 'User' },
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
  const said = { action: 'created', repository: push.repository, issue: { number: 1 }, comment };

  test.each<[string, string, unknown, number]>([
    ['no repository', 'push', { ref: 'refs/heads/main' }, 422],
    ['null', 'push', null, 422],
    ['a list', 'push', [push], 422],
    ['a text', 'push', '"push"', 422],
    ['a number', 'issue_comment', 5, 422],
    ['nothing', 'push', '', 400],
    ['no JSON', 'push', '{', 400],
    ['a repository that is a list', 'push', { ...push, repository: [] }, 422],
    ['a name that is none', 'push', { ...push, repository: { id: 1, full_name: '../..' } }, 422],
    ['a ref that is a mapping', 'push', { ...push, ref: {} }, 422],
    ['a comment without a text', 'issue_comment', { ...said, comment: { ...comment, body: null } }, 422],
    ['a comment by a list', 'issue_comment', { ...said, comment: { ...comment, user: [] } }, 422],
    ['a comment at no time', 'issue_comment', { ...said, comment: { ...comment, created_at: 'then' } }, 422],
    ['an issue with a text for a number', 'issue_comment', { ...said, issue: { number: '1' } }, 422],
    ['an action that is a mapping', 'star', { ...star, action: {} }, 422],
    ['an installation that is a text', 'star', { ...star, installation: 'x' }, 422],
    [
      'a pull request without a head',
      'pull_request',
      { ...star, pull_request: { number: 1, base: {} } },
      422,
    ],
    ['branches that are none', 'status', { repository: push.repository, branches: {} }, 422],
    ['repositories that are texts', 'installation', { installation: { id: 1 }, repositories: ['a/b'] }, 422],
    ['an event that JavaScript knows', 'constructor', star, 202],
    ['an event that is no name', '../x', star, 202],
  ])('%s', async (_name, event, payload, status) => {
    const gate = await serveGated();
    const answer = await deliver(gate, event, payload);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/TypeError|undefined|Cannot|at /);
    expect(gate.received).toEqual([]);
    expect(gate.log.join('')).toContain('"delivery":"delivery-of-');
  });

  test.each<[string, string, unknown]>([
    ['a comment by nobody', 'issue_comment', { ...said, comment: { ...comment, user: null } }],
    ['no installation', 'star', star],
    ['an unknown event', 'holiday', star],
    ['an unknown action', 'issue_comment', { ...said, action: 'whispered' }],
    ['more than is known', 'star', { ...star, extra: [[{}]] }],
  ])('but not %s', async (_name, event, payload) => {
    const gate = await serveGated();
    expect((await deliver(gate, event, payload)).status).toBe(200);
  });

  test('an odd payload without the secret is only refused', async () => {
    const gate = await serveGated();
    const answer = await deliver(gate, 'push', '[]', { 'x-hub-signature-256': 'sha256=0' });
    expect(answer.status).toBe(400);
    expect(gate.log.join('')).not.toContain('shape');
  });
});
