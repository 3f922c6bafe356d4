import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../../src/chatops/commands/index.ts';
import type { CommandActions } from '../../src/chatops/actions.ts';
import { parseComment } from '../../src/chatops/parse.ts';
import { ChatOps, type IncomingComment } from '../../src/chatops/respond.ts';
import type { AuditKind, AuditPayload } from '../../src/store/audit.ts';
import type { Store } from '../../src/store/store.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { oddSentences } from '../odd-sentences.ts';
import { NOW } from '../pull-requests/proposals.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { hostileText } from '../untrusted/hostile.ts';
import { actionsOf, onPullRequest } from './made-actions.ts';
import { outage, OWN_LOGIN, TestHost } from './test-host.ts';

/** Handled ids and audit records, in memory. */
class TestStore {
  readonly ids = new Set<string>();
  readonly records: (readonly [AuditKind, AuditPayload])[] = [];
  readonly handled = {
    has: async (_kind: string, id: string) => this.ids.has(id),
    add: async (_kind: string, id: string) => !this.ids.has(id) && Boolean(this.ids.add(id)),
  };
  readonly audit = {
    append: async (kind: AuditKind, payload: AuditPayload) => void this.records.push([kind, payload]),
  };
  transaction<T>(work: (store: this) => Promise<T>): Promise<T> {
    return work(this);
  }
}

let host: TestHost;
let store: TestStore;
let asked: unknown[][];

beforeEach(() => {
  host = new TestHost();
  host.permissions.set('ana', 'write');
  store = new TestStore();
});

afterEach(() => {
  const own = [...host.threads.values()].flat().filter(({ author }) => author === OWN_LOGIN);
  // Two commands of one comment may rightly get the same answer.
  const answers = own.flatMap(({ body }) => body.split(/^#### .*$/m));
  expect(answers.flatMap(oddSentences)).toEqual([]);
});

function chatOps(
  actions: Partial<CommandActions> = {},
  patience: () => Promise<unknown> = () => new Promise(() => {}),
): ChatOps {
  const made = actionsOf(actions);
  asked = made.asked;
  return new ChatOps({
    host: TestHost.asHost(host),
    actions: made.actions,
    store: store as unknown as Store,
    commands,
    now: () => NOW,
    patience,
  });
}

function comment(body: string, more: Partial<IncomingComment> = {}): IncomingComment {
  return {
    kind: 'comment',
    thread: 12,
    id: 501,
    author: 'ana',
    isBot: false,
    body,
    createdAt: NOW - 5000,
    updatedAt: NOW - 5000,
    ...more,
  };
}

describe('a comment of somebody with write access', () => {
  test('gets a reaction and one answer', async () => {
    const response = await chatOps().respond(comment('/rca help'));
    expect(response).toEqual({ kind: 'answered', outcomes: ['done'] });
    expect(host.reactions).toEqual([[501, 'eyes']]);
    expect(host.answers(12)).toEqual([
      expect.stringMatching(
        /`\/rca explain`[^]*\n\n<!-- faultline:answer comment=501 state=done outcomes=done -->$/,
      ),
    ]);
  });

  test('an administrator may as well', async () => {
    host.permissions.set('root', 'admin');
    expect((await chatOps().respond(comment('/rca help', { author: 'root' }))).kind).toBe('answered');
  });

  test('several commands get one answer, each with its line', async () => {
    const response = await chatOps().respond(comment('/rca snooze 24h\n\n> /rca revert\n\n/rca status'));
    expect(response).toEqual({ kind: 'answered', outcomes: ['done', 'done'] });
    const [text] = host.answers(12);
    expect(text).toMatch(/^#### `\/rca snooze 24h`\n\nQuiet until [^]*#### `\/rca status`\n\n- In this/);
    expect(asked.map(([call]) => call)).toEqual(['snooze']);
  });

  test('more than a handful are named as left out', async () => {
    await chatOps().respond(comment('/rca status\n'.repeat(7)));
    expect(host.answers(12)[0]).toContain('2 more were left out: at most 5 at once.');
  });

  test('an unknown command is answered with the nearest', async () => {
    const response = await chatOps().respond(comment('/rca aprove'));
    expect(response).toEqual({ kind: 'answered', outcomes: ['refused'] });
    expect(host.answers(12)[0]).toContain('`aprove` is not a command. Did you mean `/rca approve`?');
    expect(asked).toEqual([]);
  });

  test('what takes longer is promised first and told in the same place', async () => {
    const host12 = (): readonly string[] => host.answers(12);
    let promised: readonly string[] = [];
    const actions: Partial<CommandActions> = {
      diagnose: async () => {
        while (host12().length === 0) await new Promise((resolve) => setImmediate(resolve));
        promised = host12();
        return { kind: 'unreadable', why: prose`too late` };
      },
    };
    await chatOps(actions, () => Promise.resolve()).respond(comment('/rca shop/cart'));
    expect(promised).toEqual([expect.stringContaining('Working on it.')]);
    expect(host.writes).toEqual(['comment', 'updateComment']);
    expect(host12()).toEqual([expect.stringContaining('too late')]);
  });

  test('a command behind one that was not carried out does nothing', async () => {
    const response = await chatOps().respond(comment('/rca set memory=1\n/rca approve\n/rca explain'));
    expect(response).toEqual({ kind: 'answered', outcomes: ['refused', 'refused', 'done'] });
    expect(host.answers(12)[0]).toContain('Skipped, because a command before it failed.');
    expect(asked).toEqual([]);
  });

  test('of two skipped commands each says so', async () => {
    await chatOps().respond(comment('/rca set memory=1\n/rca approve\n/rca approve'));
    expect(host.answers(12)[0]!.match(/Skipped, because/g)).toHaveLength(2);
  });

  test('set moves the head, so that approve behind it does nothing', async () => {
    let since = NOW - 60_000;
    const actions: Partial<CommandActions> = {
      subjectOf: async () => onPullRequest({ headSince: since }),
      set: async () => {
        since = NOW;
        return { kind: 'unchanged' };
      },
    };
    const response = await chatOps(actions).respond(comment('/rca set limits.memory=1Gi\n/rca approve'));
    expect(response).toEqual({ kind: 'answered', outcomes: ['done', 'refused'] });
    expect(asked).toEqual([]);
  });

  test('one that breaks says so, and the others are answered', async () => {
    const actions: Partial<CommandActions> = {
      diagnose: async () => {
        throw new Error('no such host @octocat');
      },
      seen: async () => {
        throw outage();
      },
    };
    const response = await chatOps(actions).respond(comment('/rca shop/cart\n/rca explain\n/rca help'));
    expect(response).toEqual({ kind: 'answered', outcomes: ['failed', 'failed', 'done'] });
    expect(host.answers(12)[0]).toContain('This failed: no such host `@ octocat`.');
    expect(host.answers(12)[0]).toContain('It may work later.');
  });

  test.each<readonly [string, string, CommandActions['subjectOf'], string]>([
    ['explain where nothing is known', '/rca explain', async () => null, 'not about an incident'],
    [
      'set on an issue',
      '/rca set a=b',
      async () => ({ fingerprints: ['x'], pullRequest: null }),
      'for the pull requests of Faultline',
    ],
    ['approve elsewhere', '/rca approve', async () => null, 'not about an incident'],
  ])('%s is refused', async (_what, body, subjectOf, text) => {
    expect(await chatOps({ subjectOf }).respond(comment(body))).toEqual({
      kind: 'answered',
      outcomes: ['refused'],
    });
    expect(host.answers(12)[0]).toContain(text);
    expect(asked).toEqual([]);
  });

  test('every command is in the audit log', async () => {
    await chatOps().respond(comment('/rca snooze 24h\n/rca aprove'));
    const common = { repository: 'acme/infra', thread: 12, comment: 501, author: 'ana' };
    expect(store.records).toEqual([
      ['command', { ...common, line: '/rca snooze 24h', outcome: 'done' }],
      ['command', { ...common, line: '/rca aprove', outcome: 'refused' }],
    ]);
  });
});

describe('a comment is ignored', () => {
  test.each<readonly [string, Partial<IncomingComment>, string]>([
    ['of a bot', { isBot: true }, 'bot'],
    ['of our own', { author: OWN_LOGIN }, 'bot'],
    ['that was edited', { updatedAt: NOW }, 'edited'],
    ['that is old', { createdAt: NOW - 90_000_000, updatedAt: NOW - 90_000_000 }, 'old'],
    ['without a command', { body: 'no /rca here' }, 'no-command'],
    ['with a quoted command', { body: '> /rca approve' }, 'no-command'],
    ['with a fenced command', { body: '```\n/rca approve\n```' }, 'no-command'],
  ])('%s', async (_what, more, why) => {
    expect(await chatOps().respond(comment('/rca approve', more))).toEqual({ kind: 'ignored', why });
    expect([host.writes, host.reactions, asked, store.records]).toEqual([[], [], [], []]);
  });
});

describe('somebody without write access', () => {
  test.each(['read', 'none'] as const)('is told once: %s', async (permission) => {
    host.permissions.set('eve', permission);
    const ops = chatOps();
    const eve = { author: 'eve' };
    expect(await ops.respond(comment('/rca approve', eve))).toEqual({ kind: 'no-permission', isSaid: true });
    expect(await ops.respond(comment('/rca revert', { ...eve, id: 502 }))).toEqual({
      kind: 'no-permission',
      isSaid: false,
    });
    expect([host.writes, host.reactions, asked]).toEqual([['comment'], [], []]);
    expect(host.answers(12)[0]).toMatch(
      /^`\/rca` takes commands only from people with write access to this repository\.\n\n<!-- faultline:refusal to=[0-9a-f]{16} -->$/,
    );
    expect(store.records.map(([, { outcome }]) => outcome)).toEqual(['no-permission', 'no-permission']);
  });

  test('in several comments is told once', async () => {
    const ops = chatOps();
    for (const id of [1, 2, 3]) await ops.respond(comment('/rca approve', { author: 'eve', id }));
    expect(host.writes).toEqual(['comment']);
  });

  test('another one is told as well', async () => {
    const ops = chatOps();
    await ops.respond(comment('/rca approve', { author: 'eve' }));
    expect(await ops.respond(comment('/rca approve', { author: 'mallory', id: 502 }))).toEqual({
      kind: 'no-permission',
      isSaid: true,
    });
  });

  test('cannot stop the refusal of others with a forged marker', async () => {
    const ops = chatOps();
    await ops.respond(comment('/rca approve', { author: 'eve' }));
    const [refusal] = host.answers(12);
    host.threads.set(12, []);
    host.say(12, 'eve', refusal!);
    expect(await ops.respond(comment('/rca approve', { author: 'eve', id: 502 }))).toEqual({
      kind: 'no-permission',
      isSaid: true,
    });
  });
});

describe('a comment is handled once', () => {
  test('when it comes again', async () => {
    const ops = chatOps();
    await ops.respond(comment('/rca snooze 24h'));
    expect(await ops.respond(comment('/rca snooze 24h'))).toEqual({ kind: 'ignored', why: 'handled' });
    expect([host.writes, asked.length]).toEqual([['comment'], 1]);
  });

  test('when the store was lost', async () => {
    await chatOps().respond(comment('/rca snooze 24h'));
    store = new TestStore();
    expect(await chatOps().respond(comment('/rca snooze 24h'))).toEqual({ kind: 'ignored', why: 'handled' });
    expect([host.writes, asked]).toEqual([['comment'], []]);
  });

  test('a promise that was not kept is kept in its place', async () => {
    host.say(12, OWN_LOGIN, 'Working on it.\n\n<!-- faultline:answer comment=501 state=working -->', true);
    expect((await chatOps().respond(comment('/rca snooze 24h'))).kind).toBe('answered');
    expect(host.writes).toEqual(['updateComment']);
    expect(host.answers(12)).toEqual([expect.stringMatching(/^Quiet until/)]);
  });

  test('what was carried out before the answer failed is not carried out again', async () => {
    host.failing = { call: 'comment', error: outage() };
    await expect(chatOps().respond(comment('/rca snooze 24h'))).rejects.toThrow('GitHub did not answer');
    expect((await chatOps().respond(comment('/rca snooze 24h'))).kind).toBe('answered');
    expect(asked).toEqual([]);
    expect(host.answers(12)).toEqual([expect.stringContaining('began this before')]);
    expect(store.records).toHaveLength(1);
  });

  test('what changes nothing is asked again when its answer was lost', async () => {
    host.failing = { call: 'comment', error: outage() };
    await expect(chatOps().respond(comment('/rca shop/cart'))).rejects.toThrow('GitHub did not answer');
    await chatOps().respond(comment('/rca shop/cart'));
    expect(asked).toHaveLength(1);
    expect(store.records).toHaveLength(1);
  });

  test('what was refused is asked again when that was not answered', async () => {
    host.failing = { call: 'comment', error: outage() };
    await expect(chatOps().respond(comment('/rca snooze never'))).rejects.toThrow('GitHub did not answer');
    await chatOps().respond(comment('/rca snooze never'));
    expect(host.answers(12)).toEqual([expect.not.stringContaining('began this before')]);
    expect(store.records).toHaveLength(1);
  });

  test('what GitHub let nobody do is tried again when that was not answered either', async () => {
    const down = chatOps({ snooze: () => Promise.reject(outage()) });
    host.failing = { call: 'comment', error: outage() };
    await expect(down.respond(comment('/rca snooze 24h'))).rejects.toThrow('GitHub did not answer');
    await chatOps().respond(comment('/rca snooze 24h'));
    expect(host.answers(12)).toEqual([expect.stringMatching(/^Quiet until/)]);
  });

  test.each(['permission', 'react', 'comments'])(
    'an outage of GitHub at %s leaves it for later',
    async (call) => {
      host.failing = { call, error: outage() };
      await expect(chatOps().respond(comment('/rca snooze 24h'))).rejects.toThrow('GitHub did not answer');
      expect(asked).toEqual([]);
      expect((await chatOps().respond(comment('/rca snooze 24h'))).kind).toBe('answered');
    },
  );

  test('a forged answer of somebody else does not count', async () => {
    host.say(12, 'eve', 'x\n\n<!-- faultline:answer comment=501 state=done -->');
    expect((await chatOps().respond(comment('/rca snooze 24h'))).kind).toBe('answered');
    expect(host.answers(12)).toHaveLength(1);
  });

  test('a marker that an answer of ours quotes does not count', async () => {
    host.say(
      12,
      OWN_LOGIN,
      '`<!-- faultline:answer comment=501 state=done -->`\n\n<!-- faultline:answer comment=7 state=done -->',
      true,
    );
    expect((await chatOps().respond(comment('/rca snooze 24h'))).kind).toBe('answered');
  });
});

describe('hostile orders', () => {
  const line = hostileText.map((text) => text.replaceAll(/[\r\n]/g, ' '));
  const order = fc.oneof(
    fc
      .tuple(fc.constantFrom('ignore', 'snooze 24h', 'set', 'set a=', 'approve', 'explain', ''), line)
      .map((parts) => parts.join(' ')),
    line,
  );

  test('are answered without pings, links, forged markers or commands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(order, { minLength: 1, maxLength: 3 }), async (orders) => {
        host = new TestHost();
        host.permissions.set('ana', 'write');
        store = new TestStore();
        const body = orders.map((text) => `/rca ${text}`).join('\n\n');
        const response = await chatOps().respond(comment(body));
        if (response.kind !== 'answered') return;
        const [answer] = host.answers(12);
        expect(answer).not.toMatch(/(?<![A-Za-z0-9_])@[A-Za-z0-9]/);
        expect(answer).toMatch(/\n\n<!-- faultline:answer comment=501 state=done outcomes=[a-z,]+ -->$/);
        const nodes = allNodes(parseGfm(answer!));
        expect(nodes.filter(({ type }) => type === 'html').map(({ value }) => value)).toEqual(
          expect.arrayContaining([
            expect.stringMatching(/^<!-- faultline:answer comment=501 state=done outcomes=[a-z,]+ -->$/),
          ]),
        );
        expect(
          nodes.filter(({ type, value }) => type === 'html' && !/^<br>$|^<!-- faultline:answer/.test(value!)),
        ).toEqual([]);
        expect(nodes.filter(({ type }) => ['link', 'image', 'linkReference'].includes(type))).toEqual([]);
        expect(parseComment(answer!, ['help']).commands).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
