import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/github/host.ts';
import { GivenCommands } from '../../src/service/given-commands.ts';
import { checkChain } from '../../src/store/check-chain.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { all, opened } from '../store/contract/open.ts';
import { command } from '../store/records.ts';
import { answers, commented, withPull, type WithPull } from './conversation.ts';

const MINUTE = 60_000;

/** Somebody writes each of these, one minute after the other, and the service hears of all of them at once. */
async function sayAtOnce(made: WithPull, ...orders: readonly string[]): Promise<void> {
  const comments = orders.map((order) => {
    made.github.clock.advance(MINUTE);
    return commented(made.github, made.number, made.ana, `/rca ${order}`);
  });
  await Promise.all(comments.map((comment) => made.service.hear(made.repository.slug, comment)));
  await made.service.queue.drain();
}

async function linesIn({ store }: WithPull): Promise<readonly string[]> {
  const records = await all(store.audit.records());
  expect(await checkChain(records)).toMatchObject({ intact: true });
  return records.flatMap(({ kind, payload }) =>
    kind === 'command' ? [(JSON.parse(payload) as { readonly line: string }).line] : [],
  );
}

describe('at the same time', () => {
  test('two comments are both carried out and recorded, once each', async () => {
    const made = await withPull();
    await sayAtOnce(made, 'snooze 24h first', 'snooze 7d second', 'undo');
    const { store, github } = made;
    const snoozes = await store.snoozes.list(github.clock.now());
    expect(snoozes.map(({ reason }) => reason)).toEqual(['first']);
    expect(await linesIn(made)).toEqual(['/rca snooze 24h first', '/rca snooze 7d second', '/rca undo']);
    const known = await store.commands.list(made.repository.slug, made.number);
    expect(known.map(({ isTakenBack }) => isTakenBack)).toEqual([false, true]);
  });

  test('one comment that is told twice is answered once', async () => {
    const made = await withPull();
    const comment = commented(made.github, made.number, made.ana, '/rca snooze 24h');
    const told = () => made.service.hear(made.repository.slug, comment);
    await Promise.all([told(), told()]);
    await made.service.queue.drain();
    expect(answers(made, made.number)).toHaveLength(1);
    expect(await linesIn(made)).toEqual(['/rca snooze 24h']);
  });

  test('a scan and a command leave what the command asked for, in one pull request', async () => {
    const made = await withPull();
    const { service, repository, number } = made;
    await Promise.all([
      service.scan('prod'),
      sayAtOnce(made, 'set limits.memory=640Mi'),
      service.scan('prod'),
    ]);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
    const text = repository.files(repository.pull(number).head).get('apps/cart.yaml');
    expect(text).toContain('memory: 640Mi');
    expect(answers(made, number).join('\n')).toContain('640Mi');
    expect(made.errors).toEqual([]);
  });

  test('a scan does not forget what an approval notes about the same proposal', async () => {
    const made = await withPull({}, { checks: ['ci'] });
    const { service, repository, number, store } = made;
    const { headSha } = repository.pull(number);
    await Promise.all([service.scan('prod'), sayAtOnce(made, `approve ${headSha}`), service.scan('prod')]);
    expect(await store.proposals.byPullRequest(repository.slug, number)).toMatchObject({
      approved: { head: headSha, by: 'ana' },
      state: 'open',
    });
  });
});

test('a command that is taken back while comments are read stays taken back', async () => {
  const store = await opened(openMemoryStore);
  const undone = command('501/0', 1_000, { by: 'ana', isTakenBack: true });
  const comment = { author: 'ana', isBot: false, createdAt: 1_000, updatedAt: 1_000, url: '' };
  const host: Partial<Host> = {
    repository: undone.repository,
    login: 'faultline[bot]',
    permission: async () => 'write',
    reviewComments: async () => [],
    comments: async () => {
      await store.commands.save(undone);
      const answer = '<!-- faultline:answer comment=501 state=done outcomes=done -->';
      return [
        { ...comment, id: 501, body: '/rca set spec.maxReplicas=16' },
        { ...comment, id: 502, author: 'faultline[bot]', isBot: true, body: answer },
      ];
    },
  };
  const given = new GivenCommands(host as Host, store);
  expect(await given.in(undone.thread)).toEqual([undone]);
});
