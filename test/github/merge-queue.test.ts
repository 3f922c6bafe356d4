import { describe, expect, test } from 'vitest';
import { hasPassed } from '../../src/github/required-checks.ts';
import { madeHost, PROPOSAL, proposed, type MadeHost } from './made-host.ts';
import type { Protection } from './stand-in/interface.ts';

interface Opened extends MadeHost {
  readonly number: number;
  readonly head: string;
}

async function opened(
  protection: Protection,
  options: { readonly allowAutoMerge?: boolean } = {},
): Promise<Opened> {
  const made = await madeHost(options);
  const head = await proposed(made);
  made.repository.protect('main', protection);
  const pull = await made.host.openPullRequest(PROPOSAL);
  if (pull === 'exists') throw new Error('there is one already');
  return { ...made, number: pull.number, head };
}

const QUEUE: Protection = { checks: ['render'], mergeQueue: true, through: 'ruleset' };

describe('a pull request into a branch with a merge queue', () => {
  test('is queued by auto-merge once its checks have passed', async () => {
    const { host, repository, number, head } = await opened(QUEUE);
    expect(await host.enableAutoMerge(number, head)).toBe('enabled');
    expect(await host.queueState(number)).toBe('not-queued');
    repository.setCheck(head, 'render', 'success');
    expect(repository.pull(number)).toMatchObject({ autoMerge: false, isQueued: true });
    expect(await host.queueState(number)).toBe('queued');
    expect(await host.enableAutoMerge(number, head)).toBe('enabled');
    repository.processQueue('merge');
    expect(repository.pull(number).state).toBe('merged');
  });

  test.each([
    ['GitHub has nothing to wait for', {}],
    ['the repository allows no auto-merge', { allowAutoMerge: false }],
  ])('is queued at once when %s', async (_when, options) => {
    const { host, repository, number, head } = await opened(QUEUE, options);
    repository.setCheck(head, 'render', 'success');
    expect(await host.enableAutoMerge(number, head)).toBe('enabled');
    expect(repository.pull(number).isQueued).toBe(true);
  });

  test('is not queued while a check is missing and the repository allows no auto-merge', async () => {
    const { host, repository, number, head } = await opened(QUEUE, { allowAutoMerge: false });
    expect(await host.enableAutoMerge(number, head)).toMatchObject({
      refused: expect.stringContaining('render'),
    });
    expect(repository.pull(number).isQueued).toBe(false);
  });

  test('is not queued at another commit', async () => {
    const { host, repository, number, head } = await opened(QUEUE);
    repository.setCheck(head, 'render', 'success');
    expect(await host.enableAutoMerge(number, repository.head()!)).toMatchObject({
      refused: expect.stringContaining('expected head'),
    });
    expect(repository.pull(number).isQueued).toBe(false);
  });

  test('leaves the queue when that is taken back', async () => {
    const { host, repository, number, head } = await opened(QUEUE);
    repository.setCheck(head, 'render', 'success');
    await host.enableAutoMerge(number, head);
    await host.disableAutoMerge(number);
    expect(repository.pull(number)).toMatchObject({ isQueued: false, state: 'open' });
    await host.disableAutoMerge(number);
    expect(await host.queueState(number)).toBe('not-queued');
  });

  test('is queued once when the answer gets lost', async () => {
    const { host, github, repository, number, head } = await opened(QUEUE);
    repository.setCheck(head, 'render', 'success');
    github.faults.add({ when: { operation: 'enqueuePullRequest' }, does: { kind: 'drop', effect: true } });
    expect(await host.enableAutoMerge(number, head)).toBe('enabled');
    expect(repository.pull(number).isQueued).toBe(true);
  });
});

test('without a merge queue nothing is queued', async () => {
  const { host, repository, number, head } = await opened({ checks: ['render'] });
  repository.setCheck(head, 'render', 'success');
  expect(await host.enableAutoMerge(number, head)).toBe('clean');
  expect(await host.queueState(number)).toBe('no-queue');
  expect(repository.pull(number).isQueued).toBe(false);
});

test('a server that knows no merge queues has none', async () => {
  const { host, github, number } = await opened({ checks: ['render'] });
  github.faults.add({
    when: { kind: 'graphql' },
    does: {
      kind: 'answer',
      status: 200,
      body: { errors: [{ message: "Field 'isMergeQueueEnabled' doesn't exist on type 'PullRequest'" }] },
    },
  });
  expect(await host.queueState(number)).toBe('no-queue');
});

describe('required checks of rulesets', () => {
  test.each<[string, Protection, readonly string[]]>([
    ['workflows', { workflows: ['.github/workflows/render.yml'] }, ['workflow .github/workflows/render.yml']],
    ['code scanning', { codeScanning: ['CodeQL'] }, ['code scanning by CodeQL']],
    ['checks beside a merge queue', { checks: ['render'], mergeQueue: true }, ['render']],
    ['a merge queue alone', { mergeQueue: true }, []],
    ['deployments alone', { deployments: ['staging'] }, []],
  ])('that are %s', async (_what, protection, expected) => {
    const { host, repository } = await madeHost();
    repository.protect('main', { ...protection, through: 'ruleset' });
    expect(await host.requiredChecks('main')).toEqual(expected);
    expect(await host.requiredApprovals('main')).toBe(0);
  });
});

describe('whether a required check has passed', () => {
  const workflow = 'workflow .github/workflows/render.yml';

  test.each<[string, readonly string[], Readonly<Record<string, string>>, boolean]>([
    ['it has', ['render'], { render: 'success' }, true],
    ['another one has', ['render'], { lint: 'success' }, false],
    ['it failed', ['render'], { render: 'failure' }, false],
    ['any check stands for a workflow', [workflow], { 'render / linux': 'success' }, true],
    ['a failed one does not', [workflow], { 'render / linux': 'failure' }, false],
    ['nothing has run', [workflow], {}, false],
    ['nothing is required', [], { lint: 'success' }, false],
  ])('%s', (_what, required, conclusions, expected) => {
    expect(hasPassed(required, new Map(Object.entries(conclusions)))).toBe(expected);
  });
});
