import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_COMMANDS, parseComment } from '../../src/chatops/parse.ts';
import { parseGfm, type MarkdownNode } from '../untrusted/gfm.ts';
import { hostileText } from '../untrusted/hostile.ts';
import { commentLine } from './comment-lines.ts';

const NAMES = [
  'explain',
  'evidence',
  'retry',
  'set',
  'approve',
  'revert',
  'snooze',
  'ignore',
  'status',
  'help',
];

function linesOf(comment: string): readonly string[] {
  return parseComment(comment, NAMES).commands.map(({ line }) => line);
}

describe('a line is a command', () => {
  test.each([
    ['alone', '/rca explain'],
    ['after up to three spaces', '   /rca explain'],
    ['below other text', 'Hm.\n/rca explain'],
    ['above other text', '/rca explain\nbecause I wonder'],
    ['between paragraphs', 'a\n\n/rca explain\n\nb'],
    ['with the line endings of a browser', 'a\r\n/rca explain\r\nb'],
    ['behind a quote and a blank line', '> /rca retry\n\n/rca explain'],
    ['behind the empty line of a quote', '> /rca retry\n>\n/rca explain'],
    ['behind fenced code', '```\n/rca retry\n```\n/rca explain'],
    ['behind code fenced with tildes', '~~~ text\n```\n/rca retry\n~~~\n/rca explain'],
    ['behind indented code', '    /rca retry\n\n/rca explain'],
    ['behind an HTML comment', '<!--\n/rca retry\n-->\n/rca explain'],
    ['behind a heading', '# Why?\n/rca explain'],
    ['behind a rule', '---\n/rca explain'],
    ['right behind a list', '- one\n- two\n/rca explain'],
    ['behind a list and a blank line', '1. one\n   ```\n   /rca retry\n   ```\n\n/rca explain'],
    ['behind code within the line before', 'see `limits.memory` here\n/rca explain'],
    ['behind a lone backtick', 'don`t know\n/rca explain'],
    ['behind a link', '[this](https://ci.example/1) broke\n/rca explain'],
    ['behind a folded section', '<details>\n\n/rca retry\n\n</details>\n\n/rca explain'],
    ['behind a table', '| a |\n|---|\n| b |\n\n/rca explain'],
    ['behind a task list', '- [x] looked at it\n\n/rca explain'],
    ['in capitals, as a phone writes it', '/Rca explain'],
    ['with a tab', '/rca\texplain'],
  ])('%s', (_where, comment) => {
    expect(linesOf(comment).map((line) => line.toLowerCase().replace('\t', ' '))).toEqual(['/rca explain']);
  });
});

describe('a line is not a command', () => {
  test.each([
    ['quoted', '> /rca explain'],
    ['in a quote that goes on without its sign', '> a\n/rca explain'],
    ['in a list in a quote that goes on', '> - a\n/rca explain'],
    ['in a quote in a list that goes on', '- > a\n/rca explain'],
    ['in fenced code', '```\n/rca explain\n```'],
    ['in fenced code that never ends', '```\n/rca explain'],
    ['in fenced code with a shorter fence in it', '````\n```\n/rca explain\n````'],
    ['in code fenced with tildes', '~~~\n```\n/rca explain\n~~~'],
    ['in code that follows a list with code', '- ```\n\n```\n/rca explain\n```'],
    ['in indented code', 'a\n\n    /rca explain'],
    ['indented by a tab', '\t/rca explain'],
    ['indented by spaces and a tab', '  \t/rca explain'],
    ['in an HTML comment', '<!--\n/rca explain\n-->'],
    ['in an HTML comment that never ends', '<!--\n\n/rca explain'],
    ['in an HTML comment within text', 'a <!-- b\n/rca explain\n-->'],
    ['in a code span over lines', 'a `b\n/rca explain\nc` d'],
    ['in a long code span over lines', 'a ``b `\n/rca explain\nc`` d'],
    ['in HTML', '<div>\n/rca explain\n</div>'],
    ['in preformatted HTML', '<pre>\n\n/rca explain\n\n</pre>'],
    ['in a quote made of HTML', '<blockquote>\n\n/rca explain\n\n</blockquote>'],
    ['in a folded section', '<details><summary>x</summary>\n\n/rca explain\n\n</details>'],
    ['in code made of HTML', 'a <code>\n/rca explain\n</code>'],
    ['in the address of a link', '[a]:\n/rca\n"explain"'],
    ['in the title of a definition', "[a]: /b 'c\n/rca explain\n'"],
    ['as the item of a list', '- /rca explain'],
    ['within a line', 'try /rca explain'],
    ['of another bot', '/approve'],
    ['without a space', '/rcaexplain'],
    ['with a sign behind it', '/rca: explain'],
    ['with another sign before it', '\u200b/rca explain'],
    ['behind a no-break space', '\u00a0/rca explain'],
    ['of nothing', ''],
  ])('%s', (_where, comment) => {
    expect(linesOf(comment)).toEqual([]);
  });
});

describe('what is ordered', () => {
  test.each([
    ['/rca explain', { kind: 'command', name: 'explain', rest: '' }],
    ['/rca SET memory=1Gi', { kind: 'command', name: 'set', rest: 'memory=1Gi' }],
    ['/rca ignore  it is  fine ', { kind: 'command', name: 'ignore', rest: 'it is  fine' }],
    ['/rca', { kind: 'command', name: 'help', rest: '' }],
    [
      '/rca shop/cart',
      { kind: 'workload', workload: { kind: null, namespace: 'shop', name: 'cart' }, rest: '' },
    ],
    [
      '/rca Deployment shop/cart',
      { kind: 'workload', workload: { kind: 'Deployment', namespace: 'shop', name: 'cart' }, rest: '' },
    ],
    [
      '/rca shop/deployment/cart now',
      { kind: 'workload', workload: { kind: 'deployment', namespace: 'shop', name: 'cart' }, rest: 'now' },
    ],
    ['/rca explian', { kind: 'unknown', word: 'explian', nearest: 'explain' }],
    ['/rca please explain', { kind: 'unknown', word: 'please', nearest: null }],
    ['/rca Shop/cart', { kind: 'unknown', word: 'Shop/cart', nearest: null }],
    ['/rca ../../etc/passwd', { kind: 'unknown', word: '../../etc/passwd', nearest: null }],
    ['/rca shop/--context=x', { kind: 'unknown', word: 'shop/--context=x', nearest: null }],
  ])('%s', (comment, order) => {
    expect(parseComment(comment, NAMES).commands[0]?.order).toEqual(order);
  });

  test('several in their order', () => {
    expect(linesOf('/rca retry\n\ntext\n/rca explain\n/rca help')).toEqual([
      '/rca retry',
      '/rca explain',
      '/rca help',
    ]);
  });

  test('more than a handful are counted and left', () => {
    const { commands, left } = parseComment('/rca status\n'.repeat(MOST_COMMANDS + 2), NAMES);
    expect([commands.length, left]).toEqual([MOST_COMMANDS, 2]);
  });
});

/** What may stand in a comment without being a word of its author to everybody. */
const HIDDEN_TYPES = ['code', 'inlineCode', 'blockquote', 'html', 'definition'];

interface Placed extends MarkdownNode {
  readonly position?: {
    readonly start: { readonly offset: number };
    readonly end: { readonly offset: number };
  };
  readonly children?: readonly Placed[];
}

function isHidden(node: Placed, offset: number): boolean {
  const { position } = node;
  const isInside = position !== undefined && position.start.offset <= offset && offset < position.end.offset;
  return (
    (isInside && HIDDEN_TYPES.includes(node.type)) ||
    (node.children ?? []).some((child) => isHidden(child, offset))
  );
}

/** Numbered commands, so that each can be found again. */
function numbered(lines: readonly string[]): string {
  return lines.map((line, index) => line.replaceAll('/rca x', `/rca x${index}x`)).join('\n');
}

function expectNoHidden(comment: string): void {
  for (const found of linesOf(comment)) {
    const offset = comment.indexOf(found);
    expect(isHidden(parseGfm(comment) as Placed, offset), found).toBe(false);
  }
}

const RUNS = Number(process.env['FAULTLINE_PARSE_RUNS'] ?? 3000);

describe('against a parser of GitHub’s Markdown', () => {
  test('no command is seen where the parser sees code, a quote or HTML', () => {
    fc.assert(
      fc.property(fc.array(commentLine, { maxLength: 12 }), (lines) => expectNoHidden(numbered(lines))),
      { numRuns: RUNS },
    );
  });

  test('nor between hostile texts', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (before, after) =>
        expectNoHidden(`${before.replaceAll('/rca', '')}\n/rca x\n${after.replaceAll('/rca', '')}`),
      ),
      { numRuns: 500 },
    );
  });

  test('a command in a paragraph of plain words is seen', () => {
    const words = fc.stringMatching(/^[a-z][a-z ,.]{0,20}$/);
    fc.assert(
      fc.property(fc.array(words, { maxLength: 4 }), fc.array(words, { maxLength: 4 }), (before, after) => {
        expect(linesOf([...before, '/rca explain', ...after].join('\n'))).toEqual(['/rca explain']);
      }),
      { numRuns: 200 },
    );
  });
});
