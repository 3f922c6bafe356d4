import { describe, expect, test } from 'vitest';
import {
  ceilingCheck,
  configurationsCheck,
  defaultsCheck,
  type CentralGitHub,
} from '../../src/doctor/central.ts';
import type { Finding } from '../../src/doctor/check.ts';
import { notificationsCheck } from '../../src/doctor/notifications.ts';

/** Files by `owner/name path`. A file that is an error is one that GitHub does not give. */
function gitHubWith(
  repositories: readonly string[] | null,
  files: Readonly<Record<string, string | Error>> = {},
): CentralGitHub {
  return {
    installed: async () => repositories,
    file: async (repository, path) => {
      const found = files[`${repository} ${path}`];
      if (found instanceof Error) throw found;
      return found ?? null;
    },
  };
}

const lines = (found: readonly Finding[]) => found.map(({ status, detail }) => `${status}: ${detail}`);

describe('organisation defaults', () => {
  const of = async (github: CentralGitHub) => lines(await defaultsCheck(github).run());
  const INSTALLED = ['acme/infra', 'acme/.github', 'zenith/apps'];

  test('are named with their file where they hold, and once for each organisation', async () => {
    const github = gitHubWith(INSTALLED, {
      'acme/.github faultline.yml': 'policy: {default: {mode: propose}}\n',
    });
    expect(await of(github)).toEqual([
      'ok: acme/.github:faultline.yml: valid',
      'ok: none of zenith are known: the App is not installed in zenith/.github',
    ]);
  });

  test('that are invalid have failed, with their line', async () => {
    const github = gitHubWith(INSTALLED, { 'acme/.github faultline.yml': 'policy:\n  defaults: {}\n' });
    const [first] = await defaultsCheck(github).run();
    expect(first).toMatchObject({ status: 'failed', repair: 'correct it: until then every mode is monitor' });
    expect(first!.detail).toMatch(
      /^acme\/\.github:faultline\.yml:2:3: unknown key "defaults".*Did you mean default\?$/,
    );
  });

  test('may be missing', async () => {
    expect((await of(gitHubWith(['acme/.github'])))[0]).toBe(
      'ok: acme/.github has no faultline.yml and no .github/faultline.yml',
    );
  });

  test('that cannot be read are not absent', async () => {
    const github = gitHubWith(INSTALLED, { 'acme/.github faultline.yml': new Error('GitHub answered 502') });
    expect((await of(github))[0]).toBe('failed: those of acme cannot be read: GitHub answered 502');
  });

  test('are not told where GitHub does not say what the App is installed in', async () => {
    expect(await of(gitHubWith(null))).toEqual([]);
  });
});

describe('the configuration of repositories', () => {
  const of = async (github: CentralGitHub) => lines(await configurationsCheck(github).run());

  test('is valid, wrong with its line, missing or unreadable', async () => {
    const github = gitHubWith(['acme/a', 'acme/b', 'acme/c', 'acme/d', 'acme/.github'], {
      'acme/a .github/faultline.yml': 'extends: base.yml\n',
      'acme/a base.yml': 'policy: {default: {mode: propose}}\n',
      'acme/b .github/faultline.yml': 'extends: none.yml\n',
      'acme/d .github/faultline.yml': new Error('GitHub answered 502'),
    });
    expect(await of(github)).toEqual([
      'failed: acme/b: .github/faultline.yml:1:10: extends: expected a file, but there is no none.yml',
      'failed: acme/d cannot be read: GitHub answered 502',
      'ok: acme/a: valid',
      'ok: acme/c: no .github/faultline.yml yet, which Faultline offers first',
    ]);
  });

  test('is not blamed for what its organisation wrote', async () => {
    const github = gitHubWith(['acme/a', 'acme/.github'], {
      'acme/a .github/faultline.yml': 'policy: {default: {mode: propose}}\n',
      'acme/.github faultline.yml': 'nonsense: true\n',
    });
    expect(await of(github)).toEqual(['ok: acme/a: valid']);
  });
});

test('the ceiling says its line, or that there is none', async () => {
  const place = { file: 'service.yml', line: 7, column: 5, path: 'ceiling[0]' };
  expect(lines(await ceilingCheck([{ mode: 'propose', place }]).run())).toEqual([
    'ok: 1 from service.yml:7 on, with at most: propose',
  ]);
  expect(lines(await ceilingCheck([]).run())).toEqual(['ok: none: each configuration may allow everything']);
});

test('routes whose secrets are not there are named, and hide no other', async () => {
  const found = await notificationsCheck([
    { name: 'oncall', secrets: [async () => 'https://hooks.example/x'] },
    {
      name: 'tickets',
      secrets: [async () => Promise.reject(new Error('the environment variable HOOK is not set'))],
    },
    { name: 'empty', secrets: [async () => ''] },
  ]).run();
  expect(lines(found)).toEqual([
    'failed: route tickets: the environment variable HOOK is not set',
    'failed: route empty: a secret is empty',
    'ok: oncall: secrets are there; faultline notifications test sends a message',
  ]);
});
