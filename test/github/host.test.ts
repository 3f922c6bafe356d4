import { describe, expect, test } from 'vitest';
import { openMirror } from '../../src/git/mirror.ts';
import { DRAFT_LABEL } from '../../src/github/pull-requests.ts';
import { madeFolder } from '../git/made-repository.ts';
import { BRANCH, madeHost, PROPOSAL, proposed, type MadeHost } from './made-host.ts';

async function opened(
  made: MadeHost,
  draft = false,
): Promise<{ readonly number: number; readonly head: string }> {
  const head = await proposed(made);
  const pull = await made.host.openPullRequest({ ...PROPOSAL, draft });
  if (pull === 'exists') throw new Error('there is one already');
  return { number: pull.number, head };
}

describe('pull requests', () => {
  test('of ours are those from our branches by us, closed ones too', async () => {
    const made = await madeHost();
    const { host, repository } = made;
    const ada = repository.person('ada', 'write');
    ada.push('topic', { 'b.yaml': 'b\n' });
    ada.openPull('Not from a branch of ours', 'topic');
    ada.push('faultline/oom-killed/forged-00000000', { 'b.yaml': 'b\n' });
    ada.openPull('Not by us', 'faultline/oom-killed/forged-00000000');
    const { number } = await opened(made);
    ada.close(number);
    expect(await host.ownPullRequests()).toMatchObject([{ number, state: 'closed', mergeCommit: null }]);
    expect(await host.pullRequestsFrom(BRANCH)).toMatchObject([{ number, state: 'closed' }]);
    expect(await host.pullRequestsFrom('faultline/oom-killed/forged-00000000')).toEqual([]);
    expect(await host.pullRequestsFrom('faultline/no/such')).toEqual([]);
  });

  test('are one for a branch', async () => {
    const made = await madeHost();
    await opened(made);
    expect(await made.host.openPullRequest(PROPOSAL)).toBe('exists');
    expect(made.repository.pulls()).toHaveLength(1);
  });

  test('are drafts where there are drafts', async () => {
    const made = await madeHost();
    const { number } = await opened(made, true);
    expect(await made.host.pullRequest(number)).toMatchObject({ draft: true, labels: [] });
  });

  test('have a label where there are no drafts', async () => {
    const made = await madeHost({ drafts: false });
    const { number } = await opened(made, true);
    expect(await made.host.pullRequest(number)).toMatchObject({ draft: false, labels: [DRAFT_LABEL] });
  });

  test('are updated, closed and reopened', async () => {
    const made = await madeHost();
    const { number } = await opened(made);
    await made.host.updatePullRequest(number, { title: 'New', body: 'Body', state: 'closed' });
    expect(made.repository.pull(number)).toMatchObject({ title: 'New', body: 'Body', state: 'closed' });
    await made.host.updatePullRequest(number, { state: 'open' });
    expect(await made.host.pullRequest(number)).toMatchObject({ state: 'open', body: 'Body' });
    expect(await made.host.pullRequest(99)).toBeNull();
  });

  test('say which files they change', async () => {
    const made = await madeHost();
    const { number } = await opened(made);
    expect(await made.host.files(number)).toEqual(['apps/cart/deployment.yaml']);
  });

  test('ask those to review who may, and leave out the others', async () => {
    const made = await madeHost();
    const { repository, host } = made;
    repository.person('grace', 'write');
    repository.team('platform', ['grace'], 'write');
    const { number } = await opened(made);
    const asked = await host.requestReviewers(
      number,
      ['grace', 'stranger', made.github.botLogin],
      ['acme/platform', 'acme/nobody', 'other/platform'],
    );
    expect(asked).toEqual(['grace', 'acme/platform']);
    expect(repository.pull(number)).toMatchObject({
      requestedReviewers: ['grace'],
      requestedTeams: ['platform'],
    });
    expect(await host.requestReviewers(number, [], [])).toEqual([]);
  });
});

describe('a review', () => {
  test('is not asked for a second time', async () => {
    const made = await madeHost();
    const { repository, host, github } = made;
    const [ana, grace] = [repository.person('ana', 'write'), repository.person('grace', 'write')];
    repository.person('linus', 'write');
    const { number } = await opened(made);
    // As GitHub asks code owners, and as somebody who was faster.
    ana.requestReview(number, 'Grace');
    ana.approve(number);
    expect(await host.requestReviewers(number, ['grace', 'ana'], [])).toEqual([]);
    expect(github.journal.filter(({ operation }) => operation === 'pulls/request-reviewers')).toEqual([]);
    expect(await host.requestReviewers(number, ['grace', 'linus'], [])).toEqual(['linus']);
    expect(grace.login).toBe('grace');
  });
});

describe('auto-merge', () => {
  test('is switched on while a required check is awaited, and off again', async () => {
    const made = await madeHost();
    made.repository.protect('main', { checks: ['test'] });
    const { number, head } = await opened(made);
    expect(await made.host.enableAutoMerge(number, head)).toBe('enabled');
    expect(await made.host.enableAutoMerge(number, head)).toBe('enabled');
    expect(await made.host.pullRequest(number)).toMatchObject({ autoMerge: true });
    await made.host.disableAutoMerge(number);
    await made.host.disableAutoMerge(number);
    expect(made.repository.pull(number).autoMerge).toBe(false);
  });

  test('is not possible when there is nothing to wait for', async () => {
    const made = await madeHost();
    made.repository.protect('main', { checks: ['test'] });
    const { number, head } = await opened(made);
    made.repository.setCheck(head, 'test', 'success');
    expect(await made.host.enableAutoMerge(number, head)).toBe('clean');
  });

  test("is refused in GitHub's words where the repository forbids it", async () => {
    const made = await madeHost({ allowAutoMerge: false });
    made.repository.protect('main', { checks: ['test'] });
    const { number, head } = await opened(made);
    expect(await made.host.enableAutoMerge(number, head)).toMatchObject({
      refused: expect.stringMatching(/auto.?merge/i),
    });
  });

  test('takes a way of merging that the repository allows', async () => {
    const made = await madeHost({ mergeMethods: ['squash'] });
    made.repository.protect('main', { checks: ['test'] });
    const { number, head } = await opened(made);
    expect(await made.host.enableAutoMerge(number, head)).toBe('enabled');
    made.repository.setCheck(head, 'test', 'success');
    expect(await made.host.pullRequest(number)).toMatchObject({ state: 'merged' });
  });
});

describe('a merge', () => {
  test('takes the head that was proven, and no other', async () => {
    const made = await madeHost();
    const { number, head } = await opened(made);
    made.repository.person('ada', 'write').push(BRANCH, { 'b.yaml': 'b\n' });
    expect(await made.host.merge(number, head)).toBe('moved-on');
    expect(made.repository.pull(number).state).toBe('open');
  });

  test.each([
    ['answered', undefined],
    ['dropped after the effect', { kind: 'drop', effect: true }],
    ['a 502 after the effect', { kind: 'status', status: 502, effect: true }],
  ] as const)('answers with the merge commit: %s', async (_name, does) => {
    const made = await madeHost({ mergeMethods: ['squash'] });
    const { number, head } = await opened(made);
    if (does) made.github.faults.add({ when: { operation: 'pulls/merge' }, does });
    const merged = await made.host.merge(number, head);
    expect(merged).toEqual({ merged: made.repository.head('main') });
    expect(await made.host.pullRequest(number)).toMatchObject({
      state: 'merged',
      mergedBy: made.github.botLogin,
      mergeCommit: made.repository.head('main'),
    });
  });

  test("is refused in GitHub's words where a rule forbids it", async () => {
    const made = await madeHost();
    made.repository.protect('main', { approvals: 1 });
    const { number, head } = await opened(made);
    expect(await made.host.merge(number, head)).toMatchObject({ refused: expect.stringMatching(/review/i) });
  });
});

describe('what a branch requires', () => {
  test.each(['protection', 'ruleset'] as const)('is read from its %s', async (through) => {
    const { host, repository } = await madeHost();
    repository.protect('main', { checks: ['test', 'lint'], approvals: 2, through });
    expect(await host.requiredChecks('main')).toEqual(['test', 'lint']);
    expect(await host.requiredApprovals('main')).toBe(2);
  });

  test.each([
    ['repos/get-branch-rules', 'protection'],
    ['repos/get-branch', 'ruleset'],
    ['repos/get-branch-rules', null],
    ['repos/get-branch', null],
  ] as const)(
    'is not taken for nothing where %s is refused, with a rule in its %s',
    async (operation, through) => {
      const { host, repository, github } = await madeHost();
      if (through) repository.protect('main', { approvals: 2, through });
      const body = {
        message: 'Resource not accessible by integration',
        documentation_url: 'x',
        status: '403',
      };
      github.faults.add({ when: { operation }, does: { kind: 'answer', status: 403, body } });
      expect(await host.requiredApprovals('main')).toBe(through ? 2 : null);
    },
  );

  test('is nothing without either', async () => {
    const { host } = await madeHost();
    expect(await host.requiredChecks('main')).toEqual([]);
    expect(await host.requiredApprovals('main')).toBe(0);
    expect(await host.requiredChecks('no/such/branch')).toEqual([]);
  });
});

describe('checks', () => {
  test('are the check runs and the statuses of a commit', async () => {
    const { host, repository } = await madeHost();
    const head = repository.head()!;
    repository.setCheck(head, 'test', 'success');
    repository.setCheck(head, 'lint', 'pending');
    repository.setStatus(head, 'ci/build', 'failure');
    expect(Object.fromEntries(await host.checks(head))).toEqual({
      test: 'success',
      lint: 'pending',
      'ci/build': 'failure',
    });
  });

  test('are reported with any number of annotations, once', async () => {
    const { host, repository } = await madeHost();
    const annotations = Array.from({ length: 120 }, (_item, index) => ({
      path: '.github/faultline.yml',
      line: index + 1,
      message: `Wrong ${index}`,
    }));
    const check = {
      name: 'faultline.yml',
      head: repository.head()!,
      conclusion: 'failure',
      title: '120 errors',
      summary: 'See the lines.',
      annotations,
    } as const;
    await host.reportCheck(check);
    await host.reportCheck(check);
    const runs = repository.checkRuns(check.head);
    expect(runs).toMatchObject([{ name: 'faultline.yml', conclusion: 'failure', title: '120 errors' }]);
    expect(runs[0]?.annotations.map(({ line }) => line)).toEqual(annotations.map(({ line }) => line));
  });
});

describe('comments', () => {
  test('are listed, written, edited and reacted to', async () => {
    const { host, repository } = await madeHost();
    const ada = repository.person('ada', 'write');
    const number = ada.openIssue('Help');
    const asked = ada.comment(number, '/rca status');
    await host.react(asked, 'eyes');
    await host.react(asked, 'eyes');
    const { id } = await host.comment(number, 'One\r\n');
    await host.updateComment(id, 'Two');
    expect(await host.comments(number)).toMatchObject([
      { author: 'ada', isBot: false, body: '/rca status' },
      { id, isBot: true, body: 'Two' },
    ]);
    expect(repository.comments(number)[0]?.reactions).toEqual(['eyes by faultline[bot]']);
  });

  test('with the same text are two when they were meant to be', async () => {
    const { host, repository, github, clock } = await madeHost();
    const number = repository.person('ada', 'write').openIssue('Help');
    await host.comment(number, 'Same');
    await clock.sleep(60_000);
    github.faults.add({ when: { operation: 'issues/create-comment' }, does: { kind: 'drop' } });
    await host.comment(number, 'Same');
    expect(repository.comments(number)).toHaveLength(2);
  });
});

describe('issues', () => {
  test.each([undefined, { kind: 'drop', effect: true }, { kind: 'drop' }] as const)(
    'are opened once: %j',
    async (does) => {
      const { host, github, repository } = await madeHost();
      repository.person('ada', 'write').openIssue('Report', 'Body');
      if (does) github.faults.add({ when: { operation: 'issues/create' }, does });
      const issue = await host.openIssue({ title: 'Report', body: 'Body', labels: ['faultline'] });
      expect(issue).toMatchObject({ state: 'open', labels: ['faultline'], isPullRequest: false });
      expect(await host.ownIssues()).toMatchObject([{ number: issue.number }]);
      expect(repository.issues().filter(({ isPullRequest }) => !isPullRequest)).toHaveLength(2);
    },
  );

  test('are changed, closed and labelled', async () => {
    const { host, repository } = await madeHost();
    const { number } = await host.openIssue({ title: 'Report', body: 'Body', labels: [] });
    await host.updateIssue(number, { title: 'New', state: 'closed' });
    await host.addLabels(number, ['new label']);
    expect(await host.issue(number)).toMatchObject({ title: 'New', state: 'closed', labels: ['new label'] });
    expect(repository.labels()).toContain('new label');
    expect(await host.issue(99)).toBeNull();
  });

  test('are not pull requests, which GitHub lists among them', async () => {
    const made = await madeHost();
    const { number } = await opened(made);
    expect(await made.host.ownIssues()).toEqual([]);
    expect(await made.host.issue(number)).toMatchObject({ isPullRequest: true });
  });
});

describe('people', () => {
  test.each([
    ['admin', 'admin'],
    ['maintain', 'write'],
    ['write', 'write'],
    ['triage', 'read'],
    ['read', 'read'],
  ] as const)('with the role %s have the permission %s', async (role, permission) => {
    const { host, repository } = await madeHost({ private: true });
    repository.person('ada', role);
    expect(await host.permission('ada')).toBe(permission);
  });

  test('who are nobody here may nothing', async () => {
    const { host, github } = await madeHost({ private: true });
    github.person('mallory', 'none');
    expect(await host.permission('mallory')).toBe('none');
    expect(await host.permission('no-such-person')).toBe('none');
  });

  test('are known by their commits', async () => {
    const { host, repository } = await madeHost();
    const sha = repository.person('ada', 'write').push('main', { 'b.yaml': 'b\n' });
    expect(await host.loginOf(sha)).toBe('ada');
    expect(await host.loginOf('0'.repeat(40))).toBeNull();
  });
});

describe('contents', () => {
  test('are those of the default branch, or of a revision', async () => {
    const { host, repository } = await madeHost({
      files: { '.github/faultline.yml': 'ä: 1\n', 'big.yaml': 'x'.repeat(1_200_000) },
    });
    const old = repository.head()!;
    repository.person('ada', 'write').push('main', { '.github/faultline.yml': 'b: 2\n' });
    expect(await host.file('.github/faultline.yml')).toBe('b: 2\n');
    expect(await host.file('.github/faultline.yml', old)).toBe('ä: 1\n');
    expect(await host.file('no/such.yml')).toBeNull();
    expect(await host.file('.github')).toBeNull();
    expect(await host.file('.github/faultline.yml', 'no-such-branch')).toBeNull();
    expect((await host.file('big.yaml'))?.length).toBe(1_200_000);
  });

  test('come with the commits between two revisions, oldest first', async () => {
    const { host, repository } = await madeHost();
    const base = repository.head()!;
    const ada = repository.person('ada', 'write');
    const shas = [ada.push('topic', { 'b.yaml': '1\n' }), ada.push('topic', { 'b.yaml': '2\n' })];
    expect(await host.commitsBetween(base, shas[1]!)).toMatchObject(
      shas.map((sha) => ({ sha, author: 'ada' })),
    );
    expect(await host.commitsBetween(base, base)).toEqual([]);
    expect(await host.commitsBetween(base, '0'.repeat(40))).toBeNull();
  });

  test('come from a mirror, with the token that GitHub gives', async () => {
    const { host, repository, github } = await madeHost({ private: true });
    const mirror = openMirror({
      folder: madeFolder(),
      access: (refused) => host.cloneAccess(refused),
      defaultBranch: host.defaultBranch,
    });
    expect((await mirror.at('main'))?.head?.sha).toBe(repository.head());
    const sha = repository.person('ada', 'write').push('main', { 'b.yaml': 'b\n' });
    github.faults.add({ when: { kind: 'git' }, does: { kind: 'token-expired' } });
    await mirror.fetch();
    expect((await mirror.at('main'))?.head?.sha).toBe(sha);
  });
});

test('what GitHub says is told in its words alone, without the address of its documentation', async () => {
  const { host, github } = await madeHost();
  const body = { message: 'Reference update failed', documentation_url: 'https://docs.github.com/rest/git' };
  github.faults.add({ when: { operation: 'git/create-ref' }, does: { kind: 'answer', status: 422, body } });
  const refused = host.createBranch(BRANCH, '0'.repeat(40));
  await expect(refused).rejects.toMatchObject({ said: 'Reference update failed' });
});
