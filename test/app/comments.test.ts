import { describe, expect, test } from 'vitest';
import { answers } from '../service/conversation.ts';
import { servedApp } from './served-app.ts';

/** A delivery that failed, since GitHub did not carry out an operation; now it does. */
async function unanswered(operation: string) {
  const app = await servedApp();
  const { faults, webhooks } = app.github;
  const issue = app.ana.openIssue('cart is slow');
  faults.add({ when: { operation }, times: 100, does: { kind: 'status', status: 502 } });
  app.ana.comment(issue, '/rca shop/cart');
  await webhooks.settled();
  const { id, status } = app.delivered('issue_comment');
  expect(status).toBe(200);
  faults.clear();
  return { app, issue, id };
}

describe('the webhook of a comment', () => {
  test('is answered', async () => {
    const app = await servedApp();
    const issue = app.ana.openIssue('cart is slow');
    app.ana.comment(issue, '/rca shop/cart');
    await app.github.webhooks.settled();
    expect(answers(app, issue)).toEqual([expect.stringContaining('OOM')]);
    expect(app.delivered('issue_comment').status).toBe(200);
  });

  test('is answered once, however often it is delivered', async () => {
    const app = await servedApp();
    const issue = app.ana.openIssue('cart is slow');
    app.ana.comment(issue, '/rca help');
    await app.github.webhooks.settled();
    const { id } = app.delivered('issue_comment');
    const calls = app.github.journal.length;
    const again = await app.github.webhooks.redeliver(id);
    expect(again).toMatchObject({ status: 200, attempts: 2 });
    expect(app.github.journal).toHaveLength(calls);
    expect(answers(app, issue)).toHaveLength(1);
  });

  test('is answered once, when it is delivered again while it is being answered', async () => {
    const app = await servedApp();
    const { webhooks } = app.github;
    const issue = app.ana.openIssue('cart is slow');
    webhooks.hold();
    app.ana.comment(issue, '/rca help');
    const { id } = app.delivered('issue_comment');
    await Promise.all([webhooks.redeliver(id), webhooks.redeliver(id), webhooks.release()]);
    expect(answers(app, issue)).toHaveLength(1);
  });

  test('is answered when it comes before that of the issue', async () => {
    const app = await servedApp();
    app.github.webhooks.hold();
    const issue = app.ana.openIssue('cart is slow');
    app.ana.comment(issue, '/rca help');
    await app.github.webhooks.release((held) => [...held].reverse());
    expect(answers(app, issue)).toHaveLength(1);
  });

  test('is not answered again when the comment is edited', async () => {
    const app = await servedApp();
    const issue = app.ana.openIssue('cart is slow');
    const id = app.ana.comment(issue, 'What is wrong with it?');
    app.ana.editComment(id, '/rca shop/cart');
    await app.github.webhooks.settled();
    expect(app.delivered('issue_comment', 'edited').status).toBe(200);
    expect(answers(app, issue)).toEqual([]);
  });

  test('is ignored when a bot wrote it', async () => {
    const app = await servedApp();
    const issue = app.ana.openIssue('cart is slow');
    app.github.person('renovate[bot]', 'write').comment(issue, '/rca shop/cart');
    await app.github.webhooks.settled();
    expect(answers(app, issue)).toEqual([]);
  });

  test.each([
    ['read', 'OWNER', 'only from people with write access to this repository'],
    ['write', 'NONE', 'OOM'],
  ] as const)(
    'of somebody with %s access is taken for that, although it says %s',
    async (permission, author_association, says) => {
      const app = await servedApp();
      const { webhooks } = app.github;
      const issue = app.ana.openIssue('cart is slow');
      webhooks.hold();
      app.repository.person('mallory', permission).comment(issue, '/rca shop/cart');
      const { payload } = app.delivered('issue_comment');
      const comment = { ...(payload['comment'] as object), author_association };
      await webhooks.send('issue_comment', { ...payload, comment });
      expect(answers(app, issue)).toEqual([expect.stringContaining(says)]);
    },
  );

  test('that could not be handled is answered later', async () => {
    const { app, issue } = await unanswered('repos/get-collaborator-permission-level');
    expect(answers(app, issue)).toEqual([]);
    app.github.clock.advance(60_000);
    await app.service.queue.drain();
    expect(answers(app, issue)).toEqual([expect.stringContaining('OOM')]);
  });

  test('that could be handled but not answered is answered once, however often it is delivered', async () => {
    const { app, issue, id } = await unanswered('issues/create-comment');
    app.github.clock.advance(60_000);
    await app.github.webhooks.redeliver(id);
    await app.service.queue.drain();
    await app.github.webhooks.redeliver(id);
    expect(answers(app, issue)).toHaveLength(1);
  });
});
