import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { hardened } from '../../src/git/hardening.ts';
import { openMirror } from '../../src/git/mirror.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/repository.ts';
import { expectHarmlessHead } from '../guard/hostile-head.ts';
import { gitServer } from './git-server.ts';
import { commitFiles, git, madeFolder, madeRepository, writeFiles } from './made-repository.ts';

/** A program that writes down under which name it was called. */
interface Canary {
  readonly program: string;
  readonly sang: () => string;
}

function canary(): Canary {
  const folder = madeFolder();
  const witness = join(folder, 'witness');
  const program = join(folder, 'canary.sh');
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${witness}\ncat 2>/dev/null\n`);
  chmodSync(program, 0o755);
  return { program, sang: () => (existsSync(witness) ? readFileSync(witness, 'utf8') : '') };
}

const HOOKS = [
  'applypatch-msg',
  'commit-msg',
  'fsmonitor-watchman',
  'post-applypatch',
  'post-checkout',
  'post-commit',
  'post-index-change',
  'post-merge',
  'post-rewrite',
  'post-update',
  'pre-auto-gc',
  'pre-commit',
  'pre-merge-commit',
  'pre-push',
  'pre-rebase',
  'pre-receive',
  'prepare-commit-msg',
  'proc-receive',
  'push-to-checkout',
  'reference-transaction',
  'sendemail-validate',
  'update',
];

/** Settings with which git starts a program, or is led to one. */
function programSettings(program: string): readonly (readonly [string, string])[] {
  return [
    ['alias.log', `!${program}`],
    ['alias.blame', `!${program}`],
    ['alias.ls-tree', `!${program}`],
    ['core.alternateRefsCommand', program],
    ['core.askPass', program],
    ['core.editor', program],
    ['core.fsmonitor', program],
    ['core.gitProxy', program],
    ['core.pager', program],
    ['core.sshCommand', program],
    ['credential.helper', program],
    ['credential.https://github.com.helper', `!${program}`],
    ['diff.canary.command', program],
    ['diff.canary.textconv', program],
    ['diff.canary.cachetextconv', 'false'],
    ['diff.external', program],
    ['diff.guitool', 'canary'],
    ['difftool.canary.cmd', program],
    ['filter.canary.clean', program],
    ['filter.canary.process', program],
    ['filter.canary.required', 'true'],
    ['filter.canary.smudge', program],
    ['gpg.program', program],
    ['gpg.format', 'openpgp'],
    ['gpg.ssh.program', program],
    ['gpg.ssh.defaultKeyCommand', program],
    ['gpg.x509.program', program],
    ['hook.canary.command', program],
    ['hook.canary.event', 'reference-transaction'],
    ['interactive.diffFilter', program],
    ['log.diffMerges', 'remerge'],
    ['log.showSignature', 'true'],
    ['merge.canary.driver', `${program} %O %A %B`],
    ['merge.default', 'canary'],
    ['mergetool.canary.cmd', program],
    ['pager.blame', program],
    ['pager.log', program],
    ['pager.ls-tree', program],
    ['protocol.allow', 'always'],
    ['protocol.ext.allow', 'always'],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialclonefilter', 'blob:none'],
    ['remote.origin.uploadpack', program],
    ['remote.origin.receivepack', program],
    ['remote.origin.vcs', 'canary'],
    ['remote.origin.url', `ext::${program}`],
    ['remote.other.promisor', 'true'],
    ['remote.other.url', `file://${program}`],
    ['remote.other.uploadpack', program],
    ['sequence.editor', program],
    ['submodule.recurse', 'true'],
    ['uploadpack.packObjectsHook', program],
    ['commit.gpgSign', 'true'],
    ['tag.gpgSign', 'true'],
    ['log.follow', 'true'],
  ];
}

const ATTRIBUTES = '* diff=canary filter=canary merge=canary textconv=canary ident\n';

/** A repository with a merge in its past, in which everything that can name a program names the canary. */
function hostile({ program }: Canary): string {
  const folder = madeRepository({
    'a.yaml': 'a: 1\nb: 1\n',
    'apps/b.yaml': 'b: 1\n',
    '.gitattributes': ATTRIBUTES,
  });
  git(folder, 'checkout', '--quiet', '-b', 'side');
  commitFiles(folder, { 'a.yaml': 'a: 1\nb: 2\n' }, 'side');
  git(folder, 'checkout', '--quiet', 'main');
  commitFiles(folder, { 'a.yaml': 'a: 2\nb: 1\n' }, 'main');
  git(folder, 'merge', '--quiet', '--no-ff', '--strategy-option=ours', '--message', 'both', 'side');
  commitFiles(folder, { 'apps/b.yaml': 'b: 2\n' }, 'last');
  for (const [key, value] of programSettings(program)) git(folder, 'config', '--add', key, value);
  git(folder, 'config', 'extensions.partialClone', 'origin');
  git(folder, 'config', 'core.repositoryFormatVersion', '1');
  const more = join(folder, '.git/more');
  writeFileSync(more, `[core]\n\tpager = ${program}\n[diff "canary"]\n\ttextconv = ${program}\n`);
  git(folder, 'config', 'include.path', more);
  git(folder, 'config', 'core.attributesFile', join(folder, '.git/attributes'));
  writeFiles(folder, { '.git/attributes': ATTRIBUTES, '.git/info/attributes': ATTRIBUTES });
  mkdirSync(join(folder, '.git/hooks'), { recursive: true });
  for (const hook of HOOKS) symlinkSync(program, join(folder, '.git/hooks', hook));
  return folder;
}

async function useAll(repository: Repository, head: string): Promise<void> {
  for (const tree of [await repository.treeAt(head), await repository.workTree()]) {
    await tree.load(tree.paths());
    for (const path of tree.paths()) tree.read(path);
  }
  await repository.onBranch('side');
  await repository.onBranch('nowhere');
  await repository.log({ limit: 10 });
  await repository.log({ limit: 10, paths: ['a.yaml'] });
  await repository.log({ limit: 10, changing: 'a: 2' });
  await repository.log({ limit: 10, changing: 'b: 2', paths: ['apps/b.yaml'], from: head });
  const blamed = await repository.blame('a.yaml', 1, head);
  if (blamed) await repository.pullRequestOf(blamed, head);
  await repository.contains(head, head);
  await expectHarmlessHead(await repository.treeAt(head));
  // An object that is not here: nothing is fetched for it.
  await repository.treeAt('1'.repeat(40)).catch(() => null);
  await repository.contains(head, '1'.repeat(40));
  await repository.writeBranch({
    branch: 'fix',
    parent: head,
    files: new Map([['a.yaml', Buffer.from('a: 3\n')]]),
    message: 'Fix',
  });
}

describe('no program that a repository names is started', () => {
  test('the canary sings when git is used without care', () => {
    const bird = canary();
    const folder = madeRepository({ 'a.yaml': 'a: 1\n', '.gitattributes': ATTRIBUTES });
    git(folder, 'config', 'diff.canary.textconv', bird.program);
    git(folder, 'log', '-Sa: 1', '--oneline');
    expect(bird.sang()).not.toBe('');
  });

  test('by nothing that a repository is asked', async () => {
    const bird = canary();
    const folder = hostile(bird);
    await useAll(await openRepository(folder), git(folder, 'rev-parse', 'refs/heads/main'));
    expect(bird.sang()).toBe('');
    expect(git(folder, 'rev-parse', '--verify', 'refs/heads/fix')).toMatch(/^[0-9a-f]{40}$/);
  });

  test('by nothing that a branch of it, a linked work tree or a repository with borrowed objects is asked', async () => {
    const bird = canary();
    const folder = hostile(bird);
    const head = git(folder, 'rev-parse', 'refs/heads/main');
    const onSide = await (await openRepository(folder)).onBranch('side');
    await onSide!.log({ changing: 'b: 2', limit: 5 });
    await (await onSide!.workTree()).load(['a.yaml']);

    const borrowing = madeRepository();
    writeFiles(borrowing, { '.git/objects/info/alternates': `${join(folder, '.git/objects')}\n` });
    for (const [key, value] of programSettings(bird.program)) git(borrowing, 'config', '--add', key, value);
    git(borrowing, 'update-ref', 'refs/heads/main', head);
    await useAll(await openRepository(borrowing), head);
    expect(bird.sang()).toBe('');
  });

  test('by nothing that the environment of Faultline names', async () => {
    const bird = canary();
    for (const name of [
      'GIT_EXTERNAL_DIFF',
      'GIT_PAGER',
      'PAGER',
      'GIT_EDITOR',
      'EDITOR',
      'GIT_SSH_COMMAND',
      'GIT_SSH',
      'GIT_ASKPASS',
      'SSH_ASKPASS',
      'GIT_PROXY_COMMAND',
    ])
      vi.stubEnv(name, bird.program);
    vi.stubEnv('GIT_CONFIG_PARAMETERS', `'diff.external=${bird.program}'`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    await useAll(await openRepository(folder), git(folder, 'rev-parse', 'HEAD'));
    expect(bird.sang()).toBe('');
  });

  test('by a mirror, whatever the settings of the user and of the server are', async () => {
    const bird = canary();
    const home = madeFolder();
    vi.stubEnv('HOME', home);
    vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const root = madeFolder();
    const origin = join(root, 'acme', 'infra.git');
    mkdirSync(origin, { recursive: true });
    git(origin, 'init', '--quiet', '--initial-branch=main');
    commitFiles(origin, { 'a.yaml': 'a: 1\n', '.gitattributes': ATTRIBUTES }, 'first');
    git(origin, 'branch', 'side');
    const server = await gitServer(root);
    server.token = `gh${'s_'}Mn4pQ7rS2tU5vW8xY1zA3bC6dE9fG0hJkL2m`;
    const settings = programSettings(bird.program).filter(
      ([key]) => !/^(remote|protocol|alias|extensions)\./.test(key),
    );
    for (const [key, value] of settings)
      git(home, 'config', '--file', join(home, '.gitconfig'), '--add', key, value);
    const mirror = openMirror({
      folder: join(madeFolder(), 'acme+infra'),
      // Refused each time: whoever could be asked for a password would be.
      access: async () => ({ url: `${server.url}/acme/infra.git`, token: null }),
      defaultBranch: 'main',
      sleep: async () => {},
    });
    await expect(mirror.fetch()).rejects.toThrow('git could not fetch');
    server.token = null;
    await mirror.fetch();
    const repository = (await mirror.at('main'))!;
    await useAll(repository, repository.head!.sha);
    expect(bird.sang()).toBe('');
  });
});

describe('a call of git', () => {
  test('gets the flags of its subcommand before all others', () => {
    expect(hardened(['log', '-Sx', '--', 'a'])).toEqual([
      '--no-pager',
      'log',
      '--no-textconv',
      '--no-ext-diff',
      '--no-show-signature',
      '-Sx',
      '--',
      'a',
    ]);
  });

  test('that nobody has looked at is a bug', () => {
    expect(() => hardened(['grep', 'x'])).toThrow('is not among the commands');
    expect(() => hardened(['show', 'HEAD'])).toThrow('is not among the commands');
    expect(() => hardened([])).toThrow('is not among the commands');
  });

  test('may not take the protection back, but a file may be called like an option', () => {
    expect(() => hardened(['log', '--textconv'])).toThrow('could run a program');
    expect(() => hardened(['cat-file', '--filters', 'x'])).toThrow('could run a program');
    expect(() => hardened(['fetch', '--upload-pack=x'])).toThrow('could run a program');
    expect(hardened(['log', '--', '--textconv'])).toContain('--textconv');
  });
});
