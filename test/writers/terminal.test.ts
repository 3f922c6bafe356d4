import { expect, test } from 'vitest';
import { diffBlock, folded, heading, item, list, paragraph } from '../../src/model/block.ts';
import { linked, ownText, prose, untrusted } from '../../src/untrusted/prose.ts';
import { toPlain } from '../../src/writers/plain.ts';
import { toTerminal } from '../../src/writers/terminal.ts';

const BLOCKS = [
  heading(prose`${'a.yaml:8'}  ${'Deployment shop/cart'}`),
  paragraph(prose`it fails in ${linked('cart', 'https://example.com')}`),
  diffBlock('-a\n+b\n'),
  ...list([
    item(ownText('tag-not-found'), { lead: ownText('cause') }),
    item(prose`${'Pod shop/cart'}:`, { lead: ownText('seen'), quote: untrusted('one\ntwo') }),
  ]),
  ...folded('Proof', [paragraph(ownText('all of it'))]),
];

test('toTerminal indents what follows a heading, and aligns what has leads', () => {
  expect(toTerminal(BLOCKS, { colour: false })).toBe(
    [
      'a.yaml:8  Deployment shop/cart',
      '  It fails in cart.',
      '',
      '    -a',
      '    +b',
      '',
      '  cause     tag-not-found',
      '  seen      Pod shop/cart: one two',
      '',
    ].join('\n'),
  );
});

test('toTerminal differs by colours alone', () => {
  const coloured = toTerminal(BLOCKS, { colour: true });
  // oxlint-disable-next-line no-control-regex
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(toTerminal(BLOCKS, { colour: false }));
  expect(coloured).toContain('\u001b[32m+b\u001b[0m');
});

test('toPlain wraps at 72 columns, and pings nobody', () => {
  const text = toPlain([
    paragraph(prose`${'@ana'} wrote ${'one word after the other, '.repeat(4)} and stopped`),
    ...list([item(prose`${'x '.repeat(50)}`)]),
  ]);
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(72);
  expect(text).toContain('@ ana wrote');
  expect(text).toMatch(/\n\n- x x .*\n {2}x x/);
});
