import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { appClient } from '../../src/github/tokens.ts';
import { WebhookDeliveries } from '../../src/github/webhook-deliveries.ts';
import { askForMissed, type Missed } from '../../src/service/missed-deliveries.ts';
import type { StandIn, StandInRepository } from '../github/stand-in/interface.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { clockOf } from './on-stand-in.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Made {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly store: Store;
  /** What the receiver answers from now on. */
  answer: number;
  readonly received: string[];
  ask(serves?: (id: number) => boolean): Promise<Missed>;
  /** What GitHub was asked to deliver again. */
  redelivered(): number;
}

async function made(): Promise<Made> {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const store = await openMemoryStore();
  onTestFinished(() => store.close());
  const received: string[] = [];
  const listener: RequestListener = (request, response) => {
    received.push(String(request.headers['x-github-delivery']));
    request.resume();
    request.on('end', () => response.writeHead(one.answer).end());
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  github.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const { appId, privateKey, apiUrl } = github;
  const clock = clockOf(github);
  const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock, writePause: 0 });
  const deliveries = new WebhookDeliveries(client, clock);
  const one: Made = {
    github,
    repository: github.repository('acme/infra'),
    store,
    answer: 200,
    received,
    ask: (serves = () => true) => askForMissed({ deliveries, store, serves, now: github.clock.now() }),
    redelivered: () =>
      github.journal.filter(({ operation }) => operation === 'apps/redeliver-webhook-delivery').length,
  };
  await github.webhooks.settled();
  // Somebody listens from now on.
  await one.ask();
  github.clock.advance(MINUTE);
  return one;
}

async function happen({ github, repository }: Made, count = 1): Promise<void> {
  const ana = github.person('ana', 'write', repository);
  for (let index = 0; index < count; index += 1) ana.openIssue(`issue ${index}`);
  await github.webhooks.settled();
}

test('a webhook that nobody answered is asked for once more, and arrives with its id', async () => {
  const one = await made();
  one.answer = 502;
  await happen(one);
  const id = one.received.at(-1);
  one.answer = 200;
  expect(await one.ask()).toEqual({ asked: 1, isMore: false });
  await one.github.webhooks.settled();
  expect(one.received.filter((each) => each === id)).toHaveLength(2);
  expect(one.github.violations).toEqual([]);
});

test('it is asked for once, also when it fails again, after any time', async () => {
  const one = await made();
  one.answer = 500;
  await happen(one);
  for (let run = 0; run < 5; run += 1) {
    await one.ask();
    await one.github.webhooks.settled();
    one.github.clock.advance(10 * MINUTE);
  }
  expect(one.redelivered()).toBe(1);
});

test('what arrived is not asked for', async () => {
  const one = await made();
  await happen(one, 3);
  expect(await one.ask()).toEqual({ asked: 0, isMore: false });
});

test('what failed and was delivered again by somebody is not asked for', async () => {
  const one = await made();
  one.answer = 500;
  await happen(one);
  one.answer = 200;
  await one.github.webhooks.redeliver(one.received.at(-1)!);
  const { appId, privateKey, apiUrl } = one.github;
  const clock = clockOf(one.github);
  const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock, writePause: 0 });
  // A GitHub that does not know the status lists what arrived too.
  client.octokit.hook.before('request', (request) => void delete request['status']);
  const { found } = await new WebhookDeliveries(client, clock).failedSince(0);
  expect(found).toEqual([]);
});

test('what was handled although GitHub got no answer is not asked for', async () => {
  const one = await made();
  one.answer = 504;
  await happen(one);
  await one.store.handled.add('delivery', one.received.at(-1)!, one.github.clock.now());
  expect(await one.ask()).toEqual({ asked: 0, isMore: false });
});

test.each([400, 413, 415, 422])(
  'what Faultline itself refused with %i would be refused again',
  async (status) => {
    const one = await made();
    one.answer = status;
    await happen(one);
    expect(await one.ask()).toEqual({ asked: 0, isMore: false });
  },
);

test('what is about a repository that is not served is left alone', async () => {
  const one = await made();
  one.answer = 500;
  await happen(one);
  expect(await one.ask(() => false)).toEqual({ asked: 0, isMore: false });
});

test('an event that Faultline does not know is left alone', async () => {
  const one = await made();
  one.answer = 500;
  const { id } = one.repository;
  await one.github.webhooks.send('star', { action: 'created', repository: { id } });
  expect(await one.ask()).toEqual({ asked: 0, isMore: false });
});

test('what failed before the first start is about nothing that was served', async () => {
  const one = await made();
  await one.store.cursors.remove('deliveries');
  one.answer = 500;
  await happen(one);
  one.github.clock.advance(MINUTE);
  expect(await one.ask()).toEqual({ asked: 0, isMore: false });
});

test('a downtime of a day is caught up, fifty at a time', async () => {
  const one = await made();
  one.answer = 503;
  await happen(one, 130);
  one.answer = 200;
  one.github.clock.advance(DAY);
  const asked: number[] = [];
  for (let run = 0; run < 4; run += 1) {
    asked.push((await one.ask()).asked);
    await one.github.webhooks.settled();
    one.github.clock.advance(10 * MINUTE);
  }
  expect(asked).toEqual([50, 50, 30, 0]);
  expect(one.github.violations).toEqual([]);
});

test('what GitHub has forgotten after four days is not waited for', async () => {
  const one = await made();
  one.answer = 503;
  await happen(one, 2);
  one.github.clock.advance(4 * DAY);
  expect(await one.ask()).toEqual({ asked: 0, isMore: false });
});

test('a GitHub that fails in between is asked for the rest the next time', async () => {
  const one = await made();
  one.answer = 503;
  await happen(one, 3);
  one.answer = 200;
  one.github.faults.add({
    when: { operation: 'apps/redeliver-webhook-delivery' },
    after: 1,
    times: 5,
    does: { kind: 'status', status: 502 },
  });
  await expect(one.ask()).rejects.toThrow('502');
  one.github.clock.advance(MINUTE);
  expect(await one.ask()).toEqual({ asked: 2, isMore: false });
});
