import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../src/doctor/check.ts';
import { enterpriseCheck, permissionsCheck, webhookCheck } from '../../src/doctor/github.ts';
import { APP_EVENTS, APP_PERMISSIONS } from '../../src/github/app-permissions.ts';
import { readGrants, readRegistration, readWebhook } from '../../src/github/registration.ts';
import { appClient } from '../../src/github/tokens.ts';
import type { StandInOptions } from '../github/stand-in/interface.ts';
import { startGitHub } from '../github/stand-in/start.ts';

const ALL = Object.fromEntries(APP_PERMISSIONS.map(({ name, level }) => [name, level]));

async function asking(options: StandInOptions = { permissions: ALL }) {
  const github = await startGitHub(options);
  onTestFinished(() => github.close());
  const { appId, privateKey, apiUrl } = github;
  const client = appClient({ appId, privateKey, baseUrl: apiUrl });
  return {
    github,
    asked: {
      // The stand-in sends fewer events than app.yml asks for.
      registration: async () => ({ ...(await readRegistration(client)), events: APP_EVENTS }),
      grants: () => readGrants(client),
      webhook: () => readWebhook(client),
    },
  };
}

const lines = (found: readonly Finding[]) =>
  found.map(({ status, detail, repair }) => `${status}: ${detail}${repair === null ? '' : ` → ${repair}`}`);

test('what is compared is what app.yml asks for', () => {
  const manifest = parse(readFileSync(new URL('../../app.yml', import.meta.url), 'utf8')) as {
    readonly default_permissions: object;
    readonly default_events: readonly string[];
  };
  expect(ALL).toEqual(manifest.default_permissions);
  expect(APP_EVENTS).toEqual(manifest.default_events);
});

test('an App that has all of app.yml is one line', async () => {
  const { github, asked } = await asking();
  github.repository('acme/infra', { files: {} });
  expect(lines(await permissionsCheck(asked).run())).toEqual([
    expect.stringMatching(/^ok: \S+ has all of app.yml, in acme$/),
  ]);
});

test('each missing permission is named once for whoever lacks it, with the page that grants it', async () => {
  const { members: _, ...others } = ALL;
  const { github, asked } = await asking({ permissions: others as typeof ALL });
  github.repository('acme/infra', { files: {} });
  const grants = async () =>
    (await asked.grants()).map((grant) => ({ ...grant, permissions: { ...ALL, contents: 'read' } }));
  const found = lines(await permissionsCheck({ ...asked, grants }).run());
  expect(found).toEqual([
    expect.stringMatching(
      /^warning: the App \S+ lacks members: read → grant it: http\S+\/organizations\/faultline-makers\/settings\/apps\/\S+\/permissions$/,
    ),
    expect.stringMatching(
      /^failed: the installation of acme lacks contents: write → grant it: http\S+\/organizations\/acme\/settings\/installations\/\d+\/permissions\/update$/,
    ),
  ]);
});

test('an App that is installed nowhere, suspended or not told of events says so', async () => {
  const { asked } = await asking();
  const one = { account: 'acme', permissions: ALL, isSuspended: true, settings: 'https://x/1' };
  const registration = async () => ({ ...(await asked.registration()), events: APP_EVENTS.slice(1) });
  expect(lines(await permissionsCheck({ registration, grants: async () => [] }).run())).toEqual([
    expect.stringContaining('is not told of issue_comment → subscribe to them'),
    expect.stringContaining('failed: the App is installed nowhere → install it: '),
  ]);
  expect(lines(await permissionsCheck({ ...asked, grants: async () => [one] }).run())).toEqual([
    'failed: the installation of acme is suspended → unsuspend it: https://x/1',
  ]);
});

test('a key that GitHub refuses fails the check with its reason', async () => {
  const { github, asked } = await asking();
  github.faults.add({
    when: { operation: 'apps/get-authenticated' },
    does: {
      kind: 'answer',
      status: 401,
      body: { message: 'Bad credentials', documentation_url: '', status: '401' },
    },
  });
  await expect(permissionsCheck(asked).run()).rejects.toThrow('Bad credentials');
});

test('the last delivery tells whether webhooks arrive', async () => {
  const { github, asked } = await asking();
  expect(lines(await webhookCheck(asked).run())).toEqual([
    expect.stringContaining('failed: the App has no webhook address → set it and tick Active: '),
  ]);
  const url = 'https://faultline.example.com/api/github/webhooks';
  const seen = async (code: number | null, status = 'OK', insecure = '0') => {
    github.faults.add({
      when: { operation: 'apps/get-webhook-config-for-app' },
      does: { kind: 'answer', status: 200, body: { url, content_type: 'json', insecure_ssl: insecure } },
    });
    const delivery = {
      id: 1,
      guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
      delivered_at: '2026-03-01T10:00:00Z',
      redelivery: false,
      duration: 0.1,
      status,
      status_code: code,
      event: 'push',
      action: null,
      installation_id: 1,
      repository_id: 2,
    };
    github.faults.add({
      when: { operation: 'apps/list-webhook-deliveries' },
      does: { kind: 'answer', status: 200, body: code === null ? [] : [delivery] },
    });
    return lines(await webhookCheck(asked).run());
  };
  expect(await seen(202)).toEqual([
    `ok: ${url} answered 202 to the last delivery, push at 2026-03-01T10:00:00Z`,
  ]);
  expect(await seen(502, 'Bad Gateway')).toEqual([
    expect.stringMatching(
      /^failed: the last delivery to \S+, push at \S+, was answered 502 \(Bad Gateway\) → make /,
    ),
  ]);
  expect(await seen(0, 'failed to connect to host', '1')).toEqual([
    expect.stringContaining('warning: GitHub does not verify the certificate'),
    expect.stringContaining(', failed: failed to connect to host → make'),
  ]);
  expect(await seen(null)).toEqual([expect.stringContaining('warning: GitHub has delivered nothing to')]);
  expect(github.violations).toEqual([]);
});

test.each([
  ['3.11', ['ok: 3.11.4']],
  ['3.19', ['ok: 3.19.4']],
  [
    '3.10',
    [
      'failed: 3.10.4 has no rules of branches, so that required checks are unknown and nothing is auto-merged → upgrade it to 3.11 or newer',
    ],
  ],
])('a GitHub Enterprise Server %s says its version', async (enterprise, expected) => {
  const { asked } = await asking({ permissions: ALL, enterprise });
  expect(lines(await enterpriseCheck(asked).run())).toEqual(expected);
});

test('github.com is no Enterprise Server', async () => {
  const { asked } = await asking();
  expect(await enterpriseCheck(asked).run()).toEqual([]);
});
