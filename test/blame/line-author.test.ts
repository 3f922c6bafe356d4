import { describe, expect, test } from 'vitest';
import { LineAuthors } from '../../src/blame/line-author.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { LineAuthor } from '../../src/model/layers.ts';
import { commitFiles, git, madeFolder, madeRepository, writeFiles } from '../git/made-repository.ts';
import { renderers, revisionOf } from '../locate/revisions.ts';

const FILE = 'values.yaml';

async function authorOf(folder: string, line: number, path: string): Promise<LineAuthor> {
  const repository = await openRepository(folder);
  const revision = await revisionOf(await repository.workTree());
  return new LineAuthors(repository, renderers, revision).of({ file: FILE, document: 0, line, path });
}

describe('who wrote a line', () => {
  test('is the commit that changed it last, with its pull request and the value before', async () => {
    const folder = madeRepository({ [FILE]: 'beam: 1\ntide: low\n' });
    const raised = commitFiles(folder, { [FILE]: 'beam: 2\ntide: low\n' }, 'Raise the beam (#7)');
    commitFiles(folder, { [FILE]: 'beam: 2\ntide: high\n' }, 'Follow the tide');
    expect(await authorOf(folder, 1, 'beam')).toMatchObject({
      commit: { sha: raised },
      pullRequest: 7,
      line: 1,
      before: 1,
    });
  });

  test('is told by the merge commit where the commit itself names no pull request', async () => {
    const folder = madeRepository({ [FILE]: 'beam: 1\n' });
    git(folder, 'switch', '--quiet', '--create', 'brighter');
    const raised = commitFiles(folder, { [FILE]: 'beam: 2\n' }, 'Raise the beam');
    git(folder, 'switch', '--quiet', 'main');
    git(
      folder,
      'merge',
      '--quiet',
      '--no-ff',
      '--message',
      'Merge pull request #9 from acme/brighter',
      'brighter',
    );
    expect(await authorOf(folder, 1, 'beam')).toMatchObject({ commit: { sha: raised }, pullRequest: 9 });
  });

  test('had nothing before where the key is new', async () => {
    const folder = madeRepository({ [FILE]: 'beam: 1\n' });
    commitFiles(folder, { [FILE]: 'beam: 1\ntide: low\n' }, 'Know the tide');
    expect((await authorOf(folder, 2, 'tide')).before).toBeUndefined();
    expect((await authorOf(folder, 2, 'tide')).pullRequest).toBeNull();
  });

  test('is nobody for a line that is not committed', async () => {
    const folder = madeRepository({ [FILE]: 'beam: 1\ntide: low\n' });
    writeFiles(folder, { [FILE]: 'beam: 3\ntide: low\n' });
    expect(await authorOf(folder, 1, 'beam')).toMatchObject({ commit: null, line: null });
  });

  test('is found for a line that an edit of the work tree has moved', async () => {
    const folder = madeRepository({ [FILE]: 'beam: 1\ntide: low\n' });
    writeFiles(folder, { [FILE]: '# north\n# side\nbeam: 1\ntide: high\n' });
    const { head } = await openRepository(folder);
    expect(await authorOf(folder, 3, 'beam')).toMatchObject({ commit: { sha: head!.sha }, line: 1 });
  });

  test('is nobody in a plain folder', async () => {
    expect(await authorOf(madeFolder({ [FILE]: 'beam: 1\n' }), 1, 'beam')).toMatchObject({ commit: null });
  });
});
