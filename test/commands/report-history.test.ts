import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/sqlite.ts';
import { commitFiles, git, madeFolder, madeRepository } from '../git/made-repository.ts';
import { CONFIG, DEPLOYMENT } from '../guard/quay.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const ferry = { kind: 'Deployment', namespace: 'quay', name: 'ferry' };

function run(...args: readonly string[]): string {
  return execFileSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A store whose log has one incident at a line. */
async function storeWith(rule: string, site: object, at: number): Promise<string> {
  const file = join(madeFolder(), 'faultline.db');
  const store = await openStore(file);
  const opened = {
    change: 'opened',
    fingerprint: 'a1b2c3d4e5f60718',
    cluster: 'prod',
    rule,
    cause: 'any',
    object: ferry,
    culprit: ferry,
    team: null,
    foreseen: false,
    firstSeen: at,
    summary: '',
  };
  await store.audit.append('incident', opened, at);
  const decided = { fingerprint: opened.fingerprint, cluster: 'prod', action: 'decline', code: 'policy' };
  await store.audit.append('decision', { ...decided, repository: '', site }, at);
  await store.close();
  return file;
}

test('finds the merge that wrote the line of an incident which the replay did not foresee', async () => {
  const folder = madeRepository({ 'quay/ferry.yaml': DEPLOYMENT, 'quay/config.yaml': CONFIG });
  const first = git(folder, 'rev-parse', 'HEAD');
  commitFiles(folder, { 'quay/ferry.yaml': `# The ferry.\n${DEPLOYMENT}` }, 'Say what it is (#4)');
  commitFiles(folder, { 'README.md': 'the quay' }, 'Say where this is (#5)');
  const replay = join(madeFolder(), 'replay.json');
  writeFileSync(replay, run('guard', '--repo', folder, '--history', first, '--output', 'json'));
  const at = 1000 * Number(git(folder, 'log', '-1', '--format=%at')) + 60_000;
  const report = (
    store: string,
  ): { missed: readonly { pullRequest: number }[]; incidentsElsewhere: number } =>
    JSON.parse(
      run('report', '--store', store, '--history', replay, '--repo', folder, '--output', 'json'),
    ) as never;
  const written = report(await storeWith('oom-killed', { file: 'quay/ferry.yaml', line: 1 }, at));
  expect(written.missed.map(({ pullRequest }) => pullRequest)).toEqual([4]);
  const older = report(await storeWith('oom-killed', { file: 'quay/ferry.yaml', line: 5 }, at));
  expect([older.missed, older.incidentsElsewhere]).toEqual([[], 1]);
}, 60_000);

test('refuses a file that is no replay', async () => {
  const store = await storeWith('oom-killed', { file: 'a.yaml', line: 1 }, Date.now());
  const { status, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'report', '--store', store, '--history', resolve(import.meta.dirname, '../../package.json')],
    { encoding: 'utf8' },
  );
  expect(status).toBe(2);
  expect(stderr).toContain('expected the answer of faultline guard --history <range> --output json');
});
