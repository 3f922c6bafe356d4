import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildRepository, demoFolder } from '../../scripts/demo-repository.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/repository.ts';
import { historyInMemory } from './history-in-memory.ts';

const commits = join(demoFolder, 'repository/commits');
const checkout = mkdtempSync(join(tmpdir(), 'faultline-history-'));
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** Everything that the two say of a history, with subjects for commit ids. */
async function saidBy(repository: Repository): Promise<unknown> {
  const head = repository.head!.sha;
  const tree = await repository.treeAt(head);
  const file = tree.paths().filter((path) => path.endsWith('.yaml'));
  const subjects = new Map((await repository.log({ limit: 99 })).map(({ sha, subject }) => [sha, subject]));
  const lines = file.flatMap((path) => [1, 5, 12].map((line) => [path, line] as const));
  return {
    files: tree.paths().map((path) => [path, tree.entry(path)]),
    all: [...subjects.values()],
    ofFolder: (await repository.log({ paths: ['apps/seatmap'], limit: 99 })).map(({ subject }) => subject),
    naming: (await repository.log({ changing: 'memory', limit: 99 })).map(({ subject }) => subject),
    lineage: (await repository.lineage({ paths: file.slice(0, 3), limit: 99 })).map(({ commit, parents }) => [
      commit.subject,
      parents?.map((sha) => subjects.get(sha)),
    ]),
    blame: await Promise.all(lines.map(async (at) => [at, (await repository.blame(...at, head))?.subject])),
  };
}

test('a history in memory says what git says', async () => {
  buildRepository(commits, checkout, 'https://github.com/saltmarsh-ferries/platform.git');
  expect(await saidBy(historyInMemory(commits))).toEqual(await saidBy(await openRepository(checkout)));
});
