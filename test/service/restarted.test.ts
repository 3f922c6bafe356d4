import { expect, test } from 'vitest';
import { madeService } from './made-service.ts';

test('an order that comes before the first look after a start is carried out', async () => {
  const before = await madeService();
  await before.service.scan('prod');
  const { service, repository, ana, github } = await before.startAgain(before.store);
  const { number, head } = repository.pulls()[0]!;
  const body = '/rca set limits.memory=640Mi';
  const id = ana.comment(number, body);
  const createdAt = github.clock.now();
  const comment = { thread: number, id, author: 'ana', isBot: false, body, createdAt, updatedAt: createdAt };
  expect(await service.comment(repository.slug, comment)).toMatchObject({ outcomes: ['done'] });
  expect(repository.files(head).get('apps/cart.yaml')).toContain('640Mi');
});
