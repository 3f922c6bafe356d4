import { execFile, spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { madeFolder } from '../git/made-repository.ts';
import type { StandIn, StandInOptions, StandInRepository } from './stand-in/interface.ts';
import { startGitHub } from './stand-in/start.ts';

const run = promisify(execFile);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

interface World {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly octokit: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
}

/** A GitHub of its own, which must not have been misunderstood in the end. */
async function world(options: StandInOptions = {}, files?: Readonly<Record<string, string>>): Promise<World> {
  const github = await startGitHub({ lateMergeability: false, ...options });
  onTestFinished(async () => {
    await github.close();
    expect(github.violations).toEqual([]);
  });
  return { github, ...inside(github, files) };
}

function inside(github: StandIn, files?: Readonly<Record<string, string>>): Omit<World, 'github'> {
  const repository = github.repository('acme/infra', files === undefined ? {} : { files });
  const octokit = new Octokit({
    baseUrl: github.apiUrl,
    log: quiet,
    auth: github.installationToken(repository),
    userAgent: 'faultline-test',
  });
  return { repository, octokit, at: { owner: 'acme', repo: 'infra' } };
}

/** The status and GitHub's words of a refused call. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { status, message } = error as { readonly status: number; readonly message: string };
    return `${status} ${message.replace(/ - https:.*$/, '')}`;
  }
  return 'no refusal';
}

function appOctokit(github: StandIn, installationId?: number): Octokit {
  return new Octokit({
    baseUrl: github.apiUrl,
    log: quiet,
    authStrategy: createAppAuth,
    auth: {
      appId: github.appId,
      privateKey: github.privateKey,
      ...(installationId === undefined ? {} : { installationId }),
    },
  });
}

/** One commit through the Git Data API, as the product makes it. */
async function committed(
  { octokit, at, repository }: Omit<World, 'github'>,
  path: string,
  content: string,
): Promise<string> {
  const parent = repository.head() ?? '';
  const { data: blob } = await octokit.git.createBlob({
    ...at,
    content: Buffer.from(content).toString('base64'),
    encoding: 'base64',
  });
  const { data: tree } = await octokit.git.createTree({
    ...at,
    base_tree: parent,
    tree: [{ path, mode: '100644', type: 'blob', sha: blob.sha }],
  });
  const { data: commit } = await octokit.git.createCommit({
    ...at,
    message: `Change ${path}`,
    tree: tree.sha,
    parents: [parent],
  });
  return commit.sha;
}

async function openedPull(
  all: Omit<World, 'github'>,
  branch = 'faultline/oom/cart',
  draft = false,
): Promise<number> {
  const { octokit, at } = all;
  const sha = await committed(all, `${branch.replaceAll('/', '-')}.yaml`, `limit: ${branch}\n`);
  await octokit.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha });
  const { data } = await octokit.pulls.create({
    ...at,
    title: 'Raise the limit',
    head: branch,
    base: 'main',
    body: 'Why',
    draft,
  });
  return data.number;
}

describe('an App', () => {
  test('signs in with its key and gets tokens that expire', async () => {
    const { github, repository, at } = await world();
    const app = appOctokit(github);
    expect((await app.apps.getAuthenticated()).data?.slug).toBe('faultline');
    const { data: installation } = await app.apps.getRepoInstallation(at);
    expect(installation.id).toBe(repository.installationId);
    expect((await app.apps.listInstallations()).data).toHaveLength(1);
    const octokit = appOctokit(github, installation.id);
    expect((await octokit.apps.listReposAccessibleToInstallation()).data.repositories[0]?.full_name).toBe(
      'acme/infra',
    );
    const { data } = await app.apps.createInstallationAccessToken({ installation_id: installation.id });
    const old = new Octokit({ baseUrl: github.apiUrl, log: quiet, auth: data.token });
    expect((await old.repos.get(at)).data.default_branch).toBe('main');
    github.clock.advance(61 * 60 * 1000);
    expect(await refusal(old.repos.get(at))).toBe('401 Bad credentials');
    expect(github.journal.at(-1)).toMatchObject({ operation: 'repos/get', status: 401, actor: null });
  });

  test('with another key is not let in', async () => {
    const { github } = await world();
    const stranger = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const app = new Octokit({
      baseUrl: github.apiUrl,
      log: quiet,
      authStrategy: createAppAuth,
      auth: { appId: github.appId, privateKey: stranger.privateKey },
    });
    expect(await refusal(app.apps.getAuthenticated())).toBe('401 A JSON web token could not be decoded');
  });

  test('is made from a manifest, as Probot’s set-up page does it', async () => {
    const { github } = await world();
    const { data } = await new Octokit({ baseUrl: github.apiUrl, log: quiet }).apps.createFromManifest({
      code: 'any',
    });
    expect(data).toMatchObject({
      id: github.appId,
      pem: github.privateKey,
      webhook_secret: github.webhookSecret,
    });
  });

  test('does no more than it was granted', async () => {
    const { octokit, at } = await world({
      permissions: { contents: 'read', metadata: 'read', issues: 'write' },
    });
    expect(await refusal(octokit.git.createBlob({ ...at, content: 'x' }))).toBe(
      '403 Resource not accessible by integration',
    );
    expect(await refusal(octokit.repos.getBranchProtection({ ...at, branch: 'main' }))).toBe(
      '403 Resource not accessible by integration',
    );
    expect((await octokit.issues.create({ ...at, title: 'Hello' })).status).toBe(201);
  });

  test('comments on pull requests without the permission for issues, but not on issues', async () => {
    const all = await world({ permissions: { contents: 'write', pull_requests: 'write', metadata: 'read' } });
    const { octokit, at, github } = all;
    const pull = await openedPull(all);
    const issue = github.person('ada', 'write').openIssue('x');
    expect((await octokit.issues.createComment({ ...at, issue_number: pull, body: 'x' })).status).toBe(201);
    expect(await refusal(octokit.issues.createComment({ ...at, issue_number: issue, body: 'x' }))).toBe(
      '403 Resource not accessible by integration',
    );
  });
});

describe('others', () => {
  test('see and do what their tokens allow', async () => {
    const { github, repository, at } = await world();
    github.repository('acme/other');
    const as = (auth?: string): Octokit =>
      new Octokit({ baseUrl: github.apiUrl, log: quiet, ...(auth === undefined ? {} : { auth }) });
    expect(await refusal(as().repos.get(at))).toBe('404 Not Found');
    repository.person('ada', 'read');
    const ada = as(github.personalToken('ada'));
    expect((await ada.users.getAuthenticated()).data.login).toBe('ada');
    expect((await ada.issues.create({ ...at, title: 'x', labels: ['dropped'] })).data.labels).toEqual([]);
    expect(await refusal(ada.git.createBlob({ ...at, content: 'x' }))).toBe(
      '403 Must have push access to repository.',
    );
    const workflow = as(github.workflowToken(repository));
    expect((await workflow.issues.create({ ...at, title: 'y' })).data.user?.login).toBe(
      'github-actions[bot]',
    );
    expect(await refusal(workflow.repos.get({ ...at, repo: 'other' }))).toBe('404 Not Found');
    repository.configure({ private: false });
    expect((await as().repos.get(at)).data.visibility).toBe('public');
    expect(await refusal(as().issues.create({ ...at, title: 'z' }))).toBe('401 Requires authentication');
    repository.configure({ archived: true });
    expect(await refusal(workflow.issues.create({ ...at, title: 'z' }))).toBe(
      '403 Repository was archived so is read-only.',
    );
  });
});

describe('the Git Data API', () => {
  test('makes a signed commit on a branch, which git itself sees', async () => {
    const all = await world({}, { 'apps/cart.yaml': 'limit: 64Mi\n', 'run.sh': '#!/bin/sh\n' });
    const { octokit, at, repository, github } = all;
    const sha = await committed(all, 'apps/cart.yaml', 'limit: 128Mi\n');
    await octokit.git.createRef({ ...at, ref: 'refs/heads/fix', sha });
    expect(repository.files('fix').get('apps/cart.yaml')).toBe('limit: 128Mi\n');
    expect(repository.files('fix').get('run.sh')).toBe('#!/bin/sh\n');
    const { data: commit } = await octokit.repos.getCommit({ ...at, ref: 'fix' });
    expect(commit.author?.login).toBe(github.botLogin);
    expect(commit.committer?.login).toBe('web-flow');
    expect(commit.commit.verification).toMatchObject({ verified: true, reason: 'valid' });
    expect(commit.files).toMatchObject([{ filename: 'apps/cart.yaml', additions: 1, deletions: 1 }]);
    const { stdout } = await run('git', ['--git-dir', repository.folder, 'fsck', '--strict']);
    expect(stdout).toBe('');
  });

  test('does not sign what names its author', async () => {
    const { octokit, at, repository } = await world();
    const parent = repository.head() ?? '';
    const { data: before } = await octokit.git.getCommit({ ...at, commit_sha: parent });
    const { data } = await octokit.git.createCommit({
      ...at,
      message: 'Mine',
      tree: before.tree.sha,
      parents: [parent],
      author: { name: 'ada', email: 'ada@example.com' },
    });
    expect(data.verification.verified).toBe(false);
    expect(data.committer.name).toBe('ada');
  });

  test('writes, moves and deletes files in trees', async () => {
    const { octokit, at, repository } = await world({}, { 'a/one': '1', 'a/two': '2', b: '3' });
    const base = repository.head() ?? '';
    const { data } = await octokit.git.createTree({
      ...at,
      base_tree: base,
      tree: [
        { path: 'a/one', mode: '100644', type: 'blob', sha: null },
        { path: 'run', mode: '100755', type: 'blob', content: '#!/bin/sh\n' },
        { path: 'b/deep/er', mode: '100644', type: 'blob', content: '4' },
      ],
    });
    const { data: all } = await octokit.git.getTree({ ...at, tree_sha: data.sha, recursive: 'true' });
    expect(all.tree.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      '040000 a',
      '100644 a/two',
      '040000 b',
      '040000 b/deep',
      '100644 b/deep/er',
      '100755 run',
    ]);
    const gone = octokit.git.createTree({
      ...at,
      base_tree: base,
      tree: [{ path: 'nowhere', mode: '100644', sha: null }],
    });
    expect(await refusal(gone)).toBe('422 GitRPC::BadObjectState');
  });

  test('refuses references that exist, do not follow, or are missing', async () => {
    const all = await world();
    const { octokit, at, repository, github } = all;
    const first = repository.head() ?? '';
    const sha = await committed(all, 'a', '1');
    await octokit.git.createRef({ ...at, ref: 'refs/heads/faultline/x', sha });
    expect(await refusal(octokit.git.createRef({ ...at, ref: 'refs/heads/faultline/x', sha }))).toBe(
      '422 Reference already exists',
    );
    expect(await refusal(octokit.git.createRef({ ...at, ref: 'refs/heads/y', sha: '0'.repeat(40) }))).toBe(
      '422 Object does not exist',
    );
    expect(await refusal(octokit.git.updateRef({ ...at, ref: 'heads/faultline/x', sha: first }))).toBe(
      '422 Update is not a fast forward',
    );
    await octokit.git.updateRef({ ...at, ref: 'heads/faultline/x', sha: first, force: true });
    expect((await octokit.git.getRef({ ...at, ref: 'heads/faultline/x' })).data.object.sha).toBe(first);
    expect((await octokit.git.listMatchingRefs({ ...at, ref: 'heads/faultline/' })).data).toHaveLength(1);
    repository.protect('main', { approvals: 1 });
    expect(await refusal(octokit.git.updateRef({ ...at, ref: 'heads/main', sha, force: true }))).toBe(
      '422 Protected branch update failed',
    );
    await octokit.git.deleteRef({ ...at, ref: 'heads/faultline/x' });
    expect(await refusal(octokit.git.deleteRef({ ...at, ref: 'heads/faultline/x' }))).toBe(
      '422 Reference does not exist',
    );
    expect(await refusal(octokit.git.getRef({ ...at, ref: 'heads/faultline/x' }))).toBe('404 Not Found');
    expect(
      github.journal.filter(({ operation }) => operation === 'git/create-ref').map(({ status }) => status),
    ).toEqual([201, 422, 422]);
  });

  test('swaps branches only from where they are said to be', async () => {
    const all = await world();
    const { octokit, at, repository } = all;
    const first = repository.head() ?? '';
    const second = await committed(all, 'a', '1');
    const { data } = await octokit.repos.get(at);
    const swap = (beforeOid: string, afterOid: string, name = 'refs/heads/x'): Promise<unknown> =>
      octokit.graphql(
        'mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }',
        {
          input: { repositoryId: data.node_id, refUpdates: [{ name, beforeOid, afterOid, force: true }] },
        },
      );
    const none = '0'.repeat(40);
    await swap(none, second);
    await expect(swap(first, second)).rejects.toThrow(/is at .* but expected/);
    await swap(second, first);
    expect(repository.head('x')).toBe(first);
    repository.protect('main', {});
    await expect(swap(first, second, 'refs/heads/main')).rejects.toThrow('Protected branch update failed');
    await swap(first, none);
    expect(repository.branches()).toEqual(['main']);
  });

  test('reads contents, blobs, comparisons and lists of commits', async () => {
    const { octokit, at, repository, github } = await world({}, { 'apps/ü/cart.yaml': 'a: 1\n' });
    const ada = github.person('ada', 'write');
    const first = repository.head() ?? '';
    const second = ada.push('feature', { 'apps/ü/cart.yaml': 'a: 2\n', 'new.txt': 'x' });
    ada.push('main', { other: 'y' });
    const { data: file } = await octokit.repos.getContent({
      ...at,
      path: 'apps/ü/cart.yaml',
      ref: 'feature',
    });
    expect(file).toMatchObject({
      type: 'file',
      encoding: 'base64',
      content: `${Buffer.from('a: 2\n').toString('base64')}\n`,
    });
    const raw = await octokit.repos.getContent({
      ...at,
      path: 'apps/ü/cart.yaml',
      mediaType: { format: 'raw' },
    });
    expect(String(raw.data)).toBe('a: 1\n');
    expect((await octokit.repos.getContent({ ...at, path: '' })).data).toMatchObject([
      { name: 'apps' },
      { name: 'other' },
    ]);
    expect((await octokit.repos.getContent({ ...at, path: 'apps' })).data).toMatchObject([
      { type: 'dir', name: 'ü' },
    ]);
    expect(await refusal(octokit.repos.getContent({ ...at, path: 'nothing' }))).toBe('404 Not Found');
    const { data: comparison } = await octokit.repos.compareCommitsWithBasehead({
      ...at,
      basehead: 'main...feature',
    });
    expect(comparison).toMatchObject({
      status: 'diverged',
      ahead_by: 1,
      behind_by: 1,
      merge_base_commit: { sha: first },
    });
    expect(comparison.commits).toMatchObject([
      { sha: second, author: { login: 'ada' }, commit: { verification: { verified: false } } },
    ]);
    expect(comparison.files?.map(({ filename, status }) => `${status} ${filename}`)).toEqual([
      'modified apps/ü/cart.yaml',
      'added new.txt',
    ]);
    const { data: touching } = await octokit.repos.listCommits({ ...at, sha: 'feature', path: 'new.txt' });
    expect(touching.map(({ sha }) => sha)).toEqual([second]);
    expect(await refusal(octokit.repos.compareCommitsWithBasehead({ ...at, basehead: 'main...gone' }))).toBe(
      '404 Not Found',
    );
  });
});

describe('git over HTTP', () => {
  test('clones and fetches with a token only', async () => {
    const { github, repository } = await world({}, { 'a.txt': 'hello\n' });
    const folder = madeFolder();
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
    };
    await expect(run('git', ['clone', repository.cloneUrl, join(folder, 'no')], { env })).rejects.toThrow(
      /could not read Username/,
    );
    const token = github.installationToken(repository);
    const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    const asGit = (...args: readonly string[]): Promise<unknown> =>
      run('git', ['-c', `http.extraHeader=${header}`, ...args], { env });
    const clone = join(folder, 'yes');
    await asGit('clone', '--quiet', '--filter=blob:none', repository.cloneUrl, clone);
    expect(readFileSync(join(clone, 'a.txt'), 'utf8')).toBe('hello\n');
    const sha = github.person('ada', 'write').push('main', { 'a.txt': 'more\n' });
    await asGit('-C', clone, 'fetch', '--quiet', 'origin');
    const { stdout } = await run('git', ['-C', clone, 'rev-parse', 'origin/main'], { env });
    expect(stdout.trim()).toBe(sha);
    github.clock.advance(2 * 60 * 60 * 1000);
    await expect(asGit('-C', clone, 'fetch', 'origin')).rejects.toThrow(
      /Authentication failed|could not read Username/,
    );
  });
});

describe('pull requests', () => {
  test('are opened once, with commits, from branches that exist', async () => {
    const all = await world();
    const { octokit, at, repository } = all;
    const number = await openedPull(all);
    const again = { ...at, title: 'Again', head: 'faultline/oom/cart', base: 'main' };
    expect(await refusal(octokit.pulls.create(again))).toBe(
      '422 Validation Failed: {"resource":"PullRequest","code":"custom","message":"A pull request already exists for acme:faultline/oom/cart."}',
    );
    expect(await refusal(octokit.pulls.create({ ...again, head: 'nowhere' }))).toContain(
      '"field":"head","code":"invalid"',
    );
    repository.createBranch('empty');
    expect(await refusal(octokit.pulls.create({ ...again, head: 'empty' }))).toContain(
      'No commits between main and empty',
    );
    repository.configure({ drafts: false });
    const sha = await committed(all, 'other', '1');
    await octokit.git.createRef({ ...at, ref: 'refs/heads/other', sha });
    expect(await refusal(octokit.pulls.create({ ...again, head: 'other', draft: true }))).toBe(
      '422 Draft pull requests are not supported in this repository.',
    );
    const { data } = await octokit.pulls.get({ ...at, pull_number: number });
    expect(data).toMatchObject({
      user: { login: 'faultline[bot]', type: 'Bot' },
      commits: 1,
      mergeable_state: 'clean',
      draft: false,
    });
    const { data: files } = await octokit.pulls.listFiles({ ...at, pull_number: number });
    expect(files.map(({ filename }) => filename)).toEqual(['faultline-oom-cart.yaml']);
  });

  test('tell mergeability not to the first who asks', async () => {
    const all = await world({ lateMergeability: true });
    const number = await openedPull(all);
    const states: (boolean | null)[] = [];
    for (const _ of [1, 2])
      states.push((await all.octokit.pulls.get({ ...all.at, pull_number: number })).data.mergeable);
    // Opening it was the first question.
    expect(states).toEqual([true, true]);
    all.github.person('ada', 'write').push('main', { elsewhere: '1' });
    const { data } = await all.octokit.pulls.get({ ...all.at, pull_number: number });
    expect(data).toMatchObject({ mergeable: null, mergeable_state: 'unknown' });
  });

  test('are listed by head, state and page', async () => {
    const all = await world();
    const { octokit, at, repository } = all;
    const ada = all.github.person('ada', 'write');
    for (const name of ['a', 'b', 'c']) {
      ada.push(name, { [name]: name });
      ada.openPull(name, name);
    }
    ada.close(2);
    const open = await octokit.paginate(octokit.pulls.list, { ...at, state: 'open', per_page: 1 });
    expect(open.map(({ number }) => number)).toEqual([3, 1]);
    const { data: one } = await octokit.pulls.list({ ...at, state: 'all', head: 'acme:b' });
    expect(one).toMatchObject([{ number: 2, state: 'closed' }]);
    expect(repository.pulls().map(({ state }) => state)).toEqual(['open', 'closed', 'open']);
    const page = await octokit.pulls.list({ ...at, state: 'all', per_page: 2 });
    expect(page.headers.link).toMatch(/page=2>; rel="next", .*page=2>; rel="last"/);
  });

  test('are merged only at the head that was seen, and only when the rules are met', async () => {
    const all = await world();
    const { octokit, at, repository, github } = all;
    const number = await openedPull(all);
    const pull = { ...at, pull_number: number };
    const { headSha } = repository.pull(number);
    expect(await refusal(octokit.pulls.merge({ ...pull, sha: repository.head() ?? '' }))).toBe(
      '409 Head branch was modified. Review and try the merge again.',
    );
    repository.protect('main', { checks: ['ci'], approvals: 1 });
    expect((await octokit.pulls.get(pull)).data.mergeable_state).toBe('blocked');
    expect(await refusal(octokit.pulls.merge({ ...pull, sha: headSha }))).toBe(
      '405 Required status check "ci" is expected.',
    );
    repository.setCheck(headSha, 'ci', 'success');
    expect(await refusal(octokit.pulls.merge({ ...pull, sha: headSha }))).toBe(
      '405 At least 1 approving review is required by reviewers with write access.',
    );
    expect(await refusal(octokit.pulls.createReview({ ...pull, event: 'APPROVE' }))).toContain(
      'Can not approve your own pull request',
    );
    github.person('ada', 'write').approve(number);
    repository.configure({ mergeMethods: ['squash'] });
    expect(await refusal(octokit.pulls.merge({ ...pull, sha: headSha }))).toBe(
      '405 Merge commits are not allowed on this repository.',
    );
    const { data } = await octokit.pulls.merge({ ...pull, sha: headSha, merge_method: 'squash' });
    expect(repository.head()).toBe(data.sha);
    expect(repository.pull(number)).toMatchObject({
      state: 'merged',
      mergedBy: 'faultline[bot]',
      mergeCommit: data.sha,
    });
    expect(repository.log()[0]?.message).toBe(`Change faultline-oom-cart.yaml (#${number})`);
  });

  test('that conflict are not merged', async () => {
    const { github, octokit, at, repository } = await world({}, { f: '1\n' });
    const ada = github.person('ada', 'write');
    ada.push('b', { f: '2\n' });
    const number = ada.openPull('b', 'b');
    ada.push('main', { f: '3\n' });
    expect(repository.pull(number).mergeableState).toBe('dirty');
    expect(await refusal(octokit.pulls.merge({ ...at, pull_number: number }))).toBe(
      '405 Pull Request is not mergeable',
    );
    expect(() => ada.merge(number)).toThrow('Pull Request is not mergeable');
  });

  test('ask collaborators for a review, and nobody when one of them is none', async () => {
    const all = await world();
    const { octokit, at, github, repository } = all;
    const number = await openedPull(all);
    const pull = { ...at, pull_number: number };
    github.person('ada', 'write');
    repository.team('platform', ['ada']);
    expect(
      await refusal(octokit.pulls.requestReviewers({ ...pull, reviewers: ['ada', 'stranger'] })),
    ).toContain('422 Reviews may only be requested from collaborators.');
    expect(await refusal(octokit.pulls.requestReviewers({ ...pull, reviewers: ['faultline[bot]'] }))).toBe(
      '422 Review cannot be requested from pull request author.',
    );
    expect(repository.pull(number).requestedReviewers).toEqual([]);
    await octokit.pulls.requestReviewers({ ...pull, reviewers: ['ada'], team_reviewers: ['platform'] });
    expect(repository.pull(number)).toMatchObject({
      requestedReviewers: ['ada'],
      requestedTeams: ['platform'],
    });
  });

  test('from a fork stay apart from branches of the same name', async () => {
    const { octokit, at, repository } = await world();
    const fork = repository.fork('mallory');
    fork.person('mallory', 'admin').push('faultline/x', { evil: '1' });
    repository.person('mallory', 'read').openPull('Evil', 'mallory:faultline/x');
    const { data } = await octokit.pulls.list({ ...at, head: 'mallory:faultline/x' });
    expect(data[0]?.head).toMatchObject({
      label: 'mallory:faultline/x',
      repo: { full_name: 'mallory/infra', fork: true },
    });
    expect((await octokit.pulls.list({ ...at, head: 'acme:faultline/x' })).data).toEqual([]);
    expect(repository.branches()).toEqual(['main']);
  });

  test('that were closed cannot be opened again without their branch', async () => {
    const all = await world();
    const { octokit, at } = all;
    const number = await openedPull(all);
    const ada = all.github.person('ada', 'write');
    ada.deleteBranch('faultline/oom/cart');
    expect(all.repository.pull(number).state).toBe('closed');
    expect(await refusal(octokit.pulls.update({ ...at, pull_number: number, state: 'open' }))).toContain(
      'state cannot be changed. The faultline/oom/cart branch has been deleted.',
    );
  });
});

describe('auto-merge', () => {
  const enable = `mutation($id: ID!, $head: GitObjectID) {
    enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: SQUASH, expectedHeadOid: $head}) {
      pullRequest { number autoMergeRequest { mergeMethod enabledBy { login } } }
    }
  }`;

  test('is refused when there is nothing to wait for, and merges when the wait is over', async () => {
    const all = await world();
    const { octokit, at, repository } = all;
    const number = await openedPull(all);
    const { data } = await octokit.pulls.get({ ...at, pull_number: number });
    const refused = async (): Promise<string> => {
      const problem: unknown = await octokit
        .graphql(enable, { id: data.node_id })
        .catch((error: unknown) => error);
      return (
        problem as { readonly errors: readonly { readonly message: string; readonly type: string }[] }
      ).errors
        .map(({ type, message }) => `${type} ${message}`)
        .join();
    };
    expect(await refused()).toBe(
      'UNPROCESSABLE Pull request Protected branch rules not configured for this branch',
    );
    repository.protect('main', { checks: ['ci'] });
    repository.setCheck(data.head.sha, 'ci', 'success');
    expect(await refused()).toBe('UNPROCESSABLE Pull request Pull request is in clean status');
    repository.setStatus(data.head.sha, 'lint', 'pending');
    expect(await refused()).toBe('UNPROCESSABLE Pull request Pull request is in unstable status');
    repository.configure({ allowAutoMerge: false });
    expect(await refused()).toBe('UNPROCESSABLE Pull request Auto merge is not allowed for this repository');
    repository.configure({ allowAutoMerge: true });
    repository.setCheck(data.head.sha, 'ci', 'pending');
    const enabled: object = await octokit.graphql(enable, { id: data.node_id, head: data.head.sha });
    expect(enabled).toEqual({
      enablePullRequestAutoMerge: {
        pullRequest: {
          number,
          autoMergeRequest: { mergeMethod: 'SQUASH', enabledBy: { login: 'faultline' } },
        },
      },
    });
    expect((await octokit.pulls.get({ ...at, pull_number: number })).data.auto_merge?.merge_method).toBe(
      'squash',
    );
    repository.setCheck(data.head.sha, 'ci', 'success');
    expect(repository.pull(number)).toMatchObject({ state: 'merged', mergedBy: 'faultline[bot]' });
  });

  test('ends when the pull request becomes a draft', async () => {
    const all = await world();
    const { octokit, at, repository } = all;
    const number = await openedPull(all);
    repository.protect('main', { approvals: 1, through: 'ruleset' });
    const { data } = await octokit.pulls.get({ ...at, pull_number: number });
    await octokit.graphql(enable, { id: data.node_id });
    expect(repository.pull(number).autoMerge).toBe(true);
    const draft =
      'mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }';
    await octokit.graphql(draft, { id: data.node_id });
    expect(repository.pull(number)).toMatchObject({ autoMerge: false, draft: true, mergeableState: 'draft' });
    expect(await refusal(octokit.pulls.merge({ ...at, pull_number: number }))).toBe(
      '405 Pull Request is still a draft',
    );
  });

  test('is asked for in words that GitHub knows', async () => {
    const github = await startGitHub();
    onTestFinished(() => github.close());
    const { octokit } = inside(github);
    expect(await octokit.graphql('{ viewer { __typename login } }')).toMatchObject({
      viewer: { login: 'faultline[bot]' },
    });
    await expect(octokit.graphql('{ viewer { login favouriteColour } }')).rejects.toThrow(/favouriteColour/);
    await expect(
      octokit.graphql('mutation { mergeEverything(input: {}) { clientMutationId } }'),
    ).rejects.toThrow(/mergeEverything/);
    expect(github.violations).toHaveLength(2);
  });
});

describe('rules of a branch', () => {
  test('are told by the branch or by rulesets', async () => {
    const { octokit, at, repository } = await world();
    repository.protect('main', { checks: ['ci', 'lint'] });
    const { data: branch } = await octokit.repos.getBranch({ ...at, branch: 'main' });
    expect(branch.protection.required_status_checks?.contexts).toEqual(['ci', 'lint']);
    expect((await octokit.repos.getBranchRules({ ...at, branch: 'main' })).data).toEqual([]);
    repository.protect('main', { checks: ['ci'], approvals: 2, through: 'ruleset' });
    const { data: rules } = await octokit.repos.getBranchRules({ ...at, branch: 'main' });
    expect(rules.map(({ type }) => type)).toEqual(['required_status_checks', 'pull_request']);
    expect(
      (await octokit.repos.getBranch({ ...at, branch: 'main' })).data.protection.required_status_checks
        ?.contexts,
    ).toEqual([]);
  });

  test('checks are reported and read', async () => {
    const { octokit, at, repository, github } = await world();
    const sha = repository.head() ?? '';
    const output = {
      title: 'One error',
      summary: 'See line 3',
      annotations: [
        { path: 'a.yml', start_line: 3, end_line: 3, annotation_level: 'failure' as const, message: 'No' },
      ],
    };
    await octokit.checks.create({
      ...at,
      name: 'faultline config',
      head_sha: sha,
      status: 'completed',
      conclusion: 'failure',
      output,
    });
    repository.setCheck(sha, 'ci', 'pending');
    repository.setStatus(sha, 'lint', 'success');
    const { data } = await octokit.checks.listForRef({ ...at, ref: sha });
    expect(data.check_runs.map(({ name, conclusion, app }) => `${app?.slug} ${name} ${conclusion}`)).toEqual([
      'github-actions ci null',
      'faultline faultline config failure',
    ]);
    expect((await octokit.repos.getCombinedStatusForRef({ ...at, ref: 'main' })).data).toMatchObject({
      state: 'success',
      total_count: 1,
    });
    expect((await octokit.checks.listSuitesForRef({ ...at, ref: 'main' })).data.total_count).toBe(2);
    expect(repository.checkRuns('main')).toMatchObject([
      { annotations: [{ path: 'a.yml', line: 3, message: 'No' }] },
    ]);
    const token = github.personalToken('ada');
    repository.person('ada', 'admin');
    const ada = new Octokit({ baseUrl: github.apiUrl, log: quiet, auth: token });
    expect(await refusal(ada.checks.create({ ...at, name: 'x', head_sha: sha }))).toBe(
      '403 You must authenticate via a GitHub App.',
    );
  });
});

describe('issues', () => {
  test('take comments, reactions and labels', async () => {
    const { octokit, at, github, repository } = await world();
    const ada = github.person('ada', 'write');
    const { data: issue } = await octokit.issues.create({
      ...at,
      title: 'Dashboard',
      body: 'x',
      labels: ['faultline'],
    });
    const issue_number = issue.number;
    const id = ada.comment(issue_number, '/rca status');
    const { data: comments } = await octokit.issues.listComments({ ...at, issue_number });
    expect(comments).toMatchObject([
      { id, user: { login: 'ada', type: 'User' }, author_association: 'COLLABORATOR', body: '/rca status' },
    ]);
    expect(
      (await octokit.reactions.createForIssueComment({ ...at, comment_id: id, content: 'eyes' })).status,
    ).toBe(201);
    expect(
      (await octokit.reactions.createForIssueComment({ ...at, comment_id: id, content: 'eyes' })).status,
    ).toBe(200);
    const { data: mine } = await octokit.issues.createComment({ ...at, issue_number, body: 'first' });
    await octokit.issues.updateComment({ ...at, comment_id: mine.id, body: 'second' });
    expect(repository.comments(issue_number)).toMatchObject([
      { author: 'ada', reactions: ['eyes by faultline[bot]'] },
      { author: 'faultline[bot]', body: 'second', edits: 1 },
    ]);
    await octokit.issues.addLabels({ ...at, issue_number, labels: ['made on the way'] });
    expect(repository.labels()).toEqual(['faultline', 'made on the way']);
    expect(
      await refusal(octokit.issues.createLabel({ ...at, name: 'Faultline', color: 'ff0000' })),
    ).toContain('"code":"already_exists"');
    expect(
      await refusal(octokit.issues.createComment({ ...at, issue_number, body: 'x'.repeat(65_537) })),
    ).toContain('body is too long');
    await octokit.issues.update({ ...at, issue_number, state: 'closed', state_reason: 'completed' });
    ada.reopen(issue_number);
    ada.close(issue_number);
    expect((await octokit.issues.get({ ...at, issue_number })).data).toMatchObject({
      state: 'closed',
      closed_by: { login: 'ada' },
    });
    const { data: own } = await octokit.issues.listForRepo({
      ...at,
      state: 'all',
      creator: 'faultline[bot]',
      labels: 'faultline',
    });
    expect(own.map(({ number }) => number)).toEqual([issue_number]);
  });

  test('permissions are as they are now', async () => {
    const { octokit, at, repository } = await world();
    repository.person('ada', 'maintain');
    repository.person('eve', 'none');
    const permission = async (username: string): Promise<string> =>
      (await octokit.repos.getCollaboratorPermissionLevel({ ...at, username })).data.permission;
    expect([await permission('ada'), await permission('eve')]).toEqual(['write', 'none']);
    repository.person('ada', 'read');
    expect(await permission('ada')).toBe('read');
    expect(await refusal(permission('nobody'))).toBe('404 Not Found');
  });
});

describe('limits', () => {
  test('unchanged answers cost nothing', async () => {
    const { octokit, at } = await world({ rateLimit: 10 });
    const first = await octokit.pulls.list(at);
    const etag = first.headers.etag ?? '';
    for (const _ of [1, 2, 3])
      expect(await refusal(octokit.pulls.list({ ...at, headers: { 'if-none-match': etag } }))).toMatch(
        /^304/,
      );
    expect((await octokit.rateLimit.get()).data.resources.core).toMatchObject({
      limit: 10,
      used: 1,
      remaining: 9,
    });
  });

  test('too many calls are refused until the hour is over', async () => {
    const { octokit, at, github } = await world({ rateLimit: 2 });
    await octokit.repos.get(at);
    await octokit.repos.get(at);
    expect(await refusal(octokit.repos.get(at))).toMatch(/^403 API rate limit exceeded for installation/);
    github.clock.advance(60 * 60 * 1000);
  });

  test('writing too much in a minute meets the secondary limit', async () => {
    const { octokit, at } = await world({ contentWrites: { perMinute: 1, perHour: 10 } });
    await octokit.issues.create({ ...at, title: 'one' });
    expect(await refusal(octokit.issues.create({ ...at, title: 'two' }))).toMatch(
      /^403 You have exceeded a secondary rate limit/,
    );
  });
});

describe('faults', () => {
  test('befall the request that was meant, before or after it took effect', async () => {
    const { octokit, at, github, repository } = await world();
    const when = { operation: 'issues/create' };
    github.faults.add({ when, does: { kind: 'status', status: 502 } });
    github.faults.add({ when, after: 1, does: { kind: 'status', status: 500, effect: true } });
    github.faults.add({ when, after: 2, does: { kind: 'drop', effect: true } });
    github.faults.add({ when, after: 3, does: { kind: 'secondary-limit', retryAfter: 7 } });
    const outcomes: string[] = [];
    for (const title of ['a', 'b', 'c', 'd', 'e'])
      outcomes.push((await refusal(octokit.issues.create({ ...at, title }))).slice(0, 12));
    expect(outcomes).toEqual(['502 Server E', '500 Server E', '500 other si', '403 You have', 'no refusal']);
    expect(repository.issues().map(({ title }) => title)).toEqual(['b', 'c', 'e']);
    expect(github.faults.pending).toEqual([]);
    expect(github.journal.map(({ status }) => status)).toEqual([502, 500, 0, 403, 201]);
  });

  test('a token ends in the middle, and somebody is faster', async () => {
    const all = await world();
    const { octokit, at, github, repository } = all;
    const ada = github.person('ada', 'write');
    const sha = await committed(all, 'a', '1');
    github.faults.add({
      when: { operation: 'git/create-ref' },
      does: { kind: 'race', act: () => void ada.push('x', { b: '2' }) },
    });
    expect(await refusal(octokit.git.createRef({ ...at, ref: 'refs/heads/x', sha }))).toBe(
      '422 Reference already exists',
    );
    github.faults.add({ when: { path: /\/pulls$/ }, does: { kind: 'token-expired' } });
    expect(await refusal(octokit.pulls.list(at))).toBe('401 Bad credentials');
    expect(await refusal(octokit.pulls.list(at))).toBe('401 Bad credentials');
    expect(repository.branches()).toEqual(['main', 'x']);
  });

  test('the hook sees each request when it arrives and when it is done', async () => {
    const { octokit, at, github, repository } = await world();
    const seen: string[] = [];
    github.onRequest((n, moment, { operation }) => {
      seen.push(`${n} ${moment} ${operation} ${repository.issues().length}`);
    });
    await octokit.issues.create({ ...at, title: 'a' });
    expect(seen).toEqual(['1 arrived issues/create 0', '1 done issues/create 1']);
  });

  test('a process that is killed at a request leaves what it had done', async () => {
    const { github, repository } = await world();
    const script = `fetch('${github.apiUrl}/repos/acme/infra/issues', { method: 'POST', body: JSON.stringify({ title: 'a' }),
      headers: { 'user-agent': 'x', authorization: 'token ${github.installationToken(repository)}' } })`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const gone = new Promise<string | null>((resolve) => {
      child.on('exit', (_code, signal) => resolve(signal));
    });
    github.onRequest(async (_n, moment) => {
      if (moment !== 'done') return;
      child.kill('SIGKILL');
      await gone;
    });
    expect(await gone).toBe('SIGKILL');
    expect(repository.issues()).toHaveLength(1);
  });

  test('any answer that the description allows can be given', async () => {
    const { octokit, at, github, repository } = await world();
    const body = { message: 'Reference cannot be updated', documentation_url: '' };
    github.faults.add({ when: { method: 'PATCH' }, does: { kind: 'answer', status: 409, body } });
    const sha = repository.head() ?? '';
    expect(await refusal(octokit.git.updateRef({ ...at, ref: 'heads/main', sha }))).toMatch(
      /^409 Reference cannot be updated/,
    );
  });
});

describe('webhooks', () => {
  interface Received {
    readonly request: IncomingMessage;
    readonly text: string;
  }

  async function receiver(): Promise<{ readonly url: string; readonly received: Received[] }> {
    const received: Received[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        received.push({ request, text });
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`,
      received,
    };
  }

  test('are signed, and tell this repository’s facts', async () => {
    const { github, repository } = await world();
    const { url, received } = await receiver();
    github.deliverTo(url);
    const ada = github.person('ada', 'write');
    const number = ada.openIssue('Broken');
    ada.comment(number, '/rca help');
    await github.webhooks.settled();
    const comment = received.find(({ request }) => request.headers['x-github-event'] === 'issue_comment');
    const signature = `sha256=${createHmac('sha256', github.webhookSecret)
      .update(comment?.text ?? '')
      .digest('hex')}`;
    expect(comment?.request.headers['x-hub-signature-256']).toBe(signature);
    const payload = JSON.parse(comment?.text ?? '') as Record<string, unknown>;
    expect(payload).toMatchObject({
      action: 'created',
      comment: { body: '/rca help', user: { login: 'ada' } },
      issue: { number, title: 'Broken' },
      repository: { full_name: 'acme/infra' },
      installation: { id: repository.installationId },
      sender: { login: 'ada' },
    });
    expect(comment?.text).not.toMatch(/Codertocat|octocat|Hello-World/i);
  });

  test('are held, reordered and delivered again with the same id', async () => {
    const { github } = await world();
    const { url, received } = await receiver();
    github.deliverTo(url);
    const ada = github.person('ada', 'write');
    github.webhooks.hold();
    ada.openIssue('one');
    ada.openIssue('two');
    await github.webhooks.settled();
    expect(received).toEqual([]);
    await github.webhooks.release((held) => [...held].reverse());
    expect(
      received.map(
        ({ text }) => (JSON.parse(text) as { readonly issue: { readonly title: string } }).issue.title,
      ),
    ).toEqual(['two', 'one']);
    const id = github.webhooks.deliveries.find(({ event }) => event === 'issues')?.id ?? '';
    expect(await github.webhooks.redeliver(id)).toMatchObject({ status: 202, attempts: 2 });
    const ids = received.map(({ request }) => request.headers['x-github-delivery']);
    expect(ids.filter((one) => one === id)).toHaveLength(2);
    await github.webhooks.send('ping', { zen: 'forged' }, { signature: 'sha256=0' });
    expect(received.at(-1)?.request.headers['x-hub-signature-256']).toBe('sha256=0');
  });

  test('tell a story from push to merge', async () => {
    const all = await world();
    const { github, repository } = all;
    const number = await openedPull(all);
    const { headSha } = repository.pull(number);
    const ada = github.person('ada', 'write');
    ada.push('faultline/oom/cart', { extra: '1' });
    repository.setCheck('faultline/oom/cart', 'ci', 'success');
    repository.setStatus(headSha, 'lint', 'failure');
    ada.approve(number);
    ada.label(number, 'urgent');
    ada.merge(number);
    expect(
      github.webhooks.deliveries.map(({ event, action }) => [event, action].filter(Boolean).join('.')),
    ).toEqual([
      'installation.created',
      'create',
      'push',
      'create',
      'push',
      'pull_request.opened',
      'push',
      'pull_request.synchronize',
      'check_run.created',
      'check_run.completed',
      'check_suite.completed',
      'status',
      'pull_request_review.submitted',
      'pull_request.labeled',
      'pull_request.closed',
      'push',
    ]);
  });
});

describe('what GitHub would not understand', () => {
  let github: StandIn;
  let all: Omit<World, 'github'>;

  beforeAll(async () => {
    github = await startGitHub();
    all = inside(github);
  });
  afterAll(() => github.close());

  test.each([
    [
      'a body with a wrong type',
      'POST /repos/{owner}/{repo}/issues',
      { title: ['x'] },
      /body: \/title must be string/,
    ],
    [
      'a body with an unknown property',
      'POST /repos/{owner}/{repo}/issues',
      { title: 'x', colour: 'red' },
      /"additionalProperty":"colour"/,
    ],
    [
      'a missing property',
      'POST /repos/{owner}/{repo}/git/refs',
      { ref: 'refs/heads/x' },
      /must have required property 'sha'/,
    ],
    [
      'an unknown query',
      'GET /repos/{owner}/{repo}/pulls',
      { status: 'open' },
      /query: .*"additionalProperty":"status"/,
    ],
    [
      'a number that is none',
      'GET /repos/{owner}/{repo}/pulls',
      { per_page: 'many' },
      /query: \/per_page must be integer/,
    ],
    ['an unknown path', 'GET /repos/{owner}/{repo}/incidents', {}, /GitHub has no such path/],
    ['an unknown method', 'PUT /repos/{owner}/{repo}/pulls', {}, /has only GET, POST/],
    [
      'what the stand-in cannot do',
      'GET /repos/{owner}/{repo}/milestones',
      {},
      /does not know GET .*milestones yet/,
    ],
    [
      'more than fifty annotations',
      'POST /repos/{owner}/{repo}/check-runs',
      {
        name: 'x',
        head_sha: 'y',
        output: {
          title: '',
          summary: '',
          annotations: Array.from({ length: 51 }, () => ({
            path: 'a',
            start_line: 1,
            end_line: 1,
            annotation_level: 'failure',
            message: 'm',
          })),
        },
      },
      /annotations must NOT have more than 50 items/,
    ],
  ])('%s', async (_name, route, parameters, why) => {
    const before = github.violations.length;
    const answer = await refusal(all.octokit.request(route, { ...all.at, ...parameters }));
    expect(answer).toMatch(/^500/);
    expect(github.violations.slice(before)).toEqual([expect.stringMatching(why)]);
    expect(all.repository.issues()).toEqual([]);
  });
});

describe('what the stand-in itself gets wrong', () => {
  test.each([
    [
      'a body that is not as described',
      { status: 201, body: { number: 'one' } },
      /own answer 201: .*\/number must be integer/,
    ],
    [
      'a status that this call never has',
      { status: 418 },
      /issues\/create has no answer with the status 418/,
    ],
  ])('%s', async (_name, answer, why) => {
    const github = await startGitHub();
    onTestFinished(() => github.close());
    const { octokit, at } = inside(github);
    github.faults.add({ does: { kind: 'answer', ...answer } });
    expect(await refusal(octokit.issues.create({ ...at, title: 'x' }))).toMatch(/^500/);
    expect(github.violations).toEqual([expect.stringMatching(why)]);
  });
});

describe('a copy', () => {
  test('has everything, and leaves the original alone', async () => {
    const all = await world();
    const number = await openedPull(all);
    const token = all.github.installationToken(all.repository);
    const copy = await startGitHub({ from: all.github.export() });
    onTestFinished(() => copy.close());
    const repository = copy.repository('acme/infra');
    const octokit = new Octokit({ baseUrl: copy.apiUrl, log: quiet, auth: token });
    await octokit.issues.createComment({ ...all.at, issue_number: number, body: 'in the copy' });
    expect(repository.pull(number).headSha).toBe(all.repository.pull(number).headSha);
    expect(repository.comments(number)).toHaveLength(1);
    expect(all.repository.comments(number)).toHaveLength(0);
    const { data } = await octokit.repos.getCommit({ ...all.at, ref: repository.pull(number).headSha });
    expect(data.commit.verification?.verified).toBe(true);
  });
});
