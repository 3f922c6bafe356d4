import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BRANCH, madeHost, PROPOSAL, proposed } from './made-host.ts';
import type { Fault, FaultKind } from './stand-in/interface.ts';
import { git, madeFolder, writeFiles } from '../git/made-repository.ts';

/** What may happen to a request: with its effect, or without. */
const faults: readonly (readonly [string, FaultKind])[] = [
  ['a 502 before the effect', { kind: 'status', status: 502 }],
  ['a connection dropped after the effect', { kind: 'drop', effect: true }],
  ['a token that expired', { kind: 'token-expired' }],
];

describe('a proposal', () => {
  test('is one commit, one branch and one pull request, in this many calls', async () => {
    const made = await madeHost();
    const { host, repository, asked } = made;
    made.repository.person('grace', 'write');
    const base = await host.branchHead('main');
    const commit = await proposed(made);
    const pull = await host.openPullRequest(PROPOSAL);
    expect(pull).toMatchObject({
      number: 1,
      branch: BRANCH,
      base: 'main',
      head: commit,
      state: 'open',
      draft: false,
    });
    await host.addLabels(1, ['faultline']);
    expect(await host.requestReviewers(1, ['grace'], [])).toEqual(['grace']);
    expect(asked()).toEqual([
      'git/get-ref',
      'git/get-commit',
      'git/get-tree',
      'git/create-tree',
      'git/create-commit',
      'git/create-ref',
      'pulls/create',
      'issues/add-labels',
      'pulls/get',
      'pulls/list-reviews',
      'pulls/request-reviewers',
    ]);
    expect(repository.files(BRANCH).get('apps/cart/deployment.yaml')).toBe('memory: 512Mi\n');
    expect(repository.pull(1)).toMatchObject({ labels: ['faultline'], requestedReviewers: ['grace'] });
    expect(base).toBe(repository.head());
  });

  test.each(faults)('is still one after each of its calls met %s', async (_name, does) => {
    const { host, github, repository } = await madeHost();
    const parent = repository.head()!;
    const files = new Map([
      ['README.md', Buffer.from('new\n')],
      ['latin-1.yaml', Buffer.from('caf\xe9: 1\n', 'latin1')],
    ]);
    const propose = async (fault?: Fault): Promise<void> => {
      if (fault) github.faults.add(fault);
      const commit = await host.commit({ parent, message: 'New', files });
      const branch = `faultline/test/${String(fault?.when?.operation).replaceAll('/', '-')}`;
      expect(await host.createBranch(branch, commit)).toBe('created');
      const opened = await host.openPullRequest({ ...PROPOSAL, branch });
      expect(opened).toMatchObject({ branch, state: 'open' });
      if (opened === 'exists') return;
      const comment = await host.comment(opened.number, 'Seen again.');
      const comments = repository.comments(opened.number);
      expect(comments).toMatchObject([{ id: comment.id, body: 'Seen again.' }]);
      const same = repository.pulls().filter(({ head }) => head === branch);
      expect(same).toHaveLength(1);
      expect(github.faults.pending).toEqual([]);
    };
    for (const operation of [
      'git/get-commit',
      'git/create-blob',
      'git/create-tree',
      'git/create-commit',
      'git/create-ref',
      'pulls/create',
      'issues/create-comment',
    ]) {
      await propose({ when: { operation }, does });
    }
  });

  test('waits as long as GitHub asks', async () => {
    const { host, github, clock } = await madeHost();
    await host.branchHead('main');
    github.faults.add({ does: { kind: 'secondary-limit', retryAfter: 42 } });
    await host.branchHead('main');
    expect(clock.slept).toEqual([42_000]);
  });

  test('gives up when GitHub stays down, and says that it may work later', async () => {
    const { host, github } = await madeHost();
    github.faults.add({
      when: { operation: 'pulls/create' },
      times: 50,
      does: { kind: 'status', status: 503 },
    });
    const failed = host.openPullRequest(PROPOSAL);
    await expect(failed).rejects.toMatchObject({ status: 503, transient: true });
  });
});

describe('a commit', () => {
  test('keeps the modes of the files that are there', async () => {
    const { host, repository } = await madeHost({ files: { 'a.sh': 'echo\n', 'b.yaml': 'b\n' } });
    git(
      repository.folder,
      'update-ref',
      'refs/heads/executable',
      withMode(repository.folder, 'a.sh', '100755'),
    );
    const commit = await host.commit({
      parent: repository.head('executable')!,
      message: 'Both',
      files: new Map([
        ['a.sh', Buffer.from('echo new\n')],
        ['deep/er/c.bin', Buffer.from([0, 255, 10])],
      ]),
    });
    const listed = git(repository.folder, 'ls-tree', '-r', commit);
    expect(listed).toMatch(/^100755 blob \S+\ta\.sh$/m);
    expect(listed).toMatch(/^100644 blob \S+\tdeep\/er\/c\.bin$/m);
    expect(listed).toMatch(/^100644 blob \S+\tb\.yaml$/m);
    expect(git(repository.folder, 'rev-parse', `${commit}^`)).toBe(repository.head('executable'));
  });

  test('is two calls where a mirror says what it is on top of', async () => {
    const { host, repository, asked } = await madeHost({ files: { 'a.sh': 'echo\n' } });
    const parent = repository.head()!;
    const id = git(repository.folder, 'rev-parse', `${parent}^{tree}`);
    const parentTree = { id, modes: new Map([['a.sh', '100755']]) };
    const text = '# ünïcode, CRLF\r\nno newline at the end';
    const files = new Map([['a.sh', Buffer.from(text)]]);
    const commit = await host.commit({ parent, message: 'New', files, parentTree });
    expect(asked()).toEqual(['git/create-tree', 'git/create-commit']);
    expect(git(repository.folder, 'cat-file', '-p', `${commit}:a.sh`)).toBe(text);
    expect(git(repository.folder, 'ls-tree', commit, 'a.sh')).toMatch(/^100755 /);
  });

  test.each([
    ['bytes that are no UTF-8', Buffer.from('caf\xe9: 1\n', 'latin1')],
    ['a NUL', Buffer.from('a\0b\n')],
  ])('carries %s in a blob, byte for byte', async (_what, content) => {
    const { host, repository, asked } = await madeHost({ files: { 'a.yaml': 'a\n' } });
    const parent = repository.head()!;
    const parentTree = { id: git(repository.folder, 'rev-parse', `${parent}^{tree}`), modes: new Map() };
    const files = new Map([['a.yaml', content]]);
    const commit = await host.commit({ parent, message: 'New', files, parentTree });
    expect(asked()).toEqual(['git/create-blob', 'git/create-tree', 'git/create-commit']);
    const wanted = git(repository.folder, 'rev-parse', `${commit}:a.yaml`);
    const work = madeFolder();
    writeFileSync(join(work, 'a.yaml'), content);
    expect(git(work, 'hash-object', 'a.yaml')).toBe(wanted);
  });

  test('never writes through a link that a mirror knows of', async () => {
    const { host, repository } = await madeHost({ files: { 'a.yaml': '' } });
    const parent = repository.head()!;
    const files = new Map([['link/a.yaml', Buffer.from('new\n')]]);
    const parentTree = { id: 'x', modes: new Map([['link', '120000']]) };
    const made = host.commit({ parent, message: 'No', files, parentTree });
    await expect(made).rejects.toThrow('link is not a folder');
  });

  test.each(['link', 'link/a.yaml', '../a.yaml', '.git/config', 'a//b', 'README.md/a'])(
    'never writes to %s',
    async (path) => {
      const { host, repository } = await madeHost({ files: { 'README.md': '', 'apps/a.yaml': '' } });
      git(
        repository.folder,
        'update-ref',
        'refs/heads/linked',
        withMode(repository.folder, 'link', '120000'),
      );
      const parent = repository.head('linked')!;
      const files = new Map([[path, Buffer.from('new\n')]]);
      await expect(host.commit({ parent, message: 'No', files })).rejects.toThrow('cannot be written');
    },
  );
});

/** A commit on top of the default branch that adds a path with a mode: `a.sh` is there already, a link leads to `apps`. */
function withMode(folder: string, path: string, mode: string): string {
  const work = madeFolder();
  git(work, 'clone', '--quiet', folder, '.');
  git(work, 'config', 'core.symlinks', 'false');
  writeFiles(work, { [path]: mode === '120000' ? 'apps' : 'echo\n' });
  const blob = git(work, 'hash-object', '-w', path);
  git(work, 'update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`);
  git(work, 'commit', '--quiet', '--message', 'mode');
  git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/moded');
  return git(work, 'rev-parse', 'HEAD');
}

describe('a branch', () => {
  test('that is there already is not moved by creating it', async () => {
    const made = await madeHost();
    const commit = await proposed(made);
    expect(await made.host.createBranch(BRANCH, made.repository.head()!)).toBe('exists');
    expect(made.repository.head(BRANCH)).toBe(commit);
  });

  test('is moved from where it was, although the new commit does not follow from it', async () => {
    const made = await madeHost();
    const first = await proposed(made);
    made.repository.person('ada', 'write').push('main', { 'b.yaml': 'b\n' });
    const files = new Map([['README.md', Buffer.from('new\n')]]);
    const second = await made.host.commit({ parent: made.repository.head()!, message: 'Again', files });
    expect(await made.host.moveBranch(BRANCH, first, second)).toBe('moved');
    expect(made.repository.head(BRANCH)).toBe(second);
  });

  test('that somebody pushed to stays, even when that was just now', async () => {
    const made = await madeHost();
    const { host, github, repository } = made;
    const first = await proposed(made);
    const ada = repository.person('ada', 'write');
    let pushed = '';
    github.faults.add({
      when: { operation: 'updateRefs' },
      does: { kind: 'race', act: () => (pushed = ada.push(BRANCH, { 'b.yaml': 'b\n' })) },
    });
    expect(await host.moveBranch(BRANCH, first, repository.head()!)).toBe('moved-on');
    expect(repository.head(BRANCH)).toBe(pushed);
    await host.deleteBranch(BRANCH, first);
    expect(repository.head(BRANCH)).toBe(pushed);
  });

  test('that is gone is not made by moving it', async () => {
    const made = await madeHost();
    const first = await proposed(made);
    made.repository.person('ada', 'write').deleteBranch(BRANCH);
    expect(await made.host.moveBranch(BRANCH, first, made.repository.head()!)).toBe('gone');
    expect(made.repository.head(BRANCH)).toBeNull();
  });

  test('is moved once, although the answer was lost', async () => {
    const made = await madeHost();
    const first = await proposed(made);
    made.github.faults.add({ when: { operation: 'updateRefs' }, does: { kind: 'drop', effect: true } });
    expect(await made.host.moveBranch(BRANCH, first, made.repository.head()!)).toBe('moved');
  });

  test('is deleted, and may be gone already', async () => {
    const made = await madeHost();
    const commit = await proposed(made);
    await made.host.deleteBranch(BRANCH, commit);
    expect(made.repository.branches()).toEqual(['main']);
    await made.host.deleteBranch(BRANCH);
    await made.host.deleteBranch(BRANCH, commit);
  });

  test.each([
    'main',
    'faultline',
    'faultline/',
    'Faultline/a',
    'x/faultline/a',
    'refs/heads/faultline/a',
    '',
  ])('of another name is never touched: %j', async (branch) => {
    const { host, repository, github } = await madeHost();
    const head = repository.head()!;
    const before = github.journal.length;
    await expect(host.moveBranch(branch, head, head)).rejects.toThrow("none of Faultline's");
    await expect(host.deleteBranch(branch)).rejects.toThrow("none of Faultline's");
    await expect(host.deleteBranch(branch, head)).rejects.toThrow("none of Faultline's");
    await expect(host.createBranch(branch, head)).rejects.toThrow("none of Faultline's");
    expect(github.journal.length).toBe(before);
  });
});
