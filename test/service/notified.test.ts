import { expect, onTestFinished, test } from 'vitest';
import { InProcessQueue } from '../../src/queue/in-process.ts';
import type { ServeTasks } from '../../src/service/tasks.ts';
import { notifyTask } from '../../src/service/tasks.ts';
import { Told } from '../notifications/told.ts';
import { madeService } from './made-service.ts';

test('an incident, its pull request, and its end are told from what the service records', async () => {
  const made = await madeService({});
  const told = await Told.onStore(made.store);
  await made.service.scan('prod');
  await told.run(1);
  expect(told.chat.received.map(({ body }) => body)).toMatchObject([
    {
      event: 'proposed',
      incident: {
        rule: 'oom-killed',
        object: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
        site: { file: 'apps/cart.yaml', line: 14 },
        pullRequest: { number: made.repository.pulls()[0]!.number },
      },
    },
  ]);
  made.ana.close(made.repository.pulls()[0]!.number);
  await made.service.scan('prod');
  await told.run(1);
  expect(await made.store.stories.list()).toMatchObject([{ outcome: 'closed' }]);
});

test('a service that does not answer delays no other task', async () => {
  const told = await Told.with();
  told.chat.replies.push({ answer: 'never' });
  await told.proposed();
  told.now += 60_000;
  const queue = new InProcessQueue<ServeTasks>({ now: () => told.now });
  let reconciled = 0;
  const ignored = async (): Promise<void> => undefined;
  queue.start({
    ...({} as Parameters<typeof queue.start>[0]),
    notify: async ({ route }) => {
      if (route !== null) return void (await told.notifications.deliver(route));
      await told.notifications.fill();
      await queue.add(notifyTask('oncall'));
    },
    reconcile: async () => void (reconciled += 1),
    watch: ignored,
  });
  onTestFinished(() => void queue.stop().catch(() => undefined));
  await queue.add(notifyTask(null));
  await told.chat.arrived(1);
  await queue.add({ name: 'reconcile', key: 'reconcile a', queue: 'a', payload: { repository: 'a' } });
  await new Promise((resolve) => setImmediate(resolve));
  expect(reconciled).toBe(1);
});
