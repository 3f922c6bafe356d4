import { describe, expect, test } from 'vitest';
import { deployment } from '../service/made-service.ts';
import { servedApp, type ServedApp } from './served-app.ts';

/** What a test does before webhooks are sent is nothing that the App is told. */
async function quietly<Result>({ github }: ServedApp, act: () => Result): Promise<Result> {
  github.webhooks.hold();
  const result = act();
  await github.webhooks.release(() => []);
  return result;
}

/** Pull requests that Faultline opened. A look at the cluster leads to one. */
function own({ repository, github }: ServedApp): readonly string[] {
  return repository
    .pulls()
    .filter(({ author }) => author === github.botLogin)
    .map(({ title }) => title);
}

const FIX = 'fix(cart): raise memory limit to 768Mi';

describe('a new look at the cluster follows', () => {
  test('a push to the default branch', async () => {
    const app = await servedApp();
    app.ana.push('main', { 'README.md': 'new' });
    await app.github.webhooks.settled();
    expect(own(app)).toEqual([FIX]);
  });

  test('a merge of our pull request', async () => {
    const app = await servedApp();
    await app.service.scan('prod');
    const [pull] = app.repository.pulls();
    app.github.webhooks.hold();
    app.ana.merge(pull!.number);
    app.record('768Mi', 0);
    // The push to the default branch would do it as well.
    await app.github.webhooks.release((held) => held.filter(({ event }) => event === 'pull_request'));
    expect(app.repository.comments(pull!.number)).toMatchObject([{ author: app.github.botLogin }]);
  });

  test('the end of the checks of our branch', async () => {
    const app = await servedApp();
    const head = await quietly(app, () => app.ana.push('faultline/oom-killed/mine', { 'a.txt': 'a' }));
    app.repository.setCheck(head, 'ci', 'success');
    await app.github.webhooks.settled();
    expect(app.delivered('check_suite').status).toBe(200);
    expect(own(app)).toEqual([FIX]);
  });

  test('a commit status of our branch', async () => {
    const app = await servedApp();
    const head = await quietly(app, () => app.ana.push('faultline/oom-killed/mine', { 'a.txt': 'a' }));
    app.repository.setStatus(head, 'ci', 'success');
    await app.github.webhooks.settled();
    expect(own(app)).toEqual([FIX]);
  });
});

describe('no call is made after', () => {
  test.each<[string, (app: ServedApp) => void]>([
    ['a push to another branch', ({ ana }) => ana.push('feature', { 'README.md': 'new' })],
    [
      'the end of the checks of another branch',
      ({ ana, repository }) => repository.setCheck(ana.push('feature', { a: 'a' }), 'ci', 'success'),
    ],
    [
      'a commit status of another branch',
      ({ ana, repository }) => repository.setStatus(ana.push('feature', { a: 'a' }), 'ci', 'success'),
    ],
    [
      'the end of somebody’s pull request',
      ({ ana }) => {
        ana.push('feature', { a: 'a' });
        ana.close(ana.openPull('mine', 'feature'));
      },
    ],
  ])('%s', async (_name, act) => {
    const app = await servedApp();
    const { webhooks, journal } = app.github;
    webhooks.hold();
    act(app);
    await webhooks.release((held) => held.filter(({ action }) => action !== 'opened'));
    expect(webhooks.deliveries.filter(({ status }) => status !== null)).not.toEqual([]);
    expect(journal.filter(({ path }) => path.includes('acme/infra/'))).toEqual([]);
  });

  test('a pull request from a branch in a fork that is named like ours', async () => {
    const app = await servedApp();
    const fork = app.repository.fork('mallory');
    fork.person('mallory', 'admin').push('faultline/oom-killed/cart-1a2b3c4d', { 'a.txt': 'a' });
    const mallory = app.github.person('mallory', 'read');
    const number = mallory.openPull('mine', 'mallory:faultline/oom-killed/cart-1a2b3c4d');
    mallory.close(number);
    await app.github.webhooks.settled();
    expect(app.delivered('pull_request', 'closed').status).toBe(200);
    expect(own(app)).toEqual([]);
  });
});

describe('webhooks out of order', () => {
  test('leave one pull request, and what people did to it', async () => {
    const app = await servedApp();
    const { github, ana, repository } = app;
    await app.service.scan('prod');
    const [pull] = repository.pulls();
    github.webhooks.hold();
    ana.push(pull!.head, { 'apps/cart.yaml': deployment('900Mi') });
    repository.setCheck(pull!.head, 'ci', 'success');
    ana.push('main', { 'README.md': 'new' });
    ana.close(pull!.number);
    await github.webhooks.release((held) => [...held].reverse());
    expect(own(app)).toEqual([FIX]);
    expect(repository.pull(pull!.number).state).toBe('closed');
    expect(app.errors).toEqual([]);
  });

  test('at the same time leave one pull request', async () => {
    const app = await servedApp();
    for (const name of ['a', 'b', 'c', 'd']) app.ana.push('main', { [name]: name });
    await app.github.webhooks.settled();
    expect(own(app)).toEqual([FIX]);
    expect(app.errors).toEqual([]);
  });

  test('many at the same time cost no more calls than two looks', async () => {
    const app = await servedApp();
    const { journal, webhooks } = app.github;
    await app.service.scan('prod');
    const before = journal.length;
    await app.service.nudge(app.repository.slug);
    const look = journal.length - before;
    const [pull] = app.repository.pulls();
    for (let number = 0; number < 8; number += 1)
      app.repository.setCheck(pull!.head, `ci ${number}`, 'success');
    await webhooks.settled();
    expect(journal.length - before - look).toBeLessThanOrEqual(2 * look);
  });
});
