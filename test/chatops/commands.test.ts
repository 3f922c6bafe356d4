import { readFileSync } from 'node:fs';
import { oddSentences } from '../odd-sentences.ts';
import { describe, expect, test } from 'vitest';
import type { Answer, Context } from '../../src/chatops/command.ts';
import { commands } from '../../src/chatops/commands/index.ts';
import { diagnoseWorkload, WORKLOAD_USAGE } from '../../src/chatops/commands/workload.ts';
import type { CommandActions, OnPullRequest } from '../../src/chatops/actions.ts';
import { NOW, imageProposal } from '../pull-requests/proposals.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import {
  commandOf,
  contextOf,
  actionsOf,
  HEAD,
  ON_ISSUE,
  onPullRequest,
  seenOf,
  STATUS,
  WRITTEN,
} from './made-actions.ts';

async function answer(
  name: string,
  rest = '',
  actions: Partial<CommandActions> = {},
  more: Partial<Context> = {},
): Promise<Answer & { readonly asked: unknown[][] }> {
  const made = actionsOf(actions);
  const context = contextOf(rest, { actions: made.actions, ...more });
  const result = await commandOf(name).run(context);
  expect(oddSentences(result.text)).toEqual([]);
  return { ...result, asked: made.asked };
}

describe('every command', () => {
  test.each(commands.map((command) => [command.name, command] as const))(
    '%s has a usage that starts with its name, and one line about itself',
    (name, { usage, summary }) => {
      expect(usage).toMatch(new RegExp(`^/rca ${name}\\b`));
      expect(summary).toMatch(/^[a-z][^\n]{10,100}$/);
      expect(summary).not.toMatch(/\.$/);
    },
  );

  test('the documentation names them all', () => {
    const page = readFileSync(new URL('../../docs/chatops.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(\/rca [^`]*)`/gm)].map(([, usage]) => usage);
    expect(documented).toEqual([WORKLOAD_USAGE, ...commands.map(({ usage }) => usage)]);
  });

  test.each(['explain', 'evidence', 'retry', 'revert', 'status'])('%s refuses arguments', async (name) => {
    const { outcome, asked } = await answer(
      name,
      'shop/cart',
      {},
      { subject: onPullRequest({ state: 'merged' }) },
    );
    expect([outcome, asked]).toEqual(['refused', []]);
  });
});

describe('/rca <namespace>/<workload>', () => {
  const CART = { kind: null, namespace: 'shop', name: 'cart' };

  test('tells what is wrong with it now', async () => {
    const { actions, asked } = actionsOf();
    const { outcome, text } = await diagnoseWorkload({ actions, rest: '' }, CART);
    expect(outcome).toBe('done');
    expect(text).toContain('### `Deployment shop/cart`');
    expect(text).toContain('image `registry.example/shop/cart:2.15.1` does not exist');
    expect(text).toContain('The proposal is pull request 12.');
    expect(asked).toEqual([['diagnose', CART]]);
  });

  test('says when nothing is wrong, and what could not be read', async () => {
    const { actions } = actionsOf({
      diagnose: async () => ({
        kind: 'diagnosed',
        seen: [],
        clusters: ['prod-eu', 'prod-us'],
        at: NOW,
        problems: [prose`events of ${'prod-us'} are forbidden`],
      }),
    });
    const { outcome, text } = await diagnoseWorkload({ actions, rest: '' }, CART);
    expect(outcome).toBe('done');
    expect(text).toContain('Nothing is wrong with `shop/cart` in `prod-eu`, `prod-us`');
    expect(text).toContain('Not everything could be read');
  });

  test.each<readonly [string, Partial<CommandActions>, string, string]>([
    [
      'one that is not there, with those that may be meant',
      { diagnose: async () => ({ kind: 'unknown-workload', similar: ['shop/carts'] }) },
      '',
      'Did you mean `shop/carts`?',
    ],
    [
      'what cannot be read',
      { diagnose: async () => ({ kind: 'unreadable', why: prose`the API server did not answer` }) },
      '',
      'could not be diagnosed',
    ],
    ['two at once', {}, 'shop/web', 'Only one workload'],
  ])('refuses %s', async (_what, actions, rest, text) => {
    const result = await diagnoseWorkload({ actions: actionsOf(actions).actions, rest }, CART);
    expect(result.outcome).toBe('refused');
    expect(result.text).toContain(text);
  });
});

describe('explain and evidence', () => {
  test('explain tells cause and decision', async () => {
    const { outcome, text } = await answer('explain');
    expect(outcome).toBe('done');
    expect(text).toContain('**What broke:**');
    expect(text).toContain('**A person must decide.**');
  });

  test('evidence shows all that was seen', async () => {
    const { outcome, text } = await answer('evidence');
    expect(outcome).toBe('done');
    expect(text.match(/^- \*\*2026/gm)?.length).toBe(2);
    expect(text).toContain('DB_PASSWORD=***');
  });

  test.each(['explain', 'evidence'])('%s says when nothing fails any more', async (name) => {
    const { outcome, text } = await answer(name, '', { seen: async () => [] });
    expect([outcome, text]).toEqual([
      'done',
      'Nothing of this is failing any more, as far as the clusters can be read.',
    ]);
  });
});

describe('retry', () => {
  test.each<readonly [string, Partial<CommandActions>, Answer['outcome'], string]>([
    ['brings the proposal up to date', {}, 'done', 'brought up to date'],
    [
      'says when it is over',
      { retry: async () => ({ kind: 'recovered' }) },
      'done',
      'nothing of this is failing',
    ],
    [
      'says when nothing has changed',
      { retry: async () => ({ kind: 'seen', seen: [seenOf()], change: 'none' }) },
      'done',
      'nothing about the proposal has changed',
    ],
    [
      'is refused',
      { retry: async () => ({ kind: 'refused', why: prose`a limit is reached` }) },
      'refused',
      'a limit is reached',
    ],
  ])('%s', async (_what, actions, outcome, text) => {
    const result = await answer('retry', '', actions);
    expect(result.outcome).toBe(outcome);
    expect(result.text).toContain(text);
  });
});

describe('set', () => {
  test('proposes another value and shows its proof', async () => {
    const { outcome, text, asked } = await answer('set', 'limits.memory=1Gi');
    expect(outcome).toBe('done');
    expect(text).toContain('```diff');
    expect(text).toContain('Not proven: root');
    expect(asked).toEqual([
      [
        'set',
        { field: 'spec.template.spec.containers[name=api].resources.limits.memory', value: '1Gi' },
        'ana',
      ],
    ]);
  });

  test('does not say that it was what it is now, as after an attempt that was interrupted', async () => {
    const { text } = await answer('set', 'limits.memory=1Gi');
    expect(text).toMatch(/^`limits\.memory` is now `[^`]+`\.\n/);
  });

  test('a tag alone becomes a whole reference', async () => {
    const { asked } = await answer('set', 'image=2.14.4', { seen: async () => [seenOf(imageProposal())] });
    expect(asked[0]?.[1]).toMatchObject({ value: 'registry.example/shop/cart:2.14.4' });
  });

  test.each<
    readonly [string, string, Partial<CommandActions>, Partial<OnPullRequest['pullRequest']>, string]
  >([
    ['without a value', 'limits.memory', {}, {}, 'Write it as `/rca set <field>=<value>`'],
    ['another field', 'spec.replicas=3', {}, {}, 'is not a field of this finding'],
    ['a field that may be two', 'memory=1Gi', {}, {}, 'may be one of'],
    ['beyond the cap', 'limits.memory=4Gi', {}, {}, '`limits.memoryFactor` is 2'],
    ['when it is merged', 'limits.memory=1Gi', {}, { state: 'merged' }, 'is merged already'],
    ['when it is closed', 'limits.memory=1Gi', {}, { state: 'closed' }, 'is closed already'],
    ['on a branch of others', 'limits.memory=1Gi', {}, { isOurs: false }, 'Somebody else has pushed'],
    ['when it is over', 'limits.memory=1Gi', { seen: async () => [] }, {}, 'Nothing of this is failing'],
    [
      'when no exact edit is found',
      'limits.memory=1Gi',
      { set: async () => ({ kind: 'refused', why: prose`two sites` }) },
      {},
      'Nothing was changed: two sites',
    ],
  ])('is refused %s', async (_what, rest, actions, more, text) => {
    const result = await answer('set', rest, actions, { subject: onPullRequest(more) });
    expect(result.outcome).toBe('refused');
    expect(result.text).toContain(text);
    expect(result.asked).toEqual([]);
  });
});

describe('approve', () => {
  test.each<readonly [string, string, Partial<OnPullRequest['pullRequest']>]>([
    ['the head that was there before the comment', '', {}],
    ['a head that is named', HEAD.slice(0, 8), { headSince: null }],
    [
      'a head that is named, although it is newer than the comment',
      HEAD.slice(0, 8),
      { headSince: WRITTEN + 1 },
    ],
  ])('%s', async (_what, rest, more) => {
    const { outcome, asked } = await answer('approve', rest, {}, { subject: onPullRequest(more) });
    expect(outcome).toBe('done');
    expect(asked).toEqual([['approve', HEAD, 'ana']]);
  });

  test.each<readonly [string, string, Partial<OnPullRequest['pullRequest']>, string]>([
    [
      'a head that came after the comment',
      '',
      { headSince: WRITTEN + 1000 },
      'after your comment. Nothing was done.',
    ],
    ['a head that came in the same second', '', { headSince: WRITTEN }, 'Nothing was done'],
    ['a head of unknown age', '', { headSince: null }, '`/rca approve 0d1f02c9`'],
    ['another head than the one named', 'deadbeef', {}, 'not at `deadbeef`'],
    ['what is no commit', 'please', {}, 'Write it as'],
    ['a draft', '', { isDraft: true }, 'draft'],
    ['a branch of others', '', { isOurs: false }, 'not proven'],
    ['what is merged', '', { state: 'merged' }, 'merged already'],
    ['what is closed', '', { state: 'closed' }, 'closed already'],
  ])('does nothing for %s', async (_what, rest, more, text) => {
    const {
      outcome,
      text: written,
      asked,
    } = await answer('approve', rest, {}, { subject: onPullRequest(more) });
    expect([outcome, asked]).toEqual(['refused', []]);
    expect(written).toContain(text);
  });

  test.each<readonly [Awaited<ReturnType<CommandActions['approve']>>, Answer['outcome'], string]>([
    [{ kind: 'merged' }, 'done', 'is merged'],
    [{ kind: 'waits-for-check' }, 'done', 'once a required check has passed'],
    [{ kind: 'moved-on' }, 'refused', 'moved'],
    [{ kind: 'refused', why: prose`a freeze is on` }, 'refused', 'a freeze is on'],
  ])('tells what came of it: %j', async (approval, outcome, text) => {
    const result = await answer('approve', '', { approve: async () => approval });
    expect(result.outcome).toBe(outcome);
    expect(result.text).toContain(text);
  });
});

describe('revert', () => {
  const MERGED = { subject: onPullRequest({ state: 'merged' }) };

  test('proposes to take a merged change back', async () => {
    const { outcome, text, asked } = await answer('revert', '', {}, MERGED);
    expect([outcome, asked]).toEqual(['done', [['revert', 'ana']]]);
    expect(text).toBe('Pull request 31 takes this change back. A person merges it.');
  });

  test('names the one that is there', async () => {
    const existing: Partial<CommandActions> = {
      revert: async () => ({ kind: 'opened', pullRequest: 31, isNew: false }),
    };
    expect((await answer('revert', '', existing, MERGED)).text).toBe('Pull request 31 does that already.');
  });

  test.each<readonly [string, Partial<CommandActions>, OnPullRequest, string]>([
    ['before the merge', {}, onPullRequest({}), 'It is not merged'],
    ['of what was closed', {}, onPullRequest({ state: 'closed' }), 'without a merge'],
    [
      'without a proof',
      { revert: async () => ({ kind: 'refused', why: prose`the file has changed` }) },
      MERGED.subject,
      'the file has changed',
    ],
  ])('is refused %s', async (_what, actions, subject, text) => {
    const result = await answer('revert', '', actions, { subject });
    expect([result.outcome, result.asked]).toEqual(['refused', []]);
    expect(result.text).toContain(text);
  });
});

describe('snooze and ignore', () => {
  test('snooze lasts as long as it says', async () => {
    const { outcome, asked, text } = await answer('snooze', '24h until the release');
    expect(outcome).toBe('done');
    expect(asked).toEqual([['snooze', NOW + 86_400_000, 'ana', 'until the release']]);
    expect(text).toContain('Quiet until 2026-07-30 03:40 UTC');
  });

  test.each(['', 'forever', '1m', '31d', '0h', 'until tomorrow'])('snooze %j is refused', async (rest) => {
    const { outcome, asked } = await answer('snooze', rest);
    expect([outcome, asked]).toEqual(['refused', []]);
  });

  test('ignore keeps its reason', async () => {
    const { outcome, asked, text } = await answer('ignore', 'known, see @ops #1');
    expect(outcome).toBe('done');
    expect(asked).toEqual([['ignore', 'ana', 'known, see @ops #1']]);
    expect(text).toContain('`known, see @ ops # 1`');
    expect(text).toContain('stays open');
  });

  test('ignore says nothing of a pull request where there is none', async () => {
    expect((await answer('ignore', 'known', {}, { subject: ON_ISSUE })).text).not.toContain('stays open');
  });

  test('ignore without a reason is refused', async () => {
    const { outcome, asked } = await answer('ignore');
    expect([outcome, asked]).toEqual(['refused', []]);
  });
});

describe('status and help', () => {
  test('status tells about the repository', async () => {
    const { text } = await answer('status', '', {}, { subject: null });
    expect(text).toMatchInlineSnapshot(`
      "- In this repository: 2 proposed, 1 waiting, 7 watched
      - Cluster \`prod-eu\`: last scan 2026-07-29 03:40 UTC
      - Cluster \`prod-us\`: not scanned yet; the API server did not answer"
    `);
  });

  test('status tells about the incident', async () => {
    const { text } = await answer('status', '', {
      status: async () => ({
        ...STATUS,
        clusters: [],
        configErrors: 2,
        subject: {
          lastSeen: NOW,
          decision: prose`a person merges`,
          snooze: { until: NOW, by: 'ana' },
          ignore: { by: 'ben', reason: untrusted('known') },
          approved: { head: HEAD, by: 'ana' },
          isMerging: true,
          verification: { outcome: 'worse', since: NOW },
        },
      }),
    });
    expect(text).toMatchInlineSnapshot(`
      "- Failing, last seen 2026-07-29 03:40 UTC
      - Decision: a person merges
      - Snoozed until 2026-07-29 03:40 UTC by \`ana\`
      - Ignored by \`ben\`: \`known\`
      - Approved at \`0d1f02c9\` by \`ana\`
      - GitHub merges it once the required checks and reviews have passed
      - Worse after the merge, since 2026-07-29 03:40 UTC
      - In this repository: 2 proposed, 1 waiting, 7 watched
      - 2 errors in \`.github/faultline.yml\`: until they are fixed, every mode is monitor"
    `);
  });

  test('help lists every command and is not a command itself', async () => {
    const { text } = await answer('help');
    for (const { usage } of commands) expect(text).toContain(`\`${usage}\``);
    expect(text).not.toMatch(/^ {0,3}\/rca/m);
  });
});
