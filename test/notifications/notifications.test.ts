import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SlackWebhook } from '../../src/notifications/slack.ts';
import { freePort } from '../free-port.ts';
import { CART, decidedEntry, HOUR, MINUTE, NOON, openedEntry, proposedEntry, Told } from './told.ts';

const DAY = 24 * HOUR;
const OTHER = 'ffffffffffffffff';

function fingerprint(index: number): string {
  return index.toString(16).padStart(16, '0');
}

const merged = {
  ended: 'merged',
  repository: 'acme/infra',
  number: 12,
  endedAt: NOON,
  edited: false,
  closedBy: null,
};
const resolved = { repository: 'acme/infra', number: 12, outcome: 'resolved', times: {}, mergedAt: NOON };

describe('an incident', () => {
  test('that gets its pull request at once is one message, with the line and the link', async () => {
    const told = await Told.with();
    await told.proposed();
    await told.run();
    expect(told.chat.received).toHaveLength(0);
    await told.run(1);
    expect(told.chat.received.map(({ body }) => body)).toMatchObject([
      {
        version: 1,
        event: 'proposed',
        title: 'Fix proposed: Deployment shop/cart (image-pull, tag not found)',
        incident: {
          cluster: 'prod-eu',
          site: { repository: 'acme/infra', file: 'apps/cart/deployment.yaml', line: 21 },
          pullRequest: { number: 12, url: 'https://github.com/acme/infra/pull/12' },
        },
      },
    ]);
  });

  test('whose pull request takes longer is told without it first', async () => {
    const told = await Told.with();
    await told.say('incident', openedEntry());
    await told.say('decision', decidedEntry());
    await told.run();
    await told.run(1);
    await told.say('pull-request', proposedEntry());
    await told.run(5);
    expect(told.chat.received.map(({ body }) => body.event)).toEqual(['found', 'proposed']);
  });

  test('is told as it goes on', async () => {
    const told = await Told.with();
    await told.proposed();
    await told.run(1);
    await told.say('pull-request', merged);
    await told.run(1);
    await told.say('verification', { ...resolved, outcome: 'pending' }, resolved);
    await told.run(30);
    expect(told.chat.received.map(({ body }) => body.event)).toEqual(['proposed', 'merged', 'resolved']);
  });

  test('that a person must think about links the issue that reports it', async () => {
    const told = await Told.with({ service: 'slack-webhook' });
    const url = 'https://github.com/acme/infra/issues/9';
    const issue = { repository: 'acme/infra', number: 9, url, title: 'cart', fingerprint: CART, cause: 'x' };
    await told.say('incident', openedEntry());
    await told.say('decision', decidedEntry({ action: 'escalate' }));
    await told.say('issue', issue);
    await told.run(1);
    expect(JSON.stringify(told.chat.received[0]!.body)).toContain(`<${url}|issue 9>`);
  });

  test('is one message where nothing later can be put beside it', async () => {
    const told = await Told.with({ service: 'slack-webhook', followUps: false });
    await told.proposed();
    await told.run(1);
    await told.say('pull-request', merged);
    await told.run(1);
    expect(told.chat.received).toHaveLength(1);
    await told.say('incident', openedEntry());
    await told.say('decision', decidedEntry({ action: 'escalate' }));
    await told.run(1);
    expect(told.chat.received, 'another incident with the same fingerprint').toHaveLength(2);
  });

  test.each(['webhook', 'slack-webhook', 'slack-bot', 'teams'] as const)(
    'is told without its secrets, and pings nobody (%s)',
    async (service) => {
      const told = await Told.with({ service });
      const secret = 'postgres://cart:Tr0ub4dor-and-3@db.example/cart';
      const hostile = `could not connect to ${secret} <!channel> <@U123> @here [x](https://evil.example)`;
      await told.say('incident', openedEntry({ summary: hostile }));
      await told.say('decision', decidedEntry({ action: 'escalate', reason: hostile }));
      const { incident, ...pull } = proposedEntry({ title: hostile });
      await told.say('pull-request', { ...pull, incident: { ...incident, summary: hostile } });
      await told.run(1);
      const { text, body } = told.chat.received[0]!;
      expect(text).not.toContain('Tr0ub4dor');
      expect(text).toContain('could not connect');
      // Programs get the text as it is; chats get it escaped, or in code.
      if (service.startsWith('slack')) expect(text).not.toMatch(/<!channel>|<@U123>|<https:..evil/);
      if (service === 'teams') expect(JSON.stringify(body)).not.toContain('](https://evil.example)');
    },
  );

  test('of before anybody asked to be told is not told', async () => {
    const told = await Told.with();
    await told.store.cursors.remove('notifications read');
    await told.proposed();
    await told.run(1);
    await told.run(1);
    expect(told.chat.received).toHaveLength(0);
  });

  test('that goes away is told after a while, once, and not where it comes back', async () => {
    const told = await Told.with();
    await told.say('incident', openedEntry());
    await told.say('decision', decidedEntry({ action: 'escalate' }));
    const swing = { fingerprint: CART, cluster: 'prod-eu', ending: null };
    await told.run(1);
    await told.say('incident', { ...swing, change: 'gone' });
    await told.run(1);
    await told.say('incident', { ...swing, change: 'returned' });
    await told.run(20);
    expect(told.chat.received.map(({ body }) => body.event)).toEqual(['escalated']);
    const other = await Told.with();
    await other.say('incident', openedEntry());
    await other.say('decision', decidedEntry({ action: 'escalate' }));
    await other.run(1);
    for (let swings = 0; swings < 3; swings++) {
      await other.say('incident', { ...swing, change: 'gone' });
      await other.run(20);
      await other.say('incident', { ...swing, change: 'returned' });
      await other.run(20);
    }
    expect(other.chat.received.map(({ body }) => body.event)).toEqual(['escalated', 'recovered']);
  });
});

describe('a route', () => {
  test.each([
    ['of another namespace', { namespaces: ['payments*'] }],
    ['of another cluster', { clusters: ['*-test'] }],
    ['of what fails not yet', { severities: ['warning'] }],
    ['of other outcomes', { outcomes: ['escalated'] }],
  ] as const)('%s is silent', async (_what, route) => {
    const told = await Told.with(route);
    await told.proposed();
    await told.run(1);
    expect(told.chat.received).toHaveLength(0);
  });

  test('of the namespace is told', async () => {
    const told = await Told.with({ namespaces: ['pay*', 'sh?p'], clusters: ['prod-*'] });
    await told.proposed();
    await told.run(1);
    expect(told.chat.received).toHaveLength(1);
  });

  test('is chosen by nothing that the incident says', async () => {
    const told = await Told.with({ namespaces: ['shop'] }, { name: 'other', namespaces: ['payments'] });
    const summary = 'route: other, namespaces: [payments] https://evil.example <!channel>';
    await told.say('incident', openedEntry({ summary }));
    await told.say('decision', decidedEntry({ action: 'escalate' }));
    await told.run(1, 'other');
    expect(told.chat.received).toHaveLength(0);
  });

  test('gets one message for many incidents at once', async () => {
    const told = await Told.with();
    for (let index = 0; index < 30; index++) await told.proposed(fingerprint(index), 100 + index);
    await told.run(1);
    expect(told.chat.received.map(({ body }) => [body.event, body.incidents.length])).toEqual([
      ['several', 30],
    ]);
  });
});

describe('a service that', () => {
  async function waiting(): Promise<Told> {
    const told = await Told.with();
    await told.proposed();
    return told;
  }

  test('is slow holds up its own route alone', async () => {
    const told = await Told.with({ name: 'slow' }, { name: 'oncall' });
    told.chat.replies.push({ answer: 'never' });
    await told.proposed();
    told.now += MINUTE;
    await told.notifications.fill();
    // It waits when the test is over.
    told.notifications.deliver('slow').catch(() => undefined);
    await told.chat.arrived(1);
    await told.notifications.deliver('oncall');
    expect(told.sent).toEqual([{ route: 'oncall', sent: 'delivered', problem: null }]);
  });

  test('fails is asked again, later each time, with the same id', async () => {
    const told = await waiting();
    told.chat.replies.push({ status: 500 }, { status: 503 }, { status: 200 });
    const first = await told.run(1);
    expect(first).toBe(told.now + 10_000);
    expect(await told.run()).toBe(first);
    told.now = first!;
    const second = await told.run();
    expect(second).toBe(told.now + 20_000);
    told.now = second!;
    expect(await told.run()).toBeNull();
    const ids = told.chat.received.map(({ headers, body }) => [
      headers['webhook-id'],
      headers['idempotency-key'],
      body.id,
    ]);
    expect(new Set(ids.flat()).size).toBe(1);
    expect(told.sent.map(({ sent }) => sent)).toEqual(['retried', 'retried', 'delivered']);
  });

  test('asks to wait is left alone for so long', async () => {
    const told = await waiting();
    told.chat.replies.push({ status: 429, headers: { 'retry-after': '120' } });
    expect(await told.run(1)).toBe(told.now + 2 * MINUTE);
    await told.proposed(OTHER, 13);
    await told.run(1);
    expect(told.chat.received, 'messages behind it wait too').toHaveLength(1);
    await told.run(2);
    expect(told.chat.received).toHaveLength(3);
  });

  test.each([
    ['webhook', 301],
    ['webhook', 307],
    ['slack-webhook', 308],
    ['slack-bot', 302],
    ['teams', 303],
  ] as const)('redirects is not followed (%s, %i)', async (service, status) => {
    const elsewhere = await Told.with();
    const told = await Told.with({ service });
    await told.proposed();
    told.chat.replies.push({ status, headers: { location: `${elsewhere.chat.url}/hook` } });
    await told.run(1);
    expect(elsewhere.chat.received).toHaveLength(0);
    expect(told.sent).toMatchObject([
      { sent: 'retried', problem: expect.stringContaining('redirects are not followed') },
    ]);
  });

  test('refuses a message does not get it again', async () => {
    const told = await waiting();
    told.chat.replies.push({ status: 400 });
    expect(await told.run(1)).toBeNull();
    await told.run(60);
    expect(told.chat.received).toHaveLength(1);
    expect(told.sent).toMatchObject([{ sent: 'refused' }]);
  });

  test('is away for a day is given up, and told of what comes then', async () => {
    const told = await waiting();
    told.now += MINUTE;
    for (let attempts = 0; attempts < 60 && told.sent.at(-1)?.sent !== 'given-up'; attempts++) {
      told.chat.replies.splice(0, Infinity, { status: 503 });
      told.now = (await told.run()) ?? told.now;
    }
    expect(told.sent.at(-1)).toMatchObject({ sent: 'given-up', problem: 'status 503' });
    expect(told.now - NOON).toBeGreaterThan(DAY);
    expect(told.now - NOON).toBeLessThan(DAY + 2 * HOUR);
    told.chat.replies.length = 0;
    await told.proposed(OTHER, 13);
    await told.run(1);
    expect(told.sent.at(-1)).toMatchObject({ sent: 'delivered' });
  });

  test('ends the connection may have taken a message: only who knows its id gets it again', async () => {
    const told = await waiting();
    told.chat.replies.push({ answer: 'reset' });
    await told.run(1);
    expect(told.sent).toMatchObject([{ sent: 'retried' }]);
    const slack = await Told.with({ service: 'slack-webhook' });
    await slack.proposed();
    slack.chat.replies.push({ answer: 'reset' });
    expect(await slack.run(1)).toBeNull();
    expect(slack.sent).toMatchObject([{ sent: 'unknown' }]);
    await slack.run(60);
    expect(slack.chat.received).toHaveLength(1);
  });

  test('says nothing in time may have taken it', async () => {
    const slack = await Told.with({ service: 'slack-webhook' });
    slack.impatient();
    slack.restart();
    await slack.proposed();
    slack.chat.replies.push({ answer: 'never' });
    await slack.run(1);
    expect(slack.sent).toMatchObject([{ sent: 'unknown', problem: 'no answer in time' }]);
  });

  test('cannot be reached got nothing', async () => {
    const url = `http://127.0.0.1:${await freePort()}/hook`;
    const closed = new SlackWebhook({
      secret: async () => url,
      fetch: globalThis.fetch,
      now: () => NOON,
    });
    const message = {
      id: 'x',
      title: { parts: ['x'], values: [] },
      blocks: [],
      news: [],
      facts: {},
      thread: null,
    };
    expect(await closed.notify(message)).toMatchObject({ kind: 'later' });
    const open = new SlackWebhook({
      secret: async () => 'http://chat.example/x',
      fetch: globalThis.fetch,
      now: () => NOON,
    });
    expect(await open.notify(message)).toEqual({
      kind: 'later',
      problem: 'its address is not one of https',
      after: null,
    });
  });
});

describe('a restart', () => {
  test('loses no message and sends none twice', async () => {
    const told = await Told.with();
    await told.proposed();
    await told.notifications.fill();
    told.restart();
    await told.run(1);
    told.restart();
    await told.run(1);
    expect(told.chat.received).toHaveLength(1);
  });

  test('in the middle of a request sends it again only to who takes each once', async () => {
    for (const [service, times] of [
      ['webhook', 2],
      ['slack-webhook', 1],
    ] as const) {
      const told = await Told.with({ service });
      await told.proposed();
      told.now += MINUTE;
      await told.notifications.fill();
      told.chat.replies.push({ answer: 'never' });
      told.notifications.deliver('oncall').catch(() => undefined);
      await told.chat.arrived(1);
      expect(await told.outbox('sending')).toHaveLength(1);
      told.restart();
      await told.run();
      expect(told.chat.received, service).toHaveLength(times);
      expect(await told.outbox('sending')).toHaveLength(0);
    }
  });
});

describe('a signature', () => {
  test('is over id, time and body, as documented', async () => {
    const told = await Told.with();
    await told.proposed();
    await told.run(1);
    const { headers, text } = told.chat.received[0]!;
    const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
    expect(timestamp).toBe(String(told.now / 1000));
    const expected = createHmac('sha256', Buffer.from('c2VjcmV0', 'base64')).update(
      `${id}.${timestamp}.${text}`,
    );
    expect(headers['webhook-signature']).toBe(`v1,${expected.digest('base64')}`);
  });
});

describe('an app in Slack', () => {
  test('keeps one message for an incident, and says what is new in its thread', async () => {
    const told = await Told.with({ service: 'slack-bot' });
    await told.proposed();
    await told.run(1);
    await told.say('pull-request', merged);
    await told.run(1);
    const calls = told.chat.received.map(({ path, body }) => [path, body.ts ?? null, body.thread_ts ?? null]);
    const ts = '1700000001.0001';
    expect(calls).toEqual([
      ['/api/chat.postMessage', null, null],
      ['/api/chat.update', ts, null],
      ['/api/chat.postMessage', null, ts],
    ]);
    expect(told.chat.received[1]!.body.text).toContain('Fix merged');
    expect(told.chat.received.every(({ headers }) => headers.authorization === 'Bearer xoxb-1')).toBe(true);
  });

  test('posts anew where its message is gone', async () => {
    const told = await Told.with({ service: 'slack-bot' });
    await told.proposed();
    await told.run(1);
    told.chat.replies.push({ body: { ok: false, error: 'message_not_found' } });
    await told.say('pull-request', merged);
    await told.run(1);
    expect(told.chat.received.map(({ path }) => path.slice(10))).toEqual([
      'postMessage',
      'update',
      'postMessage',
    ]);
    expect(told.chat.received[2]!.body.thread_ts).toBeUndefined();
  });

  test.each([
    ['ratelimited', 'retried'],
    ['not_in_channel', 'retried'],
    ['invalid_blocks', 'refused'],
  ])('that answers %s is %s', async (error, sent) => {
    const told = await Told.with({ service: 'slack-bot' });
    await told.proposed();
    told.chat.replies.push({ body: { ok: false, error } });
    await told.run(1);
    expect(told.sent).toMatchObject([{ sent }]);
  });
});

describe('Teams', () => {
  test('gets a card', async () => {
    const told = await Told.with({ service: 'teams' });
    told.chat.replies.push({ status: 202 });
    await told.proposed();
    await told.run(1);
    expect(told.chat.received[0]!.body).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', actions: [{ url: 'https://github.com/acme/infra/pull/12' }] },
        },
      ],
    });
    expect(told.sent).toMatchObject([{ sent: 'delivered' }]);
  });
});

describe('quiet hours', () => {
  const quiet = { from: 22 * 60, to: 7 * 60, timezone: 'Europe/Berlin', except: [] };

  test('hold messages, and one message says them all when they end', async () => {
    const told = await Told.with({ quiet });
    told.now = Date.parse('2026-07-29T21:00:00Z');
    await told.proposed();
    await told.proposed(OTHER, 13);
    await told.run(1);
    await told.say('pull-request', merged);
    const until = await told.run(60);
    expect(told.chat.received).toHaveLength(0);
    expect(new Date(until!).toISOString()).toBe('2026-07-30T05:00:00.000Z');
    told.now = until!;
    await told.run();
    expect(told.chat.received.map(({ body }) => body)).toMatchObject([
      { event: 'several', why: 'quiet-hours', incidents: [{ event: 'proposed' }, { event: 'merged' }] },
    ]);
  });

  test('let through what they are not for', async () => {
    const told = await Told.with({ quiet: { ...quiet, except: ['critical'] } });
    told.now = Date.parse('2026-07-29T21:00:00Z');
    await told.proposed();
    await told.run(1);
    expect(told.chat.received).toHaveLength(1);
  });

  test('hold nothing at other times', async () => {
    const told = await Told.with({ quiet });
    await told.proposed();
    await told.run(1);
    expect(told.chat.received).toHaveLength(1);
  });
});

describe('a digest', () => {
  const digest = { days: 1, at: 9 * 60, weekday: null, timezone: 'Europe/Berlin' } as const;

  test('comes once a day, with what happened and what is open', async () => {
    const told = await Told.with({ digest, outcomes: [] });
    await told.proposed();
    const due = (await told.notifications.fill())!;
    expect(new Date(due).toISOString()).toBe('2026-07-30T07:00:00.000Z');
    told.now = due;
    await told.run();
    told.restart();
    await told.run(10);
    expect(told.chat.received.map(({ body }) => body)).toMatchObject([
      {
        event: 'digest',
        from: '2026-07-29T07:00:00.000Z',
        lines: [
          'Began: 1 incident.',
          'Pull requests: 1 opened, 0 merged, 0 closed unmerged.',
          expect.any(String),
        ],
        open: [{ fingerprint: CART }],
      },
    ]);
  });

  test('tells what happened since the last one alone, and nothing of other namespaces', async () => {
    const told = await Told.with({ digest, namespaces: ['shop'] });
    told.now -= 3 * DAY;
    await told.proposed();
    const elsewhere = { kind: 'Deployment', namespace: 'search', name: 'index' };
    await told.say('incident', openedEntry({ fingerprint: OTHER, object: elsewhere, culprit: elsewhere }));
    told.now = NOON;
    await told.say('pull-request', { ...merged, endedAt: NOON - DAY });
    await told.run();
    await told.say(
      'incident',
      openedEntry({ fingerprint: fingerprint(7), object: elsewhere, culprit: elsewhere }),
    );
    told.now = (await told.notifications.fill())!;
    told.chat.received.length = 0;
    await told.run();
    const digested = told.chat.received.find(({ body }) => body.event === 'digest');
    expect(digested!.body.lines).toEqual([
      'Began: no incidents.',
      'Pull requests: 0 opened, 1 merged, 0 closed unmerged.',
      'Merged changes: 0 held, 0 did not.',
    ]);
  });

  test('of a week comes on its day', async () => {
    const told = await Told.with({ digest: { ...digest, days: 7, weekday: 1 } });
    expect(new Date((await told.notifications.fill())!).toISOString()).toBe('2026-08-03T07:00:00.000Z');
  });

  test('that was missed by more than a day is left out', async () => {
    const told = await Told.with({ digest });
    told.now += 5 * DAY;
    await told.run();
    expect(told.chat.received).toHaveLength(0);
  });
});
