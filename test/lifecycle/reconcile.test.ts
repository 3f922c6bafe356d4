import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { describe, expect, test } from 'vitest';
import { parseMarker, withMarker } from '../../src/pull-requests/marker.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import { deployment } from '../pull-requests/proposals.ts';
import { AUTO_FIX, FILE, kustomization, otherIncident, sameCause, Story } from './story.ts';
import { all } from '../store/contract/open.ts';

async function opened(): Promise<Story> {
  const story = new Story();
  story.decision = { reason: prose`the confidence of ${'0.97'} reaches the ${'0.9'} that policy asks for` };
  expect(story.kinds(await story.run())).toEqual(['opened']);
  return story;
}

describe('a new proposal', () => {
  test('becomes a commit, a branch, a pull request, with reviewers and labels', async () => {
    const story = await opened();
    const [pull] = story.github.own();
    expect(story.github.ownBranches()).toEqual([pull!.branch]);
    expect(pull).toMatchObject({
      base: 'main',
      draft: false,
      state: 'open',
      labels: ['faultline', 'faultline: image-pull'],
    });
    expect(story.tag(pull!.branch)).toBe('2.14.3');
    expect(story.github.reviewers.get(pull!.number)).toEqual(['ana-lopez']);
    expect(story.github.comments).toEqual([]);
  });

  test('says all in its marker that a later run needs', async () => {
    const story = await opened();
    const [pull] = story.github.own();
    expect(parseMarker(pull!.body)).toMatchObject({
      fingerprints: ['9a3f0c1d2e4b5a67'],
      kinds: ['tag-not-found:event', 'tag-not-found:git', 'tag-not-found:object', 'tag-not-found:pod-status'],
      clusters: ['prod-eu'],
      proven: story.github.head('main'),
      head: pull!.head,
      objects: [deployment('cart')],
      failing: [0],
    });
  });

  test('is a draft when a person must decide', async () => {
    const story = new Story();
    story.decision = { action: 'escalate', draft: true };
    await story.run();
    expect(story.github.own()[0]!.draft).toBe(true);
  });

  test('costs few calls', async () => {
    const story = new Story();
    story.config = DEFAULT_CONFIG;
    const { calls } = await story.runCounted();
    const few = ['ownPullRequests', 'pullRequestsFrom', 'commit', 'createBranch', 'openPullRequest'];
    expect(calls).toEqual(few);
    expect(story.github.own()[0]!.labels).toEqual([]);
    expect((await story.runCounted()).calls).not.toContain('addLabels');
  });

  test('asks reviewers and is labelled where the configuration wants it', async () => {
    const { calls } = await new Story().runCounted();
    expect(calls.slice(5)).toEqual(['loginOf', 'requestReviewers', 'addLabels']);
    const labelled = new Story();
    labelled.config = { ...DEFAULT_CONFIG, pullRequests: { labels: true, reviewers: false } };
    expect((await labelled.runCounted()).calls.slice(5)).toEqual(['addLabels']);
  });

  test('of two incidents with one cause is one pull request', async () => {
    const story = new Story();
    story.others = [sameCause('cart-worker', '1111111111111111')];
    await story.run();
    expect(story.github.own()).toHaveLength(1);
    expect(parseMarker(story.github.own()[0]!.body)!.fingerprints).toEqual([
      '9a3f0c1d2e4b5a67',
      '1111111111111111',
    ]);
  });

  test('of a stranger on a branch of the same name is not ours', async () => {
    const story = new Story();
    const proposal = story.proposal();
    const branch = `faultline/image-pull/cart-${proposal.key.slice(0, 8)}`;
    story.github.push(branch, { [FILE]: 'theirs' }, 'mallory');
    story.github.openedBy('mallory', { title: 'x', body: '', branch, base: 'main', draft: false });
    expect(story.kinds(await story.run())).toEqual(['waiting']);
    expect(story.github.own()).toEqual([]);
    expect(story.textOf(branch)).toBe('theirs');
  });

  test('waits while somebody has it snoozed', async () => {
    const story = new Story();
    const at = story.github.now;
    const store = await story.store;
    await store.snoozes.set({
      fingerprint: '9a3f0c1d2e4b5a67',
      until: at + 1000,
      by: 'ana',
      reason: null,
      at,
    });
    expect(story.kinds(await story.run())).toEqual(['waiting']);
    story.pass(1);
    expect(story.kinds(await story.run())).toEqual(['opened']);
  });
});

describe('an open pull request', () => {
  test('is for its own cluster to close', async () => {
    const story = await opened();
    story.clusterName = 'test';
    story.isFailing = false;
    story.github.push('main', { [FILE]: kustomization('2.16.0') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    story.github.merge(1);
    expect(await story.run()).toEqual([]);
    expect(story.github.comments).toEqual([]);
  });

  test('is left as it is when nothing material changed', async () => {
    const story = await opened();
    const before = story.github.own()[0]!.body;
    story.pass(60);
    story.finding = { occurrences: 99, lastSeen: story.github.now };
    story.decision = { reason: prose`the confidence of ${'0.95'} reaches the ${'0.9'} that policy asks for` };
    const { outcomes, calls } = await story.runCounted();
    expect(story.kinds(outcomes)).toEqual(['unchanged']);
    expect(story.github.own()[0]!.body).toBe(before);
    expect(calls).toEqual(['ownPullRequests']);
  });

  test('is found without a database', async () => {
    const story = await opened();
    await story.loseStore();
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    expect(story.github.own()).toHaveLength(1);
  });

  test('gets new evidence and incidents, and one comment that says so', async () => {
    const story = await opened();
    story.pass(10);
    const { finding } = story.proposal().incidents[0]!;
    story.finding = {
      evidence: [...finding.evidence, { source: 'registry', ref: 'r', at: null, text: untrusted('404') }],
    };
    story.others = [sameCause('cart-worker', '1111111111111111')];
    expect(story.kinds(await story.run())).toEqual(['updated']);
    const [pull] = story.github.own();
    expect(parseMarker(pull!.body)!.fingerprints).toEqual(['9a3f0c1d2e4b5a67', '1111111111111111']);
    expect(parseMarker(pull!.body)!.kinds).toContain('tag-not-found:registry');
    const [comment] = story.github.statusOf(pull!.number);
    expect(comment).toContain('New evidence: `registry` for `tag-not-found`.');
    expect(comment).toContain('The same cause has 2 incidents by now.');
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    expect(story.github.statusOf(pull!.number)).toEqual([comment]);
  });

  test('is edited at most once in five minutes', async () => {
    const story = await opened();
    story.pass(2);
    story.others = [sameCause('cart-worker', '1111111111111111')];
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    story.pass(4);
    expect(story.kinds(await story.run())).toEqual(['updated']);
  });

  test('keeps what a person wrote into it', async () => {
    const story = await opened();
    const [pull] = story.github.own();
    const mine = withMarker('My own words', parseMarker(pull!.body)!);
    story.github.change(pull!.number, { title: 'chore: mine', body: mine.replaceAll('\n', '\r\n') });
    story.pass(10);
    story.others = [sameCause('cart-worker', '1111111111111111')];
    for (const expected of ['updated', 'unchanged']) {
      expect(story.kinds(await story.run())).toEqual([expected]);
      story.pass(10);
    }
    const after = story.github.own()[0]!;
    expect(after.title).toBe('chore: mine');
    expect(after.body.startsWith('My own words\n\n<!-- faultline:1')).toBe(true);
    expect(parseMarker(after.body)!.fingerprints).toHaveLength(2);
  });

  test('without its last line is left to whoever removed it', async () => {
    const story = await opened();
    story.github.change(1, { body: 'rewritten' });
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['handed-off']);
    expect(story.github.own()).toHaveLength(1);
    expect(story.github.own()[0]!.body).toBe('rewritten');
  });

  test('with the marker of another key gets its own back, once', async () => {
    const story = await opened();
    const marker = parseMarker(story.github.own()[0]!.body)!;
    story.github.change(1, { body: withMarker('x', { ...marker, key: '0'.repeat(16) }) });
    expect(story.kinds(await story.run())).toEqual(['updated']);
    const { body } = story.github.own()[0]!;
    expect(body).toMatch(/^x\n/);
    expect(parseMarker(body)).toMatchObject({ key: marker.key, head: marker.head });
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    const restored = (await all((await story.store).audit.records())).filter(({ payload }) =>
      payload.includes('"restored"'),
    );
    expect(restored).toHaveLength(1);
  });

  test('with the marker of another key counts as edited where nothing is remembered', async () => {
    const story = await opened();
    const marker = parseMarker(story.github.own()[0]!.body)!;
    story.github.change(1, { body: withMarker('x', { ...marker, key: '0'.repeat(16) }) });
    story.store = openMemoryStore();
    expect(story.kinds(await story.run())).toEqual(['handed-off']);
  });
});

describe('when the base moves', () => {
  test('again while it is looked at, the next scan rebuilds', async () => {
    const story = await opened();
    const head = story.github.own()[0]!.head;
    story.scanned = story.github.push('main', { [FILE]: kustomization('2.15.1', 'bumped by hand') }, 'ana');
    story.github.push('main', { 'apps/other.yaml': 'x' }, 'ana');
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['waiting']);
    expect(story.github.own()[0]!.head).toBe(head);
    story.scanned = null;
    expect(story.kinds(await story.run())).toEqual(['rebuilt']);
  });

  test('elsewhere, nothing is written', async () => {
    const story = await opened();
    const head = story.github.own()[0]!.head;
    story.github.push('main', { 'apps/other.yaml': 'x' }, 'ana');
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    expect(story.github.own()[0]!.head).toBe(head);
  });

  test('in the same file, the branch is rebuilt on it', async () => {
    const story = await opened();
    story.github.push('main', { [FILE]: kustomization('2.15.1', 'bumped by hand') }, 'ana');
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['rebuilt']);
    const [pull] = story.github.own();
    expect(story.textOf(pull!.branch)).toBe(kustomization('2.14.3', 'bumped by hand'));
    expect(story.github.commits.get(pull!.head)!.parents).toEqual([story.github.head('main')]);
    expect(story.github.statusOf(1)).toHaveLength(1);
    expect(story.github.statusOf(1)[0]).toContain('the file changed there');
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
  });

  test.each([
    ['a commit of somebody else', 'ana', 'ana'],
    ['our commit, amended by somebody else', 'faultline[bot]', 'ana'],
    ['a merge of the base by its button', 'ana', 'web-flow'],
  ])('a branch with %s is never moved', async (_what, author, committer) => {
    const story = await opened();
    const { branch, head: ours } = story.github.own()[0]!;
    const theirs = story.github.push(branch, { 'apps/note.md': 'mine' }, author, committer);
    story.github.push('main', { [FILE]: kustomization('2.15.1', 'bumped by hand') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['handed-off']);
    const said = story.github.statusOf(1);
    for (let round = 0; round < 3; round += 1) {
      story.pass(10);
      expect(story.kinds(await story.run())).toEqual(['handed-off']);
    }
    expect(story.github.head(branch)).toBe(theirs);
    story.github.push(branch, { 'apps/note.md': 'mine, too' }, author, committer);
    await story.run();
    expect(story.github.statusOf(1)).toEqual(said);
    expect(story.github.statusOf(1)).toHaveLength(1);
    expect(story.github.statusOf(1)[0]).toContain('**Somebody else pushed to this branch');
    story.github.branches.set(branch, ours);
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['rebuilt']);
    expect(story.github.statusOf(1)[0]).toMatch(/^\*\*Waiting for review/);
  });
});

describe('a failure that is over', () => {
  test('with the wanted value in git closes the pull request, and says what was seen', async () => {
    const story = await opened();
    story.github.push('main', { [FILE]: kustomization('2.14.3') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['closed']);
    expect(story.github.own()[0]!.state).toBe('closed');
    expect(story.github.statusOf(1)[0]).toContain('**Closed: git already contains this change');
  });

  test('with another value in git closes it as well', async () => {
    const story = await opened();
    story.github.push('main', { [FILE]: kustomization('2.16.0') }, 'ana');
    story.isFailing = false;
    expect(story.kinds(await story.run())).toEqual(['closed']);
    expect(story.github.statusOf(1)[0]).toContain('another value than the one that this would change');
  });

  test('goes on with another value: the old one is closed, the new one has a branch of its own', async () => {
    const story = await opened();
    story.github.push('main', { [FILE]: kustomization('2.15.2') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['closed', 'opened']);
    expect(story.github.own().map(({ state }) => state)).toEqual(['open', 'closed']);
  });

  test('by itself leaves it open and says so once', async () => {
    const story = await opened();
    story.isFailing = false;
    for (let round = 0; round < 2; round += 1) expect(story.kinds(await story.run())).toEqual(['quiet']);
    expect(story.github.own()[0]!.state).toBe('open');
    expect(story.github.statusOf(1)).toHaveLength(1);
    expect(story.github.statusOf(1)[0]).toContain('git still contains the value');
    story.isFailing = true;
    await story.run();
    expect(story.github.statusOf(1)[0]).toContain('The failure returned');
    story.isFailing = false;
    await story.run();
    expect(story.github.statusOf(1)[0]).toContain('The failure stopped, after it had come back once.');
    expect(story.github.statusOf(1)[0]).not.toContain('The failure returned');
  });

  test('is not believed where the cluster could not be seen', async () => {
    const story = await opened();
    story.isFailing = false;
    story.isSeen = false;
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    expect(story.github.comments).toEqual([]);
  });

  test('is not closed again after somebody opened it again', async () => {
    const story = await opened();
    story.github.push('main', { [FILE]: kustomization('2.14.3') }, 'ana');
    await story.run();
    story.github.change(1, { state: 'open', closedAt: null });
    expect(story.kinds(await story.run())).toEqual(['handed-off']);
    expect(story.github.own()[0]!.state).toBe('open');
  });

  test('that Faultline closed may be proposed again', async () => {
    const story = await opened();
    story.github.push('main', { [FILE]: kustomization('2.14.3') }, 'ana');
    await story.run();
    story.github.push('main', { [FILE]: kustomization('2.15.1') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['opened']);
    expect(story.github.own()[0]!.branch).toMatch(/-after-1$/);
  });
});

describe('a pull request that a person closed', () => {
  test('stays closed, through any number of scans and a lost database', async () => {
    const story = await opened();
    story.github.close(1);
    for (let round = 0; round < 3; round += 1) {
      story.pass(60);
      await story.loseStore();
      expect(story.kinds(await story.run())).toEqual(['respected']);
    }
    expect(story.github.own()).toHaveLength(1);
    expect(story.github.comments).toEqual([]);
  });

  test('gets a successor when there is evidence of a different kind, once', async () => {
    const story = await opened();
    const { finding } = story.proposal().incidents[0]!;
    story.github.close(1);
    story.finding = {
      evidence: [...finding.evidence, { source: 'registry', ref: 'r', at: null, text: untrusted('404') }],
    };
    await story.loseStore();
    expect(story.kinds(await story.run())).toEqual(['opened']);
    expect(story.github.own()[0]!.branch).toMatch(/-after-1$/);
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    story.github.close(2);
    expect(story.kinds(await story.run())).toEqual(['respected']);
    story.finding = {};
    expect(story.kinds(await story.run())).toEqual(['respected']);
  });
});

describe('the limits', () => {
  test('of open pull requests count what GitHub has, and the rest waits visibly', async () => {
    const story = new Story();
    story.config = { ...story.config, limits: { ...story.config.limits, openPullRequests: 0 } };
    const [outcome] = await story.run();
    expect(outcome).toMatchObject({ kind: 'waiting', number: null });
    expect(await (await story.store).proposals.list({ states: ['waiting'] })).toHaveLength(1);
    expect(story.github.own()).toEqual([]);
  });

  test('of an hour hold without a database', async () => {
    const story = await opened();
    story.config = { ...story.config, limits: { ...story.config.limits, perHour: 1 } };
    story.github.push('main', { [FILE]: kustomization('2.15.2') }, 'ana');
    await story.loseStore();
    expect(story.kinds(await story.run())).toEqual(['closed', 'waiting']);
    story.pass(61);
    expect(story.kinds(await story.run())).toEqual(['opened']);
  });
});

describe('what GitHub refuses', () => {
  test('for one proposal stops no other, and is tried again', async () => {
    const story = await opened();
    story.github.close(1);
    story.github.push('main', { [FILE]: kustomization('2.15.2') }, 'ana');
    story.refused = 'createBranch';
    const [outcome] = await story.run();
    expect(outcome).toMatchObject({ kind: 'failed', number: null });
    story.refused = null;
    expect(story.kinds(await story.run())).toEqual(['opened']);
  });
});

describe('reports', () => {
  const escalation = (cause = 'leak') => ({
    ...otherIncident(deployment('pricing'), { cause }),
    decision: { action: 'escalate', reason: prose`memory climbs`, draft: false, policy: 'x' } as const,
  });

  test('are not written unless the configuration wants them', async () => {
    const story = new Story();
    story.isFailing = false;
    story.extra = [escalation()];
    expect(await story.run()).toEqual([]);
    expect(story.github.issues.size).toBe(0);
  });

  test('are one issue for a cause, which stays closed', async () => {
    const story = new Story();
    story.config = { ...story.config, reports: true };
    story.isFailing = false;
    story.extra = [escalation()];
    expect(story.kinds(await story.run())).toEqual(['reported']);
    await story.loseStore();
    expect(story.kinds(await story.run())).toEqual(['unchanged']);
    story.github.issues.set(1, { ...story.github.issues.get(1)!, state: 'closed' });
    expect(story.kinds(await story.run())).toEqual(['respected']);
    story.extra = [escalation('quota')];
    expect(story.kinds(await story.run())).toEqual(['reported']);
    expect(story.github.issues.size).toBe(2);
  });
});

describe('auto-merge', () => {
  async function autoFix(): Promise<Story> {
    const story = new Story();
    story.decision = AUTO_FIX;
    story.github.requiredChecks = ['render'];
    await story.run();
    return story;
  }

  test('is GitHub’s auto-merge, at our head, and asks nobody to review', async () => {
    const story = await autoFix();
    expect(story.kinds(await story.run())).toEqual(['merging']);
    expect(story.github.own()[0]!.autoMerge).toBe(true);
    expect(story.github.reviewers.size).toBe(0);
    expect(story.github.statusOf(1)[0]).toContain('**GitHub auto-merges this');
    const { calls } = await story.runCounted();
    expect(calls.filter((call) => call === 'enableAutoMerge')).toEqual([]);
  });

  test.each([
    ['no check is required', (story: Story) => void (story.github.requiredChecks = [])],
    ['an approval is required', (story: Story) => void (story.github.requiredApprovals = 1)],
    [
      'a freeze is on',
      (story: Story) =>
        void (story.config = {
          ...story.config,
          freeze: [{ from: '2026-07-01', to: '2026-08-30', timezone: 'UTC' }],
        }),
    ],
    ['the decision is to propose', (story: Story) => void (story.decision = {})],
    ['it was made a draft', (story: Story) => story.github.change(1, { draft: true })],
    [
      'somebody pushed',
      (story: Story) => void story.github.push(story.github.own()[0]!.branch, { a: 'b' }, 'ana'),
    ],
  ])('is not switched on when %s, and switched off again', async (_why, change) => {
    const never = await autoFix();
    change(never);
    await never.run();
    expect(never.github.own()[0]!.autoMerge).toBe(false);
    const begun = await autoFix();
    await begun.run();
    change(begun);
    await begun.run();
    expect(begun.github.own()[0]!.autoMerge).toBe(false);
  });

  test('that a person switched on or off is left alone', async () => {
    const story = await opened();
    story.github.change(1, { autoMerge: true });
    await story.run();
    expect(story.github.own()[0]!.autoMerge).toBe(true);
    const other = await autoFix();
    await other.run();
    other.github.change(1, { autoMerge: false });
    for (let round = 0; round < 3; round += 1) await other.run();
    expect(other.github.own()[0]!.autoMerge).toBe(false);
    expect(other.github.statusOf(1)[0]).toContain('A person has to merge this now');
  });

  test('goes on while the pull request waits in the merge queue', async () => {
    const story = await autoFix();
    await story.run();
    story.github.change(1, { autoMerge: false });
    story.github.queue.set(1, 'queued');
    expect(story.kinds(await story.run())).toEqual(['merging']);
    expect(story.github.statusOf(1)[0]).toContain('**GitHub auto-merges this');
  });

  test('ends when the merge queue gives the pull request up', async () => {
    const story = await autoFix();
    await story.run();
    story.github.change(1, { autoMerge: false });
    story.github.queue.set(1, 'not-queued');
    for (let round = 0; round < 3; round += 1) await story.run();
    expect(story.github.statusOf(1)[0]).toContain('merge queue gave it up');
    expect(story.github.own()[0]!.autoMerge).toBe(false);
  });

  test('takes the pull request out of the merge queue when it may not merge any more', async () => {
    const story = await autoFix();
    await story.run();
    story.github.change(1, { autoMerge: false });
    story.github.queue.set(1, 'queued');
    story.decision = {};
    await story.run();
    expect(story.github.queue.get(1)).toBe('not-queued');
  });

  test('that a person switched on is over when the branch is rebuilt', async () => {
    const story = await opened();
    story.github.change(1, { autoMerge: true });
    story.github.push('main', { [FILE]: kustomization('2.15.1', 'bumped by hand') }, 'ana');
    story.pass(10);
    expect(story.kinds(await story.run())).toEqual(['rebuilt']);
    expect(story.github.own()[0]!.autoMerge).toBe(false);
    expect(story.github.statusOf(1)[0]).toContain('review it again');
    story.github.change(1, { autoMerge: true });
    await story.run();
    expect(story.github.own()[0]!.autoMerge).toBe(true);
  });

  test('waits for a required check where GitHub has nothing to wait for', async () => {
    const story = await autoFix();
    story.github.autoMerge = 'clean';
    expect(story.kinds(await story.run())).toEqual(['merging']);
    story.github.checks.set(story.github.own()[0]!.head, new Map([['lint', 'success']]));
    expect(story.kinds(await story.run())).toEqual(['merging']);
    story.github.checks.set(story.github.own()[0]!.head, new Map([['render', 'success']]));
    expect(story.kinds(await story.run())).toEqual(['merged']);
    expect(story.github.own()[0]!.state).toBe('merged');
  });

  test('that GitHub refuses falls back to a review, with its words', async () => {
    const story = await autoFix();
    story.github.autoMerge = { refused: 'Auto merge is not allowed for this repository, ask @admins' };
    await story.run();
    const [comment] = story.github.statusOf(1);
    expect(comment).toContain('**A person has to merge this');
    expect(comment).toContain('not allowed for this repository');
    expect(comment).not.toContain('@admins');
    expect(story.github.reviewers.get(1)).toEqual(['ana-lopez']);
    const { calls } = await story.runCounted();
    expect(calls).not.toContain('enableAutoMerge');
  });

  test('rebuilds on a base that moved before it goes on', async () => {
    const story = await autoFix();
    story.github.push('main', { 'apps/other.yaml': 'x' }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['waiting']);
    expect(story.github.own()[0]!.autoMerge).toBe(false);
    story.pass(10);
    await story.run();
    const [pull] = story.github.own();
    expect(pull!.autoMerge).toBe(true);
    expect(story.github.commits.get(pull!.head)!.parents).toEqual([story.github.head('main')]);
  });

  test('never takes a commit for ours because it says so', async () => {
    const story = await autoFix();
    const [pull] = story.github.own();
    const head = story.github.push(pull!.branch, { 'apps/evil.yaml': 'x' }, 'faultline[bot]');
    story.github.change(1, { body: withMarker(pull!.body, { ...parseMarker(pull!.body)!, head }) });
    await story.run();
    expect(story.github.own()[0]!.autoMerge).toBe(false);
  });

  test('waits for one that a person lets merge', async () => {
    const story = await autoFix();
    story.github.change(1, { autoMerge: true });
    story.github.push('main', { [FILE]: kustomization('2.15.9') }, 'ana');
    story.clusterName = 'test';
    await story.run();
    await story.run();
    expect(story.github.own().map(({ number, autoMerge }) => [number, autoMerge])).toEqual([
      [2, false],
      [1, true],
    ]);
  });

  test('goes one service at a time', async () => {
    const story = await autoFix();
    await story.run();
    story.github.merge(1);
    story.live = '2.14.3';
    story.github.push('main', { [FILE]: kustomization('2.15.9') }, 'ana');
    await story.run();
    story.pass(6);
    const outcomes = await story.run();
    expect(story.github.own().map(({ number, autoMerge }) => [number, autoMerge])).toEqual([
      [2, false],
      [1, false],
    ]);
    expect(story.kinds(outcomes)).toContain('waiting');
  });
});

describe('while GitHub takes no more writes', () => {
  test('nothing waits within a run, and the next run opens it', async () => {
    const story = new Story();
    story.github.pause = 7_000;
    const { outcomes, calls } = await story.runCounted();
    expect(outcomes).toMatchObject([{ kind: 'waiting', mayBeIn: 7_000 }]);
    expect(calls).toEqual(['ownPullRequests', 'pullRequestsFrom']);
    const [waiting] = await (await story.store).proposals.list({ repository: 'acme/infra' });
    expect(waiting).toMatchObject({
      state: 'waiting',
      waitingFor: expect.stringContaining('as GitHub allows'),
    });
    story.github.pause = 0;
    expect(story.kinds(await story.run())).toEqual(['opened']);
  });

  test('what is open is kept all the same', async () => {
    const story = new Story();
    await story.run();
    story.github.pause = 7_000;
    expect(await story.run()).toMatchObject([{ kind: 'unchanged' }]);
  });
});
