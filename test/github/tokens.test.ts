import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HostError } from '../../src/github/host-error.ts';
import { hostOf } from '../../src/github/octokit-host.ts';
import { apiUrl, appClient, cloneUrl, isNoreplyOf, tokenClient, tokenOf } from '../../src/github/tokens.ts';
import { madeClock } from './made-clock.ts';
import { madeHost } from './made-host.ts';

const TOKEN = `gh${'s_'}Mn4pQ7rS2tU5vW8xY1zA3bC6dE9fG0hJkL2m`;
const HOUR = 3_600_000;

/** Everything that a log could show of an error. */
function shown(error: unknown): string {
  return (
    inspect(error, { depth: 20, showHidden: true }) + String((error as Error).stack) + JSON.stringify(error)
  );
}

async function failureOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('an installation token', () => {
  test('is got once, and kept', async () => {
    const { host, github } = await madeHost();
    await Promise.all([host.branchHead('main'), host.branchHead('main'), host.cloneAccess()]);
    const made = github.journal.filter(({ path }) => path.endsWith('/access_tokens'));
    expect(made).toHaveLength(1);
  });

  test('is renewed before it expires', async () => {
    const { host, github, clock } = await madeHost();
    const { token } = await host.cloneAccess();
    await clock.sleep(HOUR - 6 * 60_000);
    expect((await host.cloneAccess()).token).toBe(token);
    await clock.sleep(2 * 60_000);
    expect((await host.cloneAccess()).token).not.toBe(token);
    expect(await host.branchHead('main')).not.toBeNull();
    // The App's own token is made by the real clock, and then by GitHub's.
    const refused = github.journal.filter(({ status, path }) => status === 401 && !path.startsWith('/app/'));
    expect(refused).toEqual([]);
  });

  test('that is suddenly refused is replaced, and the call is made again', async () => {
    const { host, github, repository } = await madeHost();
    await host.branchHead('main');
    github.faults.add({ when: { operation: 'git/create-tree' }, does: { kind: 'token-expired' } });
    const parent = repository.head()!;
    const files = new Map([['README.md', Buffer.from('new\n')]]);
    expect(await host.commit({ parent, message: 'New', files })).toMatch(/^[0-9a-f]{40}$/);
    expect(github.journal.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  test('that git was refused with is replaced', async () => {
    const { host } = await madeHost();
    const { token, url } = await host.cloneAccess();
    const renewed = await host.cloneAccess(token!);
    expect(renewed.token).not.toBe(token);
    expect(renewed.url).toBe(url);
  });
});

describe('a token', () => {
  test('in an address that cannot be asked is not told', async () => {
    const clients = [
      tokenClient({ token: TOKEN, baseUrl: `http://x-access-token:${TOKEN}@127.0.0.1:9` }),
      tokenClient({ token: TOKEN, baseUrl: `http://${TOKEN}` }),
      tokenClient({ token: TOKEN, baseUrl: `http://127.0.0.1:9/${TOKEN}` }),
    ];
    for (const client of clients) {
      const host = hostOf(client, {
        owner: 'acme',
        repo: 'infra',
        login: 'ada',
        defaultBranch: 'main',
        clock: madeClock(),
      });
      const error = await failureOf(host.branchHead('main'));
      expect(error).toBeInstanceOf(HostError);
      expect(shown(error)).not.toContain(TOKEN);
      expect(shown(error).toLowerCase()).not.toContain(TOKEN.toLowerCase());
    }
  });

  test('that the answer repeats is not told', async () => {
    const server = createServer((request, response) => {
      const message = `Bad credentials: ${request.headers.authorization}`;
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const host = hostOf(tokenClient({ token: TOKEN, baseUrl }), {
      owner: 'acme',
      repo: 'infra',
      login: 'ada',
      defaultBranch: 'main',
      clock: madeClock(),
    });
    const error = await failureOf(host.branchHead('main'));
    expect(error).toMatchObject({ status: 401, transient: false, message: expect.stringContaining('***') });
    expect(shown(error)).not.toContain(TOKEN);
  });

  test('of a person is what git gets on the command line', async () => {
    expect(await tokenOf(tokenClient({ token: TOKEN }))).toBe(TOKEN);
  });
});

describe('an App whose key is wrong', () => {
  test('says so without the key', async () => {
    const privateKey = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n';
    const client = appClient({ appId: 1, privateKey, baseUrl: 'http://127.0.0.1:9', clock: madeClock() });
    const error = await failureOf(tokenOf(client.installation(1)));
    expect(error).toBeInstanceOf(HostError);
    expect(shown(error)).not.toContain('MIIEvQIBADANBgkqhkiG9w0BAQ');
  });
});

describe('the addresses', () => {
  test.each([
    [{}, 'https://api.github.com', 'https://github.com/acme/infra.git'],
    [
      { GHE_HOST: 'git.acme.example' },
      'https://git.acme.example/api/v3',
      'https://git.acme.example/acme/infra.git',
    ],
    [
      { GHE_HOST: 'api.acme.example' },
      'https://api.acme.example/api/v3',
      'https://api.acme.example/acme/infra.git',
    ],
    [
      { GHE_HOST: 'localhost:3000', GHE_PROTOCOL: 'http' },
      'http://localhost:3000/api/v3',
      'http://localhost:3000/acme/infra.git',
    ],
    [{ GHE_HOST: 'acme.ghe.com' }, 'https://api.acme.ghe.com', 'https://acme.ghe.com/acme/infra.git'],
  ])('of %j are %s and %s', (environment, api, clone) => {
    expect(apiUrl(environment)).toBe(api);
    expect(cloneUrl(api, 'acme/infra')).toBe(clone);
  });
});

describe('the address of commits of an account', () => {
  const BOT = 'faultline[bot]';

  test.each([
    ['https://api.github.com', 'users.noreply.github.com'],
    ['https://api.acme.ghe.com', 'users.noreply.acme.ghe.com'],
    ['https://github.acme.example/api/v3', 'users.noreply.github.acme.example'],
    ['https://github.acme.example:8443/api/v3', 'users.noreply.github.acme.example'],
  ])('at %s ends in %s', (baseUrl, domain) => {
    expect(isNoreplyOf(baseUrl, BOT, `41+${BOT}@${domain}`)).toBe(true);
    expect(isNoreplyOf(baseUrl, BOT, `41+Faultline[BOT]@${domain}`)).toBe(true);
    expect(isNoreplyOf(baseUrl, BOT, `41+other[bot]@${domain}`)).toBe(false);
    expect(isNoreplyOf(baseUrl, BOT, `41+${BOT}@${domain}.example`)).toBe(false);
    expect(isNoreplyOf(baseUrl, BOT, `41+x+${BOT}@${domain}`)).toBe(false);
  });

  test("on another GitHub is somebody else's", () => {
    const ours = `41+${BOT}@users.noreply.github.com`;
    expect(isNoreplyOf('https://github.acme.example/api/v3', BOT, ours)).toBe(false);
  });
});
