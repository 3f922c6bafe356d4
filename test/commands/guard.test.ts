import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { commitFiles, git, madeFolder, madeRepository, writeFiles } from '../git/made-repository.ts';
import { CONFIG, DEPLOYMENT, SERVICE } from '../guard/quay.ts';
import { faultline } from './command-line.ts';

const QUAY = { 'quay/ferry.yaml': DEPLOYMENT, 'quay/service.yaml': SERVICE, 'quay/config.yaml': CONFIG };
const BROKEN = DEPLOYMENT.replace('port: http}', 'port: https}');

/** A repository with a branch `change`, which is checked out. */
function changed(files: Readonly<Record<string, string>>): string {
  const folder = madeRepository(QUAY);
  git(folder, 'checkout', '--quiet', '-b', 'change');
  commitFiles(folder, files, 'change it');
  return folder;
}

afterEach(() => vi.unstubAllEnvs());

describe('faultline guard', () => {
  test('prints findings at their lines and what changes, and exits with 3 where it is asked to', async () => {
    const repo = changed({ 'quay/ferry.yaml': BROKEN });
    const { status, stdout } = await faultline('guard', '--repo', repo, '--base', 'main', '--exit-code');
    expect(status).toBe(3);
    expect(stdout).toContain('quay/ferry.yaml:20  error  probe-failing/port-name-missing');
    expect(stdout).toContain('readinessProbe.httpGet.port http → https');
    const without = await faultline('guard', '--repo', repo, '--base', 'main');
    expect(without.status).toBe(0);
  });

  test('compares with the commit that the change was started from', async () => {
    const repo = changed({ 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
    git(repo, 'checkout', '--quiet', 'main');
    commitFiles(repo, { 'quay/service.yaml': SERVICE.replace('app: ferry', 'app: fery') }, 'another change');
    const { stdout } = await faultline(
      'guard',
      '--repo',
      repo,
      '--base',
      'main',
      '--head',
      'change',
      '--output',
      'json',
    );
    const report = JSON.parse(stdout) as {
      readonly findings: readonly unknown[];
      readonly roots: readonly object[];
    };
    expect(report.findings).toEqual([]);
    expect(report.roots).toMatchObject([
      {
        root: 'quay',
        status: 'changed',
        objects: [{ fields: [{ before: 'harbour/ferry:1.4.0', after: 'harbour/ferry:1.5.0' }] }],
      },
    ]);
  });

  test('reads commits, and not the work tree', async () => {
    const repo = changed({ 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
    writeFiles(repo, { 'quay/ferry.yaml': BROKEN });
    const { stdout } = await faultline('guard', '--repo', repo, '--base', 'main', '--output', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ conclusion: 'success', findings: [] });
  });

  test('writes annotations and the summary of a step for GitHub Actions', async () => {
    const summary = join(mkdtempSync(join(tmpdir(), 'guard-')), 'summary.md');
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
    const repo = changed({ 'quay/a%0Ab,c.yaml': BROKEN.replace('name: ferry,', 'name: barge,') });
    const { stdout } = await faultline('guard', '--repo', repo, '--base', 'main', '--output', 'github');
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^::error file=quay\/a%250Ab%2Cc\.yaml,line=20,col=\d+,title=Faultline%3A probe-failing\/port-name-missing::The readiness probe/,
      ),
    ]);
    expect(readFileSync(summary, 'utf8')).toContain('| root | object | field |');
  });

  test('hides what a Secret holds', async () => {
    const secret = (word: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: ferry, namespace: quay}\nstringData: {word: ${word}}\n`;
    const repo = madeRepository({ 'quay/secret.yaml': secret('before-tide') });
    git(repo, 'checkout', '--quiet', '-b', 'change');
    commitFiles(repo, { 'quay/secret.yaml': secret('after-tide') }, 'change it');
    for (const output of ['text', 'json', 'github']) {
      const { stdout, stderr } = await faultline(
        'guard',
        '--repo',
        repo,
        '--base',
        'main',
        '--output',
        output,
      );
      expect(stdout + stderr).not.toMatch(/(?:before|after)-tide/);
    }
  });

  test('names a revision that is not there, and flags that do not go together', async () => {
    const repo = changed({ 'quay/ferry.yaml': BROKEN });
    expect(await faultline('guard', '--repo', repo, '--base', 'mian')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--base mian: no commit, branch or tag of this name in '),
    });
    expect(await faultline('guard', '--repo', repo, '--base', '--output')).toMatchObject({ status: 2 });
    expect(
      await faultline('guard', '--repo', repo, '--base', 'main', '--prometheus', 'http://localhost:9090'),
    ).toMatchObject({ status: 2 });
  });

  test('keeps quiet where the configuration of the base switches it off', async () => {
    const repo = madeRepository({ ...QUAY, '.github/faultline.yml': 'guard: {mode: "off"}\n' });
    git(repo, 'checkout', '--quiet', '-b', 'change');
    commitFiles(repo, { 'quay/ferry.yaml': BROKEN }, 'change it');
    const { status, stdout } = await faultline('guard', '--repo', repo, '--base', 'main', '--exit-code');
    expect([status, stdout.includes('port-name-missing')]).toEqual([0, false]);
  });
});

describe('a fix of Faultline’s', () => {
  /** A limit that a fix raised, and a change of it. */
  async function after(limit: string): Promise<string> {
    const repo = madeRepository(QUAY);
    const raised = DEPLOYMENT.replace('memory: 256Mi', 'memory: 512Mi');
    commitFiles(
      repo,
      { 'quay/ferry.yaml': raised },
      'Raise the memory limit\n\nFaultline-Incident: prod-ferry-oom\n',
    );
    git(repo, 'checkout', '--quiet', '-b', 'change');
    commitFiles(
      repo,
      { 'quay/ferry.yaml': raised.replace('memory: 512Mi', `memory: ${limit}`) },
      'change it',
    );
    return (await faultline('guard', '--repo', repo, '--base', 'main')).stdout;
  }

  test('is named with its incident where a change takes it back, or part of it', async () => {
    const told = 'quay/ferry.yaml:23  warning  own-fix/fix-taken-back';
    expect(await after('256Mi')).toContain(told);
    expect(await after('384Mi')).toContain(told);
    expect(await after('256Mi')).toContain('prod-ferry-oom');
  });

  test('is not named where a change goes further', async () => {
    expect(await after('1Gi')).not.toContain('own-fix');
  });
});

describe('what the organisation and the operator decide', () => {
  test('holds where the repository says nothing', async () => {
    const repo = changed({ 'quay/ferry.yaml': BROKEN });
    const central = madeFolder({
      'faultline.yml': 'guard: {mode: fail, rules: [{paths: [quay], mode: "off"}]}\n',
    });
    const settings = join(
      madeFolder({ 'settings.yml': 'clusters: {prod: {context: prod}}\n' }),
      'settings.yml',
    );
    const { status, stdout } = await faultline(
      'guard',
      '--repo',
      repo,
      '--base',
      'main',
      '--org-defaults',
      central,
      '--settings',
      settings,
      '--exit-code',
    );
    expect([status, stdout.includes('port-name-missing')]).toEqual([0, false]);
  });

  test.each(['--org-defaults', '--settings'])('is refused where %s cannot be read', async (flag) => {
    const repo = changed({ 'quay/ferry.yaml': BROKEN });
    for (const question of [
      ['guard', '--base', 'main'],
      ['guard', '--history', 'main..change'],
      ['blame', '--object', 'Deployment/ferry', '-n', 'quay', '--field', 'spec.replicas'],
      ['mcp'],
    ])
      expect(await faultline(...question, '--repo', repo, flag, '/nowhere')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('/nowhere'),
      });
  });
});
