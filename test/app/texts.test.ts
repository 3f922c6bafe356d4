import { describe, expect, test } from 'vitest';
import { answers, withPull } from '../service/conversation.ts';
import type { MadeService } from '../service/made-service.ts';
import { servedApp, type ServedApp } from './served-app.ts';

const MINUTE = 60_000;

async function served(): Promise<ServedApp & { readonly number: number }> {
  const app = await servedApp();
  await app.service.scan('prod');
  await app.github.webhooks.settled();
  return { ...app, number: app.repository.pulls()[0]!.number };
}

async function pollOnce({ service, host, github }: MadeService): Promise<void> {
  github.clock.advance(MINUTE);
  await service.poll(host.repository);
}

describe('the webhook', () => {
  test('of a review comment is answered in its thread', async () => {
    const app = await served();
    const first = app.ana.reviewComment(app.number, 'is that enough?');
    app.ana.reviewComment(app.number, '/rca explain', first);
    await app.github.webhooks.settled();
    const comments = app.repository.reviewComments(app.number);
    expect(comments.at(-1)).toMatchObject({ author: app.github.botLogin, replyTo: first });
    expect(comments.at(-1)!.body).toContain('OOM');
    expect(comments[1]!.reactions).toEqual([`eyes by ${app.github.botLogin}`]);
    expect(answers(app, app.number)).toEqual([]);
  });

  test('of a review is answered in the conversation', async () => {
    const app = await served();
    app.ana.review(app.number, 'Too little.\n\n/rca set limits.memory=896Mi');
    await app.github.webhooks.settled();
    expect(answers(app, app.number).at(-1)).toContain('is now `896Mi`');
    expect(app.repository.files(app.repository.pull(app.number).head).get('apps/cart.yaml')).toContain(
      '896Mi',
    );
  });

  test('of an issue or pull request that is opened is answered there', async () => {
    const app = await served();
    const issue = app.ana.openIssue('cart is slow', '/rca shop/cart');
    app.ana.push('mine', { 'notes.txt': 'mine' });
    const pull = app.ana.openPull('Notes', 'mine', 'main', { body: '/rca shop/cart' });
    await app.github.webhooks.settled();
    for (const thread of [issue, pull])
      expect(answers(app, thread)).toEqual([expect.stringContaining('OOM')]);
  });

  test('of a ticked box is carried out', async () => {
    const app = await served();
    const { body } = app.repository.pull(app.number);
    app.ana.edit(app.number, {
      body: body.replace('[ ] <!-- faultline:box snooze', '[x] <!-- faultline:box snooze'),
    });
    await app.github.webhooks.settled();
    expect(await app.store.snoozes.list(app.github.clock.now())).toMatchObject([{ by: 'ana' }]);
    expect(app.repository.pull(app.number).body).not.toContain('[x]');
    const { id } = app.delivered('pull_request', 'edited');
    await app.github.webhooks.redeliver(id);
    expect(answers(app, app.number)).toHaveLength(1);
  });

  test.each<[string, (app: ServedApp & { readonly number: number }) => void]>([
    [
      'of a quote in a review',
      ({ ana, number }) => void ana.review(number, '> /rca set limits.memory=896Mi'),
    ],
    [
      'of code in a review comment',
      ({ ana, number }) => void ana.reviewComment(number, '```\n/rca snooze 24h\n```'),
    ],
    ['of a description that quotes', ({ ana }) => void ana.openIssue('x', '> /rca shop/cart')],
    ['of a review without a text', ({ ana, number }) => void ana.review(number, '')],
  ])('%s is left alone', async (_what, act) => {
    const app = await served();
    const comments = () =>
      app.repository.issues().flatMap(({ number }) => answers(app, number)).length +
      app.repository.reviewComments(app.number).filter(({ author }) => author === app.github.botLogin).length;
    act(app);
    await app.github.webhooks.settled();
    expect(comments()).toBe(0);
  });

  test('of a stranger is refused once, in its thread', async () => {
    const app = await served();
    const mallory = app.repository.person('mallory', 'read');
    const first = mallory.reviewComment(app.number, '/rca approve');
    mallory.reviewComment(app.number, '/rca approve', first);
    mallory.openIssue('mine', '/rca shop/cart');
    await app.github.webhooks.settled();
    const own = app.repository
      .reviewComments(app.number)
      .filter(({ author }) => author === app.github.botLogin);
    expect(own).toMatchObject([{ replyTo: first, body: expect.stringContaining('write access') }]);
    expect(app.repository.pull(app.number).autoMerge).toBe(false);
  });
});

describe('polling', () => {
  test('finds review comments, reviews and descriptions, each once', async () => {
    const made = await withPull();
    await pollOnce(made);
    const first = made.ana.reviewComment(made.number, '/rca status');
    made.ana.review(made.number, '/rca explain');
    const issue = made.ana.openIssue('cart is slow', '/rca shop/cart');
    await pollOnce(made);
    await pollOnce(made);
    expect(made.repository.reviewComments(made.number).at(-1)).toMatchObject({ replyTo: first });
    expect(made.repository.reviewComments(made.number)).toHaveLength(2);
    expect(answers(made, made.number)).toEqual([expect.stringContaining('OOM')]);
    expect(answers(made, issue)).toEqual([expect.stringContaining('OOM')]);
  });

  test('is not edited into a command', async () => {
    const made = await withPull();
    await pollOnce(made);
    const comment = made.ana.reviewComment(made.number, 'fine');
    const review = made.ana.review(made.number, 'fine');
    const issue = made.ana.openIssue('cart is slow', 'fine');
    made.github.clock.advance(MINUTE / 2);
    made.ana.editReviewComment(comment, '/rca approve');
    made.ana.editReview(made.number, review, '/rca approve');
    made.ana.edit(issue, { body: '/rca shop/cart' });
    await pollOnce(made);
    expect(made.repository.reviewComments(made.number)).toHaveLength(1);
    expect(answers(made, made.number)).toEqual([]);
    expect(answers(made, issue)).toEqual([]);
  });
});
