import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answers, say, withPull } from './conversation.ts';
import { clusterThatOpens } from './made-cluster.ts';
import { madeService } from './made-service.ts';

describe('a comment on a pull request', () => {
  test('is answered once, however often it comes', async () => {
    const made = await withPull();
    await say(made, made.number, made.ana, '/rca explain', 2);
    const given = answers(made, made.number).filter((body) => body.includes('OOM'));
    expect(given).toHaveLength(1);
  });

  test('sets another value, which stays at the next scan', async () => {
    const made = await withPull();
    const { repository, service, number, ana } = made;
    expect(await say(made, number, ana, '/rca set limits.memory=640Mi')).toMatchObject({
      kind: 'answered',
      outcomes: ['done'],
    });
    const { head } = repository.pull(number);
    expect(repository.files(head).get('apps/cart.yaml')).toContain('640Mi # room for a sale');
    await service.scan('prod');
    expect(repository.files(head).get('apps/cart.yaml')).toContain('640Mi # room for a sale');
    expect(repository.pulls()).toHaveLength(1);
  });

  test.each([
    ['1Gi', 'done'],
    ['1025Mi', 'refused'],
    ['511Mi', 'refused'],
  ])('sets %s where 512Mi is, with a factor of 2 at most: %s', async (value, outcome) => {
    const made = await withPull();
    const { repository, number, ana } = made;
    const { headSha } = repository.pull(number);
    expect(await say(made, number, ana, `/rca set limits.memory=${value}`)).toMatchObject({
      outcomes: [outcome],
    });
    const { head, headSha: now } = repository.pull(number);
    expect(now === headSha).toBe(outcome === 'refused');
    expect(repository.files(head).get('apps/cart.yaml')).toContain(outcome === 'done' ? value : '768Mi');
    await made.service.scan('prod');
    expect(repository.pull(number).headSha).toBe(now);
  });

  test('snoozes the incident for a while', async () => {
    const made = await withPull();
    await say(made, made.number, made.ana, '/rca snooze 24h');
    const [snooze] = await made.store.snoozes.list(made.github.clock.now());
    expect(snooze).toMatchObject({ by: 'ana' });
  });

  test('rebuilds the branch on its base, unless somebody else pushed to it', async () => {
    const made = await withPull();
    const { repository, number, ana } = made;
    await say(made, number, ana, '/rca rebuild');
    expect(answers(made, number).at(-1)).toContain('on the newest commit of its base already');
    ana.push('main', { 'notes.txt': 'mine' });
    expect(await say(made, number, ana, '/rca rebuild')).toMatchObject({ outcomes: ['done'] });
    const { head, headSha } = repository.pull(number);
    expect(repository.log(headSha)[1]?.sha).toBe(repository.head('main'));
    const pushed = ana.push(head, { 'notes.txt': 'theirs' });
    expect(await say(made, number, ana, '/rca rebuild')).toMatchObject({ outcomes: ['refused'] });
    expect(repository.head(head)).toBe(pushed);
  });

  test('takes back a snooze, and brings back what it replaced', async () => {
    const made = await withPull();
    const { number, ana, store, github } = made;
    const until = async () => (await store.snoozes.list(github.clock.now())).map(({ reason }) => reason);
    for (const order of ['snooze 24h first', 'snooze 7d second']) {
      github.clock.advance(60_000);
      await say(made, number, ana, `/rca ${order}`);
    }
    expect(await until()).toEqual(['second']);
    await say(made, number, ana, '/rca undo');
    expect(await until()).toEqual(['first']);
    await say(made, number, ana, '/rca undo');
    expect(await until()).toEqual([]);
    expect(await say(made, number, ana, '/rca undo')).toMatchObject({ outcomes: ['refused'] });
  });

  test('takes a merged change back with undo as with revert', async () => {
    const made = await withPull();
    const { repository, number, ana, record, service } = made;
    ana.merge(number);
    record('768Mi', 0);
    await service.scan('prod');
    expect(await say(made, number, ana, '/rca undo')).toMatchObject({ outcomes: ['done'] });
    expect(repository.pulls()).toHaveLength(2);
  });

  test('of somebody without write access is refused once', async () => {
    const made = await withPull();
    const stranger = made.github.person('mallory', 'read');
    const before = answers(made, made.number).length;
    expect(await say(made, made.number, stranger, '/rca approve')).toEqual({
      kind: 'no-permission',
      isSaid: true,
    });
    expect(await say(made, made.number, stranger, '/rca approve')).toEqual({
      kind: 'no-permission',
      isSaid: false,
    });
    expect(answers(made, made.number)).toHaveLength(before + 1);
  });

  test('approves no commit that the branch is not at', async () => {
    const made = await withPull();
    expect(await say(made, made.number, made.ana, '/rca approve 0123456')).toMatchObject({
      outcomes: ['refused'],
    });
    expect(made.repository.pull(made.number).autoMerge).toBe(false);
  });

  test('approves nothing where GitHub lets nothing wait, and says so in its words', async () => {
    const made = await withPull();
    const { headSha } = made.repository.pull(made.number);
    await say(made, made.number, made.ana, `/rca approve ${headSha.slice(0, 8)}`);
    expect(made.repository.pull(made.number)).toMatchObject({ state: 'open', autoMerge: false });
    expect(answers(made, made.number).at(-1)).toContain('Protected branch rules not configured');
  });

  test('takes a merged change back in one pull request', async () => {
    const made = await withPull();
    const { repository, number, ana, record, service } = made;
    ana.merge(number);
    record('768Mi', 0);
    await service.scan('prod');
    await say(made, number, ana, '/rca revert');
    await say(made, number, ana, '/rca revert');
    const [revert, ...others] = repository.pulls().filter((pull) => pull.number !== number);
    expect(others).toEqual([]);
    expect(repository.files(revert!.head).get('apps/cart.yaml')).toContain('512Mi # room for a sale');
  });
});

test('a comment on an issue asks about a workload', async () => {
  const made = await madeService();
  const issue = made.ana.openIssue('cart is slow');
  expect(await say(made, issue, made.ana, '/rca shop/cart')).toMatchObject({ outcomes: ['done'] });
  expect(answers(made, issue)).toEqual([expect.stringContaining('OOM')]);
});

describe('with a cluster that cannot be read', () => {
  const dark = clusterThatOpens('dark', () => Promise.reject(new Error('nobody answers')));

  test('a workload of another one is diagnosed, and what is missing is said', async () => {
    const { startAgain, store, ana } = await madeService();
    const made = await startAgain(store, [dark]);
    const issue = ana.openIssue('cart is slow');
    expect(await say(made, issue, ana, '/rca shop/cart')).toMatchObject({ outcomes: ['done'] });
    expect(answers(made, issue)[0]).toContain('OOM');
    expect(answers(made, issue)[0]).toContain('nobody answers');
  });

  test('a workload that is seen nowhere is not called unknown', async () => {
    const { startAgain, store, ana } = await madeService();
    const made = await startAgain(store, [dark]);
    const issue = ana.openIssue('web is slow');
    expect(await say(made, issue, ana, '/rca shop/web')).toMatchObject({ outcomes: ['refused'] });
    expect(answers(made, issue)[0]).toContain('nobody answers');
    expect(answers(made, issue)[0]).not.toContain('There is no');
  });

  test('another value is set all the same', async () => {
    const { number, startAgain, store, ana } = await withPull();
    const made = await startAgain(store, [dark]);
    await made.service.scanAll();
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    expect(made.repository.files(made.repository.pull(number).head).get('apps/cart.yaml')).toContain('640Mi');
  });

  test('looking again finds what another one shows', async () => {
    const { number, startAgain, store, ana } = await withPull();
    const made = await startAgain(store, [dark]);
    await say(made, number, ana, '/rca retry');
    expect(answers(made, number).at(-1)).toContain('it still fails');
  });

  test('looking again does not call a failure over that it may not have seen', async () => {
    const { number, startAgain, store, ana } = await withPull();
    const made = await startAgain(store, [dark]);
    made.record('512Mi', 0);
    await say(made, number, ana, '/rca retry');
    expect(answers(made, number).at(-1)).toContain('nobody answers');
    expect(answers(made, number).at(-1)).not.toContain('nothing of this is failing');
  });

  test('nothing is called over after a start, while no other one can be read either', async () => {
    const { number, startAgain, store, ana, snapshot } = await withPull();
    const made = await startAgain(store, [dark]);
    rmSync(snapshot, { recursive: true });
    for (const order of ['/rca explain', '/rca set limits.memory=640Mi', '/rca retry', '/rca explain']) {
      await say(made, number, ana, order);
      expect(answers(made, number).at(-1), order).toContain('nobody answers');
      expect(answers(made, number).at(-1), order).not.toMatch(/not seen|failing/i);
    }
  });
});
