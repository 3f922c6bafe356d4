import { describe, expect, onTestFinished, test } from 'vitest';
import { enterpriseNotice } from '../../src/commands/enterprise-notice.ts';
import { appClient } from '../../src/github/tokens.ts';
import { WebhookDeliveries } from '../../src/github/webhook-deliveries.ts';
import { askForMissed } from '../../src/service/missed-deliveries.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { clockOf } from '../service/on-stand-in.ts';
import { madeHost, PROPOSAL, proposed, type MadeHost } from './made-host.ts';
import type { Protection } from './stand-in/interface.ts';
import { startGitHub } from './stand-in/start.ts';

async function opened(
  enterprise: string,
  protection: Protection,
): Promise<MadeHost & { number: number; head: string }> {
  const made = await madeHost({ standIn: { enterprise } });
  const head = await proposed(made);
  made.repository.protect('main', protection);
  const pull = await made.host.openPullRequest(PROPOSAL);
  if (pull === 'exists') throw new Error('there is one already');
  return { ...made, number: pull.number, head };
}

const BY_RULESET: Protection = { checks: ['render'], approvals: 1, through: 'ruleset' };
const CLASSIC: Protection = { checks: ['render'], approvals: 1 };

describe.each(['3.11', '3.19'])('on GitHub Enterprise Server %s', (enterprise) => {
  test('proposals are made, and auto-merged when their checks pass', async () => {
    const { host, repository, number, head } = await opened(enterprise, { checks: ['render'] });
    expect(await host.requiredChecks('main')).toEqual(['render']);
    expect(await host.enableAutoMerge(number, head)).toBe('enabled');
    repository.setCheck(head, 'render', 'success');
    expect(repository.pull(number).state).toBe('merged');
  });

  test.each([
    ['rulesets', BY_RULESET],
    ['branch protection', CLASSIC],
  ])('checks and approvals that %s require are known', async (_through, protection) => {
    const { host } = await opened(enterprise, protection);
    expect(await host.requiredChecks('main')).toEqual(['render']);
    expect(await host.requiredApprovals('main')).toBe(1);
  });

  test('no rate limit is told, and none is made up', async () => {
    const { host, clock, github } = await opened(enterprise, CLASSIC);
    const slept = clock.slept.length;
    for (let call = 0; call < 20; call += 1) await host.branchHead('main');
    expect(clock.slept).toHaveLength(slept);
    expect(github.journal.every(({ status }) => status !== 403)).toBe(true);
  });

  test('a limit that its administrator set is kept', async () => {
    const { host, clock, github } = await opened(enterprise, CLASSIC);
    github.faults.add({ does: { kind: 'secondary-limit', retryAfter: 30 } });
    await host.branchHead('main');
    expect(clock.slept.at(-1)).toBe(30_000);
  });
});

test('before 3.12 there is no merge queue', async () => {
  const { host, number } = await opened('3.11', CLASSIC);
  expect(await host.queueState(number)).toBe('no-queue');
});

test('from 3.12 on there may be one', async () => {
  const { host, number } = await opened('3.12', { ...BY_RULESET, mergeQueue: true });
  expect(await host.queueState(number)).toBe('not-queued');
});

test('before 3.11, what rulesets require is unknown and not none', async () => {
  const { host } = await opened('3.10', BY_RULESET);
  expect(await host.requiredChecks('main')).toEqual([]);
  expect(await host.requiredApprovals('main')).toBeNull();
});

test.each(['3.11', '3.17'])(
  'deliveries that failed are found on %s, whether or not it knows the filter',
  async (enterprise) => {
    const github = await startGitHub({ enterprise });
    onTestFinished(() => github.close());
    const repository = github.repository('acme/infra');
    const { appId, privateKey, apiUrl } = github;
    github.deliverTo('http://127.0.0.1:1/');
    github.person('ana', 'write', repository).openIssue('nobody hears it');
    await github.webhooks.settled();
    const clock = clockOf(github);
    const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock, writePause: 0 });
    const { found, isWhole } = await new WebhookDeliveries(client, clock).failedSince(0);
    expect(found.map(({ event, repository: id }) => [event, id])).toContainEqual(['issues', repository.id]);
    expect(isWhole).toBe(true);
    expect(github.violations).toEqual([]);
  },
);

test.each([
  ['3.10', 'GitHub Enterprise Server 3.10.4 has no rules of branches'],
  ['3.11', null],
  ['3.19', null],
  [undefined, null],
])(
  'whoever starts on %s is told what an old server lacks, and nothing of any other',
  async (enterprise, said) => {
    const github = await startGitHub(enterprise === undefined ? {} : { enterprise });
    onTestFinished(() => github.close());
    const { appId, privateKey, apiUrl } = github;
    const notice = await enterpriseNotice(
      appClient({ appId, privateKey, baseUrl: apiUrl, clock: clockOf(github) }),
    );
    if (said === null) expect(notice).toBeNull();
    else expect(notice).toContain(said);
  },
);

test('a server that does not answer when Faultline starts is not called old', async () => {
  const github = await startGitHub({ enterprise: '3.10' });
  onTestFinished(() => github.close());
  const { appId, privateKey, apiUrl } = github;
  github.faults.add({ does: { kind: 'status', status: 503 } });
  const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock: clockOf(github) });
  expect(await enterpriseNotice(client)).toBeNull();
});

test('a server without a list of deliveries fails as one that cannot be asked, and changes nothing', async () => {
  const github = await startGitHub({ enterprise: '3.11' });
  onTestFinished(() => github.close());
  const { appId, privateKey, apiUrl } = github;
  const clock = clockOf(github);
  const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock, writePause: 0 });
  github.faults.add({
    when: { operation: 'apps/list-webhook-deliveries' },
    does: { kind: 'answer', status: 404, body: { message: 'Not Found' } },
  });
  const store = await openMemoryStore();
  onTestFinished(() => store.close());
  const deliveries = new WebhookDeliveries(client, clock);
  const asked = askForMissed({ deliveries, store, serves: () => true, now: github.clock.now() });
  await expect(asked).rejects.toMatchObject({ name: 'HostError', status: 404 });
  expect(await store.cursors.get('deliveries')).toBeNull();
});

test('auto-merge is no error where GraphQL does not know it', async () => {
  const { host, github, number, head } = await opened('3.11', CLASSIC);
  github.faults.add({
    when: { operation: 'enablePullRequestAutoMerge' },
    does: {
      kind: 'answer',
      status: 200,
      body: { errors: [{ message: "Field 'enablePullRequestAutoMerge' doesn't exist on type 'Mutation'" }] },
    },
  });
  expect(await host.enableAutoMerge(number, head)).not.toBe('enabled');
});
