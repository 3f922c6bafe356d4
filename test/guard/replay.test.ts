import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { replay } from '../../src/guard/replay.ts';
import type { GuardHistory } from '../../src/model/guard-history.ts';
import { guardHistoryJson, guardHistoryText } from '../../src/output/guard-history.ts';
import { commitFiles, git, madeRepository } from '../git/made-repository.ts';
import { renderers } from '../locate/revisions.ts';
import { faultline } from '../commands/command-line.ts';
import { CONFIG, DEPLOYMENT } from './quay.ts';

const QUAY = { 'quay/ferry.yaml': DEPLOYMENT, 'quay/config.yaml': CONFIG };
const RENAMED = { 'quay/config.yaml': CONFIG.replaceAll('ferry-config', 'pier-config') };
const FOLLOWED = { 'quay/ferry.yaml': DEPLOYMENT.replaceAll('ferry-config', 'pier-config') };

async function historyOf(folder: string, from: string, most = 100): Promise<GuardHistory> {
  const repository = await openRepository(folder);
  return replay({
    repository,
    renderers,
    config: DEFAULT_CONFIG,
    from: (await repository.commitAt(from))!,
    to: repository.head!,
    most,
  });
}

function broken(): { readonly folder: string; readonly first: string } {
  const folder = madeRepository(QUAY);
  const first = git(folder, 'rev-parse', 'HEAD');
  commitFiles(folder, { 'README.md': 'the quay' }, 'Say what this is');
  commitFiles(folder, RENAMED, 'Rename the settings (#8)');
  commitFiles(folder, FOLLOWED, 'Follow the rename (#9)');
  return { folder, first };
}

describe('a replay', () => {
  test('tells which change would have been warned of, at which line, and which changed it again', async () => {
    const { folder, first } = broken();
    const { changes } = await historyOf(folder, first);
    expect(changes.map(({ commit, foreseen }) => [commit.subject, foreseen.length > 0])).toEqual([
      ['Say what this is', false],
      ['Rename the settings (#8)', true],
      ['Follow the rename (#9)', false],
    ]);
    const [, renamed] = changes;
    expect(renamed).toMatchObject({ pullRequest: 8, failed: null });
    expect(renamed!.foreseen[0]).toMatchObject({
      finding: { rule: 'config-reference', site: { file: 'quay/ferry.yaml' } },
      later: { pullRequest: 9, commit: { subject: 'Follow the rename (#9)' } },
    });
  });

  test('finds nothing where nothing broke', async () => {
    const folder = madeRepository(QUAY);
    const first = git(folder, 'rev-parse', 'HEAD');
    commitFiles(folder, { ...RENAMED, ...FOLLOWED }, 'Rename the settings and their reader');
    expect((await historyOf(folder, first)).changes.flatMap(({ foreseen }) => foreseen)).toEqual([]);
  });

  test('takes a merge for one change, whatever its branch went through', async () => {
    const folder = madeRepository(QUAY);
    const first = git(folder, 'rev-parse', 'HEAD');
    git(folder, 'switch', '--quiet', '--create', 'rename');
    commitFiles(folder, RENAMED, 'Rename the settings');
    commitFiles(folder, FOLLOWED, 'Follow the rename');
    git(folder, 'switch', '--quiet', 'main');
    git(
      folder,
      'merge',
      '--quiet',
      '--no-ff',
      '--message',
      'Merge pull request #3 from acme/rename',
      'rename',
    );
    const { changes } = await historyOf(folder, first);
    expect(changes.map(({ pullRequest, foreseen }) => [pullRequest, foreseen.length])).toEqual([[3, 0]]);
  });

  test('replays the newest changes, and says how many it left out', async () => {
    const { folder, first } = broken();
    const { changes, left } = await historyOf(folder, first, 2);
    expect([changes.length, left]).toEqual([2, 1]);
  });

  test('is printed with its lines, and as JSON', async () => {
    const { folder, first } = broken();
    const history = await historyOf(folder, first);
    const text = guardHistoryText(history, { colour: false });
    expect(text).toContain('Rename the settings (#8)');
    expect(text).toMatch(/error +quay\/ferry\.yaml:\d+ +config-reference\/object-missing/);
    expect(text).toContain('3 changes replayed;');
    expect(guardHistoryJson(history)).toMatchObject({
      version: 1,
      changes: [
        { findings: [] },
        { pullRequest: 8, findings: [{ changedAgain: { pullRequest: 9 } }, {}] },
        {},
      ],
    });
  });
});

describe('faultline guard --history', () => {
  test('prints the replay of a range', async () => {
    const { folder, first } = broken();
    const { status, stdout } = await faultline('guard', '--repo', folder, '--history', `${first}..main`);
    expect([status, stdout.includes('3 changes replayed')]).toEqual([0, true]);
  });

  test.each([
    [['--history', 'nowhere..main'], '--history nowhere: no commit'],
    [['--history', '..main'], 'expected <from>..<to>'],
    [['--history', 'main', '--base', 'main'], '--base and --history exclude each other'],
    [['--history', 'main', '--snapshot', '.'], '--snapshot and --history exclude each other'],
    [['--history', 'main', '--output', 'github'], 'takes text or json'],
    [[], '--base <revision> is missing'],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await faultline('guard', '--repo', madeRepository(QUAY), ...args);
    expect([status, stderr.includes(message), stderr]).toEqual([2, true, stderr]);
  });
});
