import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffBlock, heading, item, list, paragraph, warning, type Block } from '../../src/model/block.ts';
import { linked, ownText, prose } from '../../src/untrusted/prose.ts';
import { toAdaptiveCard } from '../../src/writers/adaptive-card.ts';
import { toSlack, toSlackText } from '../../src/writers/slack.ts';

const HOSTILE = [
  '<!channel>',
  '<!here|all>',
  '<@U012AB3CD>',
  '<#C012AB3CD>',
  '<!subteam^S012AB3CD>',
  '<https://evil.example|https://github.com/acme/infra/pull/1>',
  'https://evil.example/login',
  '`; *bold* _it_ ~no~ `',
  '&lt;!channel&gt;',
  'a\n> quoted\n• forged',
  '<at>Ana</at>',
  '[link](https://evil.example)',
];

function textsOf(blocks: readonly Block[]): readonly string[] {
  return toSlack(blocks).map((block) => JSON.stringify(block));
}

describe('blocks for Slack', () => {
  test('are a header, sections and what a reader opens', () => {
    const blocks = [
      heading(prose`Fix proposed: ${'Deployment shop/cart'}`),
      paragraph(prose`Container ${'server'} was OOMKilled ${3} times`),
      ...list([
        item(prose`${linked('pull request 12', 'https://github.com/acme/infra/pull/12')}`, {
          lead: ownText('Proposal:'),
        }),
      ]),
    ];
    expect(toSlack(blocks)).toEqual([
      {
        type: 'header',
        text: { type: 'plain_text', text: 'Fix proposed: Deployment shop/cart', emoji: false },
      },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: 'Container `server` was OOMKilled 3 times.', verbatim: true },
      },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: '• *Proposal:* <https://github.com/acme/infra/pull/12|pull request 12>',
          verbatim: true,
        },
      },
    ]);
  });

  test.each(HOSTILE)('ping nobody and link nowhere: %j', (text) => {
    for (const written of [
      ...textsOf([heading(prose`${text}`), paragraph(prose`It says ${text}`), warning(prose`${text}`)]),
      ...textsOf([...list([item(prose`${text}`, { lead: prose`${text}` })]), diffBlock(text)]),
      toSlackText(prose`${text}`),
    ]) {
      expect(written).not.toMatch(/<|>/);
      expect(written).not.toContain('\\n•  ');
    }
    expect(JSON.stringify(toAdaptiveCard([paragraph(prose`It says ${text}`)]))).not.toMatch(
      /entities|"TextBlock"|https:\/\/evil/,
    );
  });

  test('link only where the address is ours and whole', () => {
    const link = (address: string): string =>
      textsOf([paragraph(prose`See ${linked('pull request 1', address)}`)]).join('');
    expect(link('https://github.com/acme/infra/pull/1')).toContain('<https://github.com/acme/infra/pull/1|');
    for (const address of [
      'https://a.example/>|<!channel',
      'javascript:alert(1)',
      'https://a.example/a b',
      'https://a.example/|x',
    ])
      expect(link(address)).not.toMatch(/[<>]/);
  });

  test('mask what a diff of git holds', () => {
    const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
    expect(textsOf([diffBlock(`+ token: ${token}`)]).join('')).not.toContain(token);
  });

  test('stay within the limits of Slack, whatever they are made of', () => {
    const text = fc.oneof(fc.string({ maxLength: 5000, unit: 'binary' }), fc.constantFrom(...HOSTILE));
    const block = fc.oneof(
      text.map((one) => heading(prose`${one}`)),
      text.map((one) => paragraph(prose`Says ${one} and ${one}`)),
      fc
        .array(text, { maxLength: 60 })
        .map((some) => paragraph(some.reduce((all, one) => prose`${all} ${one}`, ownText('All:')))),
      fc
        .array(text, { maxLength: 60 })
        .map(
          (some) => list(some.map((one) => item(prose`${one}`, { lead: prose`${one}` })))[0] ?? heading('x'),
        ),
      text.map((one) => diffBlock(one)),
    );
    fc.assert(
      fc.property(fc.array(block, { maxLength: 80 }), (blocks) => {
        const written = toSlack(blocks);
        expect(written.length).toBeLessThanOrEqual(50);
        for (const one of written) {
          if (one.type === 'header') expect(one.text.text.length).toBeLessThanOrEqual(150);
          if (one.type === 'section') {
            expect(one.text.text.length).toBeLessThanOrEqual(3000);
            expect(one.text.text.replaceAll('&lt;', '').replaceAll('&gt;', '')).not.toMatch(/[<>]/);
          }
        }
        expect(Buffer.byteLength(JSON.stringify(toAdaptiveCard(blocks)))).toBeLessThanOrEqual(28_000);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a card for Teams', () => {
  test('has text in runs and links as buttons that say where they lead', () => {
    const card = toAdaptiveCard([
      heading('Fix proposed'),
      paragraph(
        prose`Container ${'server'} fails: ${linked('pull request 12', 'https://github.com/acme/infra/pull/12')}`,
      ),
    ]);
    expect(card.body[1]!.inlines).toEqual([
      { type: 'TextRun', text: 'Container ' },
      { type: 'TextRun', text: 'server', fontType: 'Monospace' },
      { type: 'TextRun', text: ' fails: ' },
      { type: 'TextRun', text: 'pull request 12' },
      { type: 'TextRun', text: '.' },
    ]);
    expect(card.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open pull request 12', url: 'https://github.com/acme/infra/pull/12' },
    ]);
  });
});
