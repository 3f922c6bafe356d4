import { describe, expect, test } from 'vitest';
import { diffBlock, folded, heading, item, list, paragraph, table, warning } from '../../src/model/block.ts';
import { ownText, prose, untrusted } from '../../src/untrusted/prose.ts';
import { chartFigure } from '../../src/writers/chart.ts';
import { toHtml } from '../../src/writers/html.ts';

const OPTIONS = { level: 3, id: 'x' };

function textOf(html: { toString(): string }): string {
  return html.toString().replace(/\s+/g, ' ').replace(/> </g, '><').trim();
}

describe('blocks as HTML', () => {
  test('are headings, paragraphs, lists and folded parts', () => {
    const html = toHtml(
      [
        heading('Root cause'),
        paragraph(prose`it was ${'killed'}`, 'Why:'),
        warning(ownText('a draft')),
        ...list([item(prose`one`), item(prose`two`, { quote: untrusted('a\nb') })], 1),
        ...folded('More', [paragraph(ownText('inside'))]),
      ],
      OPTIONS,
    );
    expect(textOf(html)).toBe(
      [
        '<h3>Root cause</h3><p><strong>Why:</strong> It was <code>killed</code>.</p>',
        '<p class="warning"><strong>Warning:</strong> A draft.</p>',
        '<ul><li>one</li><li>… and 1 more</li></ul>',
        '<details><summary>More</summary><p>Inside.</p></details>',
      ].join(''),
    );
  });

  test('leave out what only GitHub acts on', () => {
    const mark = { kind: 'mark', comment: '<!-- faultline:1 -->' } as const;
    expect(
      toHtml([mark, { kind: 'ticks', mark: '<!-- faultline:x -->', ticks: [] }], OPTIONS).toString(),
    ).toBe('');
  });

  test('have tables with named columns', () => {
    const html = toHtml(
      table(
        ['File', 'Line'],
        [
          [prose`${'a.yaml'}`, prose`${1}`],
          [prose`b`, prose`2`],
        ],
        1,
      ),
      OPTIONS,
    );
    expect(textOf(html)).toContain(
      '<thead><tr><th scope="col">File</th><th scope="col">Line</th></tr></thead>',
    );
    expect(textOf(html)).toContain('<tbody><tr><td><code>a.yaml</code></td><td>1</td></tr></tbody>');
    expect(textOf(html)).toContain('… and 1 more');
  });

  test('quote line by line', () => {
    const html = toHtml(list([item(prose`log:`, { quote: untrusted('first\n<b>second') })]), OPTIONS);
    expect(html.toString()).toContain('<blockquote><pre>first\n&lt;b&gt;second</pre></blockquote>');
  });

  test('tell the lines of a diff apart, mask it, and cut it', () => {
    const diff = [
      '--- a/x',
      '+++ b/x',
      '@@ -1,2 +1,2 @@',
      '-a: 1',
      '+a: <2>',
      '+password: hunter2-hunter2',
    ].join('\n');
    const html = toHtml([diffBlock(diff, 5)], OPTIONS).toString();
    expect(html).toContain('<span class="removed">-a: 1</span><span class="added">+a: &lt;2&gt;</span>');
    expect(html).toContain('… and 1 more line');
    expect(toHtml([diffBlock(diff)], OPTIONS).toString()).not.toContain('hunter2');
  });
});

describe('a chart', () => {
  const points = [0, 1, 2, 3].map((hour) => [hour * 3_600_000, 100 + hour * 50] as const);
  const chart = { title: 'Memory of <cart>', unit: 'MiB', points, line: { label: 'limit', value: 300 } };

  test('says what it shows, in words and as a table', () => {
    const html = textOf(chartFigure(chart, 'c'));
    expect(html).toContain('aria-labelledby="c-title c-desc"');
    expect(html).toContain('<title id="c-title">Memory of &lt;cart&gt;</title>');
    expect(html).toContain(
      'From 1970-01-01 00:00 UTC to 1970-01-01 03:00 UTC: first 100, last 250, lowest 100, highest 250 MiB. Compared with limit: 300 MiB.',
    );
    expect(html.match(/<tr><td>/g)).toHaveLength(4);
    expect(html).toContain('<tr><td>1970-01-01 03:00</td><td class="number">250</td></tr>');
  });

  test('lies between round numbers, with what it is compared with', () => {
    const html = chartFigure(chart, 'c').toString();
    expect(
      [...html.matchAll(/<text class="tick" x="0" y="[\d.]+">([^<]+)</g)].map(([, tick]) => tick),
    ).toEqual(['0', '100', '200', '300', '400 MiB', '1970-01-01 00:00']);
  });

  test('is none where there is no course', () => {
    expect(chartFigure({ ...chart, points: points.slice(0, 1) }, 'c').toString()).toBe('');
    expect(chartFigure({ ...chart, points: [] }, 'c').toString()).toBe('');
  });

  test('draws equal values, negative ones, and passes over what is no number', () => {
    for (const values of [
      [0, 0],
      [5, 5],
      [-3, 7],
      [Number.NaN, 1, 2],
    ]) {
      const own = values.map((value, hour) => [hour * 3_600_000, value] as const);
      expect(chartFigure({ ...chart, points: own, line: null }, 'c').toString()).not.toMatch(/NaN|Infinity/);
    }
  });
});
