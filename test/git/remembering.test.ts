import { beforeEach, describe, expect, test } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import { remembering } from '../../src/git/remembering.ts';
import type { Repository } from '../../src/git/repository.ts';
import type { Commit } from '../../src/model/commit.ts';
import { commitFiles, git, madeRepository } from './made-repository.ts';

const commit: Commit = {
  sha: '4b1d'.repeat(10),
  author: 'Ines',
  email: 'ines@example.com',
  at: 0,
  subject: 'Lower the gangway',
};

const other = 'f'.repeat(40);

let asked: string[];

beforeEach(() => {
  asked = [];
});

/** A repository whose answers come from `answer`, and which notes each question. */
function repositoryThat(answer: (question: string) => unknown, most?: number): Repository {
  const asking =
    (question: string) =>
    async (...rest: readonly unknown[]): Promise<never> => {
      asked.push([question, ...rest.map((one) => JSON.stringify(one))].join(' '));
      return answer(question) as never;
    };
  const repository = {
    head: commit,
    log: asking('log'),
    lineage: asking('lineage'),
    blame: asking('blame'),
    pullRequestOf: asking('pullRequestOf'),
    contains: asking('contains'),
  };
  return remembering(repository as unknown as Repository, most);
}

describe('a repository that remembers', () => {
  test('asks git each question once, also where two ask at the same time', async () => {
    const repository = repositoryThat(() => commit);
    await Promise.all([
      repository.blame('quay.yaml', 3, commit.sha),
      repository.blame('quay.yaml', 3, commit.sha),
    ]);
    expect(await repository.blame('quay.yaml', 3, commit.sha)).toBe(commit);
    for (const _ of [1, 2]) {
      await repository.log({ paths: ['quay.yaml'], limit: 5 });
      await repository.lineage({ paths: ['quay.yaml'], limit: 5 });
      await repository.pullRequestOf(commit, commit.sha);
      await repository.contains(commit.sha, other);
    }
    expect(asked.map((question) => question.split(' ')[0])).toEqual([
      'blame',
      'log',
      'lineage',
      'pullRequestOf',
      'contains',
    ]);
  });

  test('asks again who changed a line that git could not tell of', async () => {
    let answer: Commit | null = null;
    const repository = repositoryThat(() => answer);
    expect(await repository.blame('quay.yaml', 3, commit.sha)).toBeNull();
    answer = commit;
    expect(await repository.blame('quay.yaml', 3, commit.sha)).toBe(commit);
  });

  test('tells questions apart by each of their parts', async () => {
    const repository = repositoryThat(() => null);
    await repository.blame('quay.yaml', 3, commit.sha);
    await repository.blame('quay.yaml', 4, commit.sha);
    await repository.blame('dock.yaml', 3, commit.sha);
    await repository.blame('quay.yaml', 3, other);
    await repository.log({ paths: ['a'], limit: 5 });
    await repository.log({ paths: ['a'], limit: 6 });
    await repository.log({ paths: ['a'], changing: 'x', limit: 5 });
    expect(new Set(asked).size).toBe(7);
    expect(asked).toHaveLength(7);
  });

  test('asks again what failed', async () => {
    let fails = true;
    const repository = repositoryThat(() => {
      if (fails) throw new Error('git was stopped');
      return [commit];
    });
    await expect(repository.log({ limit: 1 })).rejects.toThrow('git was stopped');
    fails = false;
    expect(await repository.log({ limit: 1 })).toEqual([commit]);
  });

  test('asks again whether a commit is contained that was not here', async () => {
    let answer: boolean | null = null;
    const repository = repositoryThat(() => answer);
    expect(await repository.contains(other, commit.sha)).toBeNull();
    answer = true;
    expect(await repository.contains(other, commit.sha)).toBe(true);
    expect(await repository.contains(other, commit.sha)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test('asks each time what a branch holds', async () => {
    const repository = repositoryThat(() => [commit]);
    for (const _ of [1, 2]) {
      await repository.log({ from: 'main', limit: 1 });
      await repository.lineage({ from: 'main', limit: 1 });
      await repository.blame('quay.yaml', 1, 'main');
      await repository.pullRequestOf(commit, 'main');
      await repository.contains('main', commit.sha);
      await repository.contains(commit.sha, 'main');
    }
    expect(asked).toHaveLength(12);
  });

  test('forgets the oldest answers first', async () => {
    const repository = repositoryThat(() => commit, 2);
    for (const line of [1, 2, 3, 3, 2, 1]) await repository.blame('quay.yaml', line, commit.sha);
    expect(asked.map((question) => question.split(' ')[2])).toEqual(['1', '2', '3', '1']);
  });
});

/** What is remembered of real repositories whose branches move between two openings of one memory. */
describe('a repository that remembers, while its head moves', () => {
  const QUAY = 'berths: 3\ndepth: 8\n';

  test('answers of the head that it is asked about, by name or not', async () => {
    const folder = madeRepository({ 'quay.yaml': QUAY });
    const repository = remembering(await openRepository(folder));
    const before = (await repository.onBranch('main'))!;
    const first = before.head!.sha;
    expect((await before.blame('quay.yaml', 2, first))?.sha).toBe(first);
    expect(await before.log({ paths: ['quay.yaml'], limit: 9 })).toHaveLength(1);
    const second = commitFiles(folder, { 'quay.yaml': QUAY.replace('8', '9') }, 'Dredge');
    const after = (await repository.onBranch('main'))!;
    expect((await after.blame('quay.yaml', 2, second))?.sha).toBe(second);
    expect((await after.blame('quay.yaml', 1, second))?.sha).toBe(first);
    expect(await after.log({ paths: ['quay.yaml'], limit: 9 })).toHaveLength(2);
    expect(await after.lineage({ limit: 9 })).toHaveLength(2);
    // Whoever still works on the head of before is told of that one.
    expect(await before.log({ paths: ['quay.yaml'], limit: 9 })).toHaveLength(1);
    expect(await repository.log({ paths: ['quay.yaml'], limit: 9 })).toHaveLength(1);
    expect((await before.blame('quay.yaml', 2, first))?.sha).toBe(first);
  });

  test('answers of what was pushed with force', async () => {
    const folder = madeRepository({ 'quay.yaml': QUAY });
    const repository = remembering(await openRepository(folder));
    const lost = commitFiles(folder, { 'quay.yaml': QUAY.replace('8', '9') }, 'Dredge');
    const before = (await repository.onBranch('main'))!;
    expect((await before.blame('quay.yaml', 2, lost))?.sha).toBe(lost);
    expect(await before.contains(lost, before.head!.sha)).toBe(true);
    git(folder, 'reset', '--quiet', '--hard', 'HEAD~1');
    const put = commitFiles(folder, { 'quay.yaml': QUAY.replace('8', '7') }, 'Silt up');
    const after = (await repository.onBranch('main'))!;
    expect((await after.blame('quay.yaml', 2, put))?.sha).toBe(put);
    expect(await after.contains(put, lost)).toBe(false);
    expect((await after.log({ limit: 9 })).map(({ sha }) => sha)).not.toContain(lost);
  });

  test('answers of a file under its new name', async () => {
    const folder = madeRepository({ 'quay.yaml': QUAY });
    const repository = remembering(await openRepository(folder));
    const before = (await repository.onBranch('main'))!;
    const first = before.head!.sha;
    expect(await before.blame('dock.yaml', 2, first)).toBeNull();
    git(folder, 'mv', 'quay.yaml', 'dock.yaml');
    git(folder, 'commit', '--quiet', '--message', 'Rename');
    const after = (await repository.onBranch('main'))!;
    const renamed = after.head!.sha;
    expect((await after.blame('dock.yaml', 2, renamed))?.sha).toBe(first);
    expect(await after.blame('quay.yaml', 2, renamed)).toBeNull();
    expect((await after.modesAt(renamed, ['dock.yaml', 'quay.yaml']))?.modes).toEqual(
      new Map([['dock.yaml', '100644']]),
    );
  });
});
