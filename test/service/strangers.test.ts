import { describe, expect, test } from 'vitest';
import { answers, commented, say, withPull, type WithPull } from './conversation.ts';
import { madeService } from './made-service.ts';

/** All that an order could have changed. */
async function state({ repository, store, github, number }: WithPull): Promise<unknown> {
  return {
    pulls: repository.pulls(),
    issues: repository.issues(),
    branches: repository.branches().map((branch) => [branch, repository.head(branch)]),
    snoozes: await store.snoozes.list(github.clock.now()),
    ignores: await store.ignores.list(),
    reactions: repository.comments(number).flatMap(({ reactions }) => reactions),
  };
}

const ORDERS = [
  'approve',
  'approve HEAD',
  'set limits.memory=640Mi',
  'snooze 24h',
  'ignore "known"',
  'retry',
  'revert',
  'shop/cart',
  'help',
];

describe('a comment of somebody', () => {
  test('without write access does nothing, whatever it orders', async () => {
    const made = await withPull();
    const { headSha } = made.repository.pull(made.number);
    const before = await state(made);
    for (const permission of ['read', 'triage', 'none'] as const)
      for (const order of ORDERS) {
        const mallory = made.repository.person(`mallory-${permission}`, permission);
        await say(made, made.number, mallory, `/rca ${order.replace('HEAD', headSha)}`);
      }
    expect(await state(made)).toEqual(before);
  });

  test('without write access is told once in a thread that it orders nothing', async () => {
    const made = await madeService();
    const [one, other] = [made.ana.openIssue('cart is slow'), made.ana.openIssue('so is web')];
    const mallory = made.repository.person('mallory', 'read');
    for (const thread of [one, one, other])
      for (const order of ORDERS) await say(made, thread, mallory, `/rca ${order}`);
    for (const thread of [one, other])
      expect(answers(made, thread)).toEqual([
        expect.stringContaining('only from people with write access to this repository'),
      ]);
  });

  test('who lost write access meanwhile orders nothing', async () => {
    const made = await madeService();
    const issue = made.ana.openIssue('cart is slow');
    expect(await say(made, issue, made.ana, '/rca status')).toMatchObject({ kind: 'answered' });
    made.repository.person('ana', 'read');
    expect(await say(made, issue, made.ana, '/rca status')).toMatchObject({ kind: 'no-permission' });
  });
});

const NO_COMMANDS: Readonly<Record<string, string>> = {
  'a quote': '> /rca snooze 24h',
  'a quote that goes on without its sign': '> Somebody wrote\n/rca snooze 24h',
  code: '```\n/rca snooze 24h\n```',
  'code that is never closed': '~~~\n/rca snooze 24h',
  'indented code': 'Try\n\n    /rca snooze 24h',
  'a hidden comment': '<!--\n/rca snooze 24h\n-->',
  'a folded section': '<details><summary>log</summary>\n\n/rca snooze 24h\n\n</details>',
  'a word within a line': 'please /rca snooze 24h',
  'a longer word': '/rcasnooze 24h',
};

describe('no command is', () => {
  test('what is not said openly, at the start of a line', async () => {
    const made = await withPull();
    const obeyed: string[] = [];
    for (const [name, body] of Object.entries(NO_COMMANDS)) {
      const response = await say(made, made.number, made.ana, body);
      if (response?.kind !== 'ignored' || response.why !== 'no-command') obeyed.push(name);
    }
    expect(obeyed).toEqual([]);
    expect(answers(made, made.number)).toEqual([]);
    expect(await made.store.snoozes.list(made.github.clock.now())).toEqual([]);
  });

  test('what was edited, perhaps by somebody else', async () => {
    const made = await madeService();
    const issue = made.ana.openIssue('cart is slow');
    const comment = commented(made.github, issue, made.ana, '/rca shop/cart');
    const updatedAt = comment.createdAt + 1000;
    expect(await made.service.comment(made.repository.slug, { ...comment, updatedAt })).toEqual({
      kind: 'ignored',
      why: 'edited',
    });
    expect(answers(made, issue)).toEqual([]);
  });

  test('what Faultline writes itself', async () => {
    const made = await madeService();
    const issue = made.ana.openIssue('cart is slow');
    const itself = made.repository.person(made.github.botLogin, 'admin');
    expect(await say(made, issue, itself, '/rca shop/cart')).toEqual({ kind: 'ignored', why: 'bot' });
  });
});
