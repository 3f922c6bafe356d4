import { describe, expect, test } from 'vitest';
import { diffBlock, folded, heading, item, list, paragraph, warning } from '../../src/model/block.ts';
import { linked, ownText, prose, untrusted } from '../../src/untrusted/prose.ts';
import { toMarkdown } from '../../src/writers/markdown.ts';

describe('toMarkdown', () => {
  test('writes each kind of block, with blank lines between them', () => {
    const quoted = item(prose`event, ${'Pod shop/cart'}:`, {
      lead: ownText('03:12'),
      quote: untrusted('one\ntwo'),
    });
    expect(
      toMarkdown([
        heading('Evidence'),
        paragraph(prose`it fails in ${'cart'}`, 'What broke:'),
        warning(ownText('think first')),
        ...list([quoted, item(prose`by ${linked('#12', '../pull/12')}`)]),
        ...folded('Proof', [diffBlock('-a\n+b\n')]),
        { kind: 'mark', comment: '<!-- faultline:1 key=1 -->' },
      ]),
    ).toBe(
      [
        '### Evidence',
        '**What broke:** It fails in `cart`.',
        '> [!WARNING]\n> Think first.',
        '- **03:12** event, `Pod shop/cart`:<br>`one`<br>`two`\n- by [#12](../pull/12)',
        '<details>\n<summary>Proof</summary>\n\n```diff\n-a\n+b\n```\n\n</details>',
        '<!-- faultline:1 key=1 -->',
      ].join('\n\n'),
    );
  });

  test('counts what a list leaves out', () => {
    const items = Array.from({ length: 5 }, (_none, index) => item(ownText(`item ${index}`)));
    expect(toMarkdown(list(items, 2))).toBe('- item 0\n- item 1\n- … and 3 more');
  });

  test('counts the lines that a diff leaves out', () => {
    expect(toMarkdown([diffBlock('-a\n-b\n-c\n', 2)])).toBe('```diff\n-a\n-b\n```\n\n… and 1 more line.');
  });

  test('gives up folded diffs, then items, and never what a reader decides by', () => {
    const items = Array.from({ length: 40 }, () => item(ownText('x'.repeat(100))));
    const blocks = [
      paragraph(ownText('it broke')),
      ...list(items),
      ...folded('Proof', [diffBlock(`+${'y'.repeat(3000)}\n`)]),
      { kind: 'mark', comment: '<!-- faultline:1 -->' } as const,
    ];
    expect(toMarkdown(blocks, 6000)).toContain('- … and 20 more');
    expect(toMarkdown(blocks, 3000)).not.toContain('<details>');
    expect(toMarkdown(blocks, 100)).toBe('It broke.\n\n<!-- faultline:1 -->');
  });

  test('writes no comment that is not ours', () => {
    for (const comment of ['<!-- other -->', '<!-- faultline:1 --> <b>', '<!-- faultline:1\n-->'])
      expect(() => toMarkdown([{ kind: 'mark', comment }])).toThrow(/no comment of Faultline's own/);
  });
});
