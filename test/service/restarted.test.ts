import { expect, test } from 'vitest';
import type { IncomingComment } from '../../src/chatops/respond.ts';
import { commented } from './conversation.ts';
import { madeService, type MadeService } from './made-service.ts';

function said({ repository, ana, github }: MadeService, body: string): IncomingComment {
  return commented(github, repository.pulls()[0]!.number, ana, body);
}

test('an order that comes before the first look after a start is carried out', async () => {
  const before = await madeService();
  await before.service.scan('prod');
  const made = await before.startAgain(before.store);
  const order = said(made, '/rca set limits.memory=640Mi');
  expect(await made.service.comment(made.repository.slug, order)).toMatchObject({ outcomes: ['done'] });
  const { head } = made.repository.pulls()[0]!;
  expect(made.repository.files(head).get('apps/cart.yaml')).toContain('640Mi');
});

test('an order that GitHub did not let be answered is answered after the next look', async () => {
  const made = await madeService();
  const { service, repository, github } = made;
  await service.scan('prod');
  const order = said(made, '/rca explain');
  github.faults.add({ times: 5, does: { kind: 'status', status: 503 } });
  await expect(service.comment(repository.slug, order)).rejects.toThrow('503');
  await service.scan('prod');
  await service.scan('prod');
  const authors = repository.comments(order.thread).map(({ author }) => author);
  expect(authors).toEqual(['ana', github.botLogin]);
});

test('an order that could not be answered before a restart is answered after it, once', async () => {
  const before = await madeService();
  const { github, repository } = before;
  await before.service.scan('prod');
  const order = said(before, '/rca explain');
  github.faults.add({ times: 5, does: { kind: 'status', status: 503 } });
  await expect(before.service.comment(repository.slug, order)).rejects.toThrow('503');
  github.faults.clear();
  const made = await before.startAgain(before.store);
  await made.service.scan('prod');
  await made.service.scan('prod');
  const authors = repository.comments(order.thread).map(({ author }) => author);
  expect(authors).toEqual(['ana', github.botLogin]);
  expect(await before.store.unanswered.list(repository.slug)).toEqual([]);
});

test('an order that was edited while it waited for its answer is no order any more', async () => {
  const made = await madeService();
  const { github, repository, ana } = made;
  await made.service.scan('prod');
  const order = said(made, '/rca explain');
  github.faults.add({ times: 5, does: { kind: 'status', status: 503 } });
  await expect(made.service.comment(repository.slug, order)).rejects.toThrow('503');
  github.faults.clear();
  github.clock.advance(60_000);
  ana.editComment(order.id, '/rca snooze 24h');
  await made.service.scan('prod');
  expect(repository.comments(order.thread).map(({ author }) => author)).toEqual(['ana']);
  expect(await made.store.unanswered.list(repository.slug)).toEqual([]);
});

test('an order is carried out although somebody pushes meanwhile', async () => {
  const made = await madeService();
  const { service, repository, github, ana } = made;
  await service.scan('prod');
  const order = said(made, '/rca set limits.memory=640Mi');
  const act = (): void => void ana.push('main', { 'README.md': 'pushed meanwhile\n' });
  github.faults.add({ when: { operation: 'git/get-ref' }, does: { kind: 'race', act } });
  expect(await service.comment(repository.slug, order)).toMatchObject({ outcomes: ['done'] });
});
