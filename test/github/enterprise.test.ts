import { describe, expect, onTestFinished, test } from 'vitest';
import { appClient } from '../../src/github/tokens.ts';
import { WebhookDeliveries } from '../../src/github/webhook-deliveries.ts';
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
