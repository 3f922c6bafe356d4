import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { withAllBelow } from '../../src/command-line/description.ts';
import { describedProgram } from '../../src/command-line/program.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { commitFiles, git, madeFolder, madeRepository } from '../git/made-repository.ts';
import { faultline } from './command-line.ts';

/** What docs/command-line.md says of the keys of an answer: a row for each command. */
function documentedKeys(): Readonly<Record<string, readonly string[]>> {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/command-line.md'), 'utf8');
  const section = page.slice(page.indexOf('## Output for programs'), page.indexOf('## Exit status'));
  return Object.fromEntries(
    section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => {
        const [, command = '', keys = ''] = line.split('|');
        return [command.trim().replaceAll('`', ''), [...keys.matchAll(/`(\w+)`/g)].map(([, key]) => key!)];
      }),
  );
}

const documented = documentedKeys();
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {key: value}\n';
const FIELD = ['--object', 'cm/map', '--field', 'data.key'];

let repo: string;
let file: string;

beforeEach(async () => {
  vi.stubEnv('XDG_CACHE_HOME', madeFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  repo = madeRepository({ 'apps/map.yaml': MAP });
  file = join(madeFolder(), 'faultline.db');
  const store = await openStore(file);
  await store.audit.append('scan', { cluster: 'prod' }, Date.parse('2026-03-01T10:00:00Z'));
  await store.close();
});

async function json(...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await faultline(...args, '--output', 'json');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

const anchor = z.string().regex(/^\d+:[0-9a-f]{16,64}$/);

describe('answers as JSON have the shape that is documented', () => {
  test('audit verify, where the log is intact', async () => {
    const answer = await json('audit', 'verify', '--store', file);
    z.strictObject({
      version: z.literal(1),
      intact: z.literal(true),
      records: z.literal(1),
      first: z.literal(1),
      head: anchor,
      notCompared: z.array(anchor),
    }).parse(answer);
    expect(Object.keys(answer as object)).toEqual(documented['audit verify']);
  });

  test('audit verify, where it is broken', async () => {
    const database = new DatabaseSync(file);
    database.exec(
      `DROP TRIGGER auditStays; DROP TRIGGER auditRetires; UPDATE audit SET payload = replace(payload, 'prod', 'test')`,
    );
    database.close();
    const answer = await json('audit', 'verify', '--store', file);
    expect(answer).toEqual({
      version: 1,
      intact: false,
      sequence: 1,
      fault: 'changed',
      message: expect.any(String) as string,
    });
    expect(Object.keys(answer as object)).toEqual(documented['audit verify, broken']);
  });

  test('store backup and store recover', async () => {
    const target = join(madeFolder(), 'copy.db');
    const backup = await json('store', 'backup', target, '--store', file);
    expect(backup).toEqual({ version: 1, store: file, backup: target });
    expect(Object.keys(backup as object)).toEqual(documented['store backup']);
    const recovered = await json('store', 'recover', '--store', target);
    expect(recovered).toEqual({ version: 1, store: target });
    expect(Object.keys(recovered as object)).toEqual(documented['store recover']);
  });

  test('doctor', async () => {
    const findings = z
      .array(
        z.strictObject({
          what: z.string(),
          status: z.enum(['ok', 'warning', 'failed']),
          detail: z.string(),
          repair: z.string().nullable(),
        }),
      )
      .min(3)
      .parse(await json('doctor', '--settings', join(repo, 'none.yml')));
    expect(Object.keys(findings[0]!)).toEqual(documented['doctor']);
  });

  test.each([
    ['diagnose', () => ['--snapshot', madeFolder({ 'cluster/a.yaml': MAP })]],
    ['locate', () => FIELD],
    ['locate, with --set', () => [...FIELD, '--set', 'other']],
    ['locate, declined', () => ['--object', 'cm/none', '--field', 'data.key']],
    ['blame', () => FIELD],
    ['blame, declined', () => ['--object', 'cm/none', '--field', 'data.key']],
    ['config explain', () => ['cm/map']],
    ['report', () => ['--store', file]],
  ])('%s', async (name, more) => {
    const words = name.replace(/,.*/, '').split(' ');
    const where = name === 'report' ? [] : ['--repo', repo];
    expect(Object.keys((await json(...words, ...more(), ...where)) as object)).toEqual(documented[name]);
  });

  test('guard, for a change and for a history', async () => {
    git(repo, 'branch', 'before');
    commitFiles(repo, { 'apps/map.yaml': MAP.replace('value', 'other') }, 'Change the value');
    const keys = async (...args: readonly string[]): Promise<readonly string[]> =>
      Object.keys((await json('guard', '--repo', repo, ...args)) as object);
    expect(await keys('--base', 'before')).toEqual(documented['guard']);
    const replayed = await json('guard', '--repo', repo, '--history', 'before..main');
    expect(Object.keys(replayed as object)).toEqual(documented['guard, with --history']);
    const history = join(madeFolder({ 'replay.json': JSON.stringify(replayed) }), 'replay.json');
    const report = await json('report', '--store', file, '--repo', repo, '--history', history);
    expect(Object.keys(report as object)).toEqual(documented['report, with --history']);
  });
});

test('every command that takes --output json has its keys documented', () => {
  const taking = withAllBelow(describedProgram())
    .filter(({ options }) => options.some(({ choices }) => choices?.includes('json')))
    .map(({ path }) => path);
  expect(Object.keys(documented)).toEqual(expect.arrayContaining(taking));
});

test('every command that prints an answer takes --output json', () => {
  const others = withAllBelow(describedProgram())
    .filter(({ path, commands }) => path !== '' && commands.length === 0)
    .filter(({ options }) => !options.some(({ choices }) => choices?.includes('json')))
    .map(({ path }) => path);
  // They print lines of JSON, a script, or a log.
  expect(others.sort()).toEqual(['audit export', 'completion', 'mcp', 'renderer', 'serve']);
});
