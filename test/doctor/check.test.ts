import { expect, test } from 'vitest';
import { ok, runChecks } from '../../src/doctor/check.ts';
import { credentialsCheck } from '../../src/doctor/credentials.ts';
import { faultline } from '../commands/command-line.ts';

test('a check that throws or never ends hides no other', async () => {
  const found = await runChecks(
    [
      { what: 'a', run: () => Promise.reject(new Error('broken')) },
      { what: 'b', run: () => new Promise(() => undefined) },
      { what: 'c', run: async () => [ok('c', 'works')] },
    ],
    20,
  );
  expect(found.map(({ what, status }) => `${what} ${status}`)).toEqual(['a failed', 'b failed', 'c ok']);
});

test('a missing credential has failed; a missing webhook secret is a warning while GitHub is polled', async () => {
  const env = { APP_ID: '1' };
  const statuses = async (polls: boolean) =>
    (await credentialsCheck(env, polls, async () => 'key').run()).map(
      ({ status, repair }) => `${status}: ${repair}`,
    );
  expect(await statuses(true)).toEqual([
    'failed: set PRIVATE_KEY or PRIVATE_KEY_PATH',
    'warning: set WEBHOOK_SECRET',
  ]);
  expect(await statuses(false)).toEqual([
    'failed: set PRIVATE_KEY or PRIVATE_KEY_PATH',
    'failed: set WEBHOOK_SECRET',
  ]);
});

test('settings that cannot be read are one line of the table, and the exit status is 1', async () => {
  const { status, stdout } = await faultline('doctor', '--settings', '/nowhere/faultline.yml');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^failed +settings +--settings \/nowhere\/faultline\.yml: cannot be read/m);
  expect(stdout).toMatch(/helm/);
});
