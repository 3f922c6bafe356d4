import { execFileSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isolationNotice } from '../../src/commands/isolation-notice.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { detectIsolation, forceIsolation, isolationSetting } from '../../src/renderers/isolation/detect.ts';
import { isolationWarning, NOBODY, type Isolation } from '../../src/renderers/isolation/isolation.ts';
import { run } from '../../src/renderers/run.ts';
import { inSandbox } from '../../src/renderers/sandbox.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsIsolation } from '../needs.ts';
import { faultline } from './command-line.ts';

const PLAIN: Isolation = {
  mode: 'plain',
  identity: null,
  programs: {},
  options: [],
  tried: ['bubblewrap: bwrap is not installed', 'namespaces: unshare failed'],
};

function force(isolation: Isolation | string): void {
  forceIsolation(isolation);
  onTestFinished(() => forceIsolation(null));
}

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\ndata:\n  key: value\n';

function located(): ReturnType<typeof faultline> {
  const repository = madeFolder({ 'apps/map.yaml': MAP });
  return faultline('locate', '--repo', repository, '--object', 'ConfigMap/map', '--field', 'data.key');
}

describe('without namespaces', () => {
  test('the command line says so once, on standard error', async () => {
    force(PLAIN);
    const { status, stdout, stderr } = await located();
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('apps/map.yaml:6:8') });
    expect(stderr).toMatch(
      /^faultline: warning: charts and kustomizations are rendered without namespaces \(bubblewrap: bwrap is not installed; namespaces: unshare failed\)\. .*\n$/,
    );
  });

  test('the warning names what a renderer could reach, and no more', () => {
    const own = isolationWarning(PLAIN, true);
    expect(own).toContain('read every file that this user can read');
    expect(own).not.toContain('environment');
    expect(isolationWarning(PLAIN, false)).toContain('read the environment of this process');
    const apart = isolationWarning({ ...PLAIN, identity: NOBODY }, false);
    expect(apart).toContain('read every file that is open to all users');
    expect(apart).not.toMatch(/this user can read|environment/);
    expect(isolationWarning({ ...PLAIN, tried: [] }, true)).toContain('(FAULTLINE_ISOLATION is none)');
  });
});

test.runIf(process.platform === 'linux').each([
  ['PRIVATE_KEY', '[]'],
  ['ALERT_TOKEN', '["ALERT_TOKEN"]'],
])('what started this process and has its secret in %s is named', (variable, named) => {
  const file = new URL('../../src/commands/conceal-environment.ts', import.meta.url).href;
  const asks = `const { concealEnvironment, exposedByParents } = await import('${file}'); concealEnvironment(); console.log(JSON.stringify(exposedByParents(process.env, ${named})))`;
  const env = {
    PATH: process.env['PATH'],
    [variable]: 'canary-of-the-key',
    NODE: process.execPath,
    ASKS: asks,
  };
  const ask = (script: string): unknown =>
    JSON.parse(execFileSync('/bin/sh', ['-c', script], { env, encoding: 'utf8' }));
  expect(ask('"$NODE" --input-type=module -e "$ASKS"; true')).toEqual([
    expect.stringMatching(/^sh \(\d+\)$/),
  ]);
  expect(ask('exec "$NODE" --input-type=module -e "$ASKS"')).toEqual([]);
});

describe('with namespaces', () => {
  test.each(['bubblewrap', 'namespaces'] as const)('nothing is said in mode %s', async (mode) => {
    force({ ...PLAIN, mode });
    expect(await isolationNotice()).toBeNull();
    expect((await located()).stderr).toBe('');
  });

  needsIsolation('bubblewrap')('they are what is used', async () => {
    expect(await detectIsolation('auto')).toMatchObject({ mode: 'bubblewrap' });
    expect(await detectIsolation('require')).toMatchObject({ mode: 'bubblewrap' });
    expect(await detectIsolation('none')).toMatchObject({ mode: 'plain', tried: [] });
  });
});

test('where they are required and there are none, nothing is rendered', async () => {
  force('FAULTLINE_ISOLATION=require, and nothing works here');
  const answer = await inSandbox(new Map(), (sandbox) => run('/bin/sh', ['-c', 'echo ran'], sandbox));
  expect(answer).toEqual({ ok: false, message: 'FAULTLINE_ISOLATION=require, and nothing works here' });
  expect(await isolationNotice()).toBe('FAULTLINE_ISOLATION=require, and nothing works here');
});

test('the setting is one of three', () => {
  expect(isolationSetting({})).toBe('auto');
  expect(isolationSetting({ FAULTLINE_ISOLATION: '' })).toBe('auto');
  expect(isolationSetting({ FAULTLINE_ISOLATION: 'require' })).toBe('require');
  expect(() => isolationSetting({ FAULTLINE_ISOLATION: 'yes' })).toThrow(InputError);
});
