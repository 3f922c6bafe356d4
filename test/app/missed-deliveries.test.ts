import { expect, test } from 'vitest';
import { deliveriesTask } from '../../src/service/tasks.ts';
import { servedApp } from './served-app.ts';

test('a comment whose webhook arrived nowhere is answered after the downtime, once', async () => {
  const app = await servedApp();
  const { github, service, serving, repository, ana } = app;
  const asked = async (): Promise<void> => {
    await service.queue.add(deliveriesTask());
    await service.queue.drain();
    await github.webhooks.settled();
    await service.queue.drain();
  };
  await serving.list();
  await asked();
  github.clock.advance(60_000);

  const issue = ana.openIssue('cart is slow');
  await github.webhooks.settled();
  // Nobody listens while it is written.
  app.listens(false);
  ana.comment(issue, '/rca help');
  await github.webhooks.settled();
  app.listens(true);
  const authors = (): readonly string[] => repository.comments(issue).map(({ author }) => author);
  expect(authors()).toEqual(['ana']);

  await asked();
  expect(authors()).toEqual(['ana', github.botLogin]);
  github.clock.advance(600_000);
  await asked();
  await github.webhooks.redeliver(app.delivered('issue_comment').id);
  await service.queue.drain();
  expect(authors()).toEqual(['ana', github.botLogin]);
  expect(github.violations).toEqual([]);
});
