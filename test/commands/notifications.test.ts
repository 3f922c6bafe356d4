import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { signatureOf } from '../../src/notifications/webhook.ts';
import { freePort } from '../free-port.ts';
import { madeFolder } from '../git/made-repository.ts';
import { startChat, type ChatServer } from '../notifications/chat-server.ts';
import { faultline } from './command-line.ts';

let chat: ChatServer;
let settings: string;

const ROUTES = `clusters: {prod: {snapshot: recorded}}
notifications:
  routes:
    oncall: {slack: {webhook: {env: SLACK_URL}}, namespaces: ["shop-*"], quiet: {from: "00:00", to: "23:59"}}
    platform: {teams: {webhook: {env: TEAMS_URL}}}
    tickets: {webhook: {url: {env: HOOK_URL}, secret: {env: HOOK_SECRET}}}
`;

beforeEach(async () => {
  chat = await startChat();
  vi.stubEnv('SLACK_URL', `${chat.url}/slack`);
  vi.stubEnv('TEAMS_URL', `${chat.url}/teams`);
  vi.stubEnv('HOOK_URL', `${chat.url}/hook`);
  vi.stubEnv('HOOK_SECRET', 'a secret of ours');
  onTestFinished(() => void vi.unstubAllEnvs());
  settings = join(madeFolder({ 'service.yml': ROUTES }), 'service.yml');
});

const run = (...args: readonly string[]) =>
  faultline('notifications', 'test', '--settings', settings, ...args);

describe('faultline notifications test', () => {
  test('sends one message to each route, quiet hours or not, and prints how each was answered', async () => {
    const { status, stdout, stderr } = await run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(
      'delivered  oncall    Slack webhook\ndelivered  platform  Teams workflow\ndelivered  tickets   webhook\n',
    );
    expect(chat.received.map(({ path }) => path).sort()).toEqual(['/hook', '/slack', '/teams']);
    const slack = chat.received.find(({ path }) => path === '/slack')!;
    expect(slack.text).toContain('Test message');
    expect(slack.text).toContain('shop-*');
    const { body, headers, text } = chat.received.find(({ path }) => path === '/hook')!;
    expect(body).toMatchObject({ version: 1, event: 'test', route: 'tickets' });
    expect(headers['webhook-signature']).toBe(
      signatureOf('a secret of ours', body.id as string, Number(headers['webhook-timestamp']), text),
    );
  });

  test('says what a service refused and what does not answer, hides no other one, and exits with 1', async () => {
    vi.stubEnv('TEAMS_URL', `http://127.0.0.1:${await freePort()}/teams`);
    vi.stubEnv('HOOK_SECRET', undefined);
    chat.replies.push({ status: 400 });
    const { status, stdout } = await run('--output', 'json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      routes: [
        { route: 'oncall', service: 'slack-webhook', result: 'refused', problem: 'status 400' },
        { route: 'platform', service: 'teams', result: 'failed', problem: 'ECONNREFUSED' },
        {
          route: 'tickets',
          service: 'webhook',
          result: 'failed',
          problem: expect.stringContaining('HOOK_SECRET') as string,
        },
      ],
    });
    expect(stdout).not.toContain('127.0.0.1');
  });

  test('tries one route where it is named', async () => {
    const { stdout } = await run('--route', 'platform');
    expect(stdout).toBe('delivered  platform  Teams workflow\n');
    expect(chat.received.map(({ path }) => path)).toEqual(['/teams']);
  });

  test.each([
    [
      ['--route', 'on-call'],
      /--route on-call: .*service\.yml has no route of this name; did you mean oncall\?/,
    ],
    [['--route', 'x'], /expected one of oncall, platform, tickets/],
  ])('refuses a route that does not exist and names the nearest: %j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(chat.received).toEqual([]);
  });

  test('refuses settings without routes', async () => {
    settings = join(madeFolder({ 'service.yml': 'clusters: {prod: {snapshot: recorded}}\n' }), 'service.yml');
    const { status, stderr } = await run();
    expect(status).toBe(2);
    expect(stderr).toMatch(/service\.yml: notifications\.routes names no route/);
  });
});
