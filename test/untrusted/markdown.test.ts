import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fenced, inline, mermaid, quotedLines, title, urlPath } from '../../src/untrusted/markdown.ts';
import {
  ownText,
  plainText,
  prose,
  sentenceOf,
  untrusted,
  type Untrusted,
  counted,
  linked,
  often,
  saying,
} from '../../src/untrusted/prose.ts';
import { allNodes, parseGfm, readText, type MarkdownNode } from './gfm.ts';
import { HOSTILE, hostileText } from './hostile.ts';

const MENTION = /(?<![A-Za-z0-9_])@[A-Za-z0-9]/;
const REFERENCE = /#\d+(?![A-Za-z0-9_])|(?<![A-Za-z0-9])GH-\d|\/(?:issues|pull|pulls|discussions)\/\d/i;
const HIDDEN = /[^\P{Cc}\n\t]|\p{Cf}|[\u2028\u2029]/u;
const AUTHOR_TRAILER = /(?:co-authored|signed-off)-by\s*:/i;

/** Nothing in a text acts on people or machines when it is copied into a commit message. */
function expectInert(text: string): void {
  expect(text).not.toMatch(MENTION);
  expect(text).not.toMatch(REFERENCE);
  expect(text).not.toMatch(AUTHOR_TRAILER);
  expect(text).not.toMatch(/\[(?:skip ci|ci skip)\]/i);
  expect(text).not.toMatch(HIDDEN);
}

function only<T>(items: readonly T[] | undefined): T {
  expect(items).toHaveLength(1);
  return items![0]!;
}

describe('inline', () => {
  test('puts values into code and leaves our words alone', () => {
    expect(inline(prose`Image ${'cart:2.15.1'} of ${'server'} does not exist.`)).toBe(
      'Image `cart:2.15.1` of `server` does not exist.',
    );
  });

  test('leaves numbers and times as text', () => {
    expect(
      inline(
        prose`Killed ${4} times in ${'6 hours'} until ${'2026-07-29 03:12 UTC'}, ${'3 h 12 min'} at ${'92 %'}.`,
      ),
    ).toBe('Killed 4 times in 6 hours until 2026-07-29 03:12 UTC, 3 h 12 min at 92 %.');
  });

  test('keeps names and versions in code although they start with a digit', () => {
    expect(inline(prose`${'2.14.3'} and ${'768Mi'} and ${'12345678'}`)).toBe(
      '`2.14.3` and `768Mi` and `12345678`',
    );
  });

  test('makes one code span of a command with a value in it', () => {
    expect(inline(prose`Run \`kubectl get pod ${'cart-1'} -n ${'shop'}\` first.`)).toBe(
      'Run `kubectl get pod cart-1 -n shop` first.',
    );
  });

  test('escapes what would be markup in our own words', () => {
    const parsed = parseGfm(inline(prose`1. <none> *all* [x](y) a|b _z_ snake_case 5 ~ 6 &lt; $1 # ${'v'}`));
    expect(readText(parsed)).toBe('1. <none> *all* [x](y) a|b _z_ snake_case 5 ~ 6 &lt; $1 # v');
    expect(only(parsed.children).type).toBe('paragraph');
  });

  test('keeps two adjacent values apart', () => {
    expect(inline(prose`${'a'}${'b'}`)).toBe('`a` `b`');
  });

  test('says that a value is empty', () => {
    expect(inline(prose`was ${''}`)).toBe('was `(empty)`');
    expect(inline(prose`${''} was`)).toBe('`(empty)` was');
  });

  test.each([
    [prose`no node takes it: ${''}`, 'no node takes it'],
    [prose`its condition is False (${'Failed'}): ${''}.`, 'its condition is False (`Failed`).'],
    [prose`pod failed (${''}), twice`, 'pod failed, twice'],
    [prose`pod failed (${'Evicted'}) ${' '}`, 'pod failed (`Evicted`)'],
    [prose`${'a'}${''} and ${'b'}`, '`a` and `b`'],
    [prose`it waits${saying(undefined)}`, 'it waits'],
    [prose`it waits${saying('for db')}`, 'it waits: `for db`'],
  ])('leaves no hole where a message is empty: %#', (sentence, written) => {
    expect(inline(sentence)).toBe(written);
  });

  test('counts as people do', () => {
    expect([0, 1, 2].map((number) => inline(prose`${counted(number, 'root')}, ${often(number)}`))).toEqual([
      'no roots, 0 times',
      '1 root, once',
      '2 roots, 2 times',
    ]);
  });

  test('shortens a long value', () => {
    expect(inline(prose`was ${'word '.repeat(1000)}`).length).toBeLessThan(320);
  });

  test('stops at its limit', () => {
    const long = Array.from({ length: 100 }).reduce<ReturnType<typeof ownText>>(
      (all) => prose`${all}, ${'name'}`,
      ownText('x'),
    );
    expect(inline(long, 200).length).toBeLessThan(230);
  });

  test('is one paragraph of text and one code span, whatever the value', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const written = inline(prose`before ${text} after`);
        const { type, children } = only(parseGfm(written).children);
        expect(type).toBe('paragraph');
        expect(children!.map((child) => child.type).join(' ')).toMatch(/^text(?: inlineCode text)?$/);
        expect(children![0]!.value).toMatch(/^before /);
        expect(children!.at(-1)!.value).toMatch(/ after$/);
        expectInert(written);
      }),
      { numRuns: 250 },
    );
  });

  test('starts a paragraph with a hostile value as safely', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (first, second) => {
        const { type, children } = only(parseGfm(inline(prose`${first}${second}`)).children);
        expect(type).toBe('paragraph');
        expect(
          children!.every(
            (child) =>
              child.type === 'inlineCode' || (child.type === 'text' && /^[ \w.:%-]*$/.test(child.value!)),
          ),
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('shows a harmless value as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z`|\\*_<>[\]~$]{1,20}$/), (text) => {
        const code = allNodes(parseGfm(inline(prose`x ${text} y`))).filter(
          (node) => node.type === 'inlineCode',
        );
        expect(only(code).value).toBe(text);
      }),
    );
  });
});

function isHarmlessInItem(node: MarkdownNode): boolean {
  if (node.type === 'html') return node.value === '<br>';
  return node.type === 'inlineCode' || (node.type === 'text' && /^[ \w.:%…-]*$/.test(node.value!));
}

describe('quotedLines', () => {
  test('stays one item of the list, whatever the value', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const written = quotedLines(untrusted(text));
        const list = only(parseGfm(`- event:<br>${written}\n- last`).children);
        expect(list.type).toBe('list');
        expect(list.children).toHaveLength(2);
        const paragraph = only(list.children![0]!.children);
        expect(paragraph.children!.filter((node) => !isHarmlessInItem(node))).toEqual([]);
        expectInert(written);
      }),
      { numRuns: 250 },
    );
  });

  test('splits lines and says how many are left out', () => {
    expect(quotedLines(untrusted('one\n\ntwo\nthree'), 2)).toBe('… 1 more line<br>`two`<br>`three`');
    expect(quotedLines(untrusted('1a\n2b\n3c'), 1)).toBe('… 2 more lines<br>`3c`');
  });
});

describe('fenced', () => {
  test('is one code block, whatever the text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const written = fenced(untrusted(text), 'diff');
        const block = only(parseGfm(written).children);
        expect([block.type, block.lang]).toEqual(['code', 'diff']);
        expectInert(written);
      }),
      { numRuns: 250 },
    );
  });

  test('shows a diff as it is', () => {
    const diff = '--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@ kind: Deployment\n-tag: 1 # v1\n+tag: 2\n';
    expect(only(parseGfm(fenced(untrusted(diff), 'diff')).children).value).toBe(diff.trimEnd());
  });

  test('moves orders to bots off the start of the line', () => {
    expect(fenced(untrusted('/approve\n/lgtm'), 'text')).toBe('```text\n /approve\n /lgtm\n```');
  });
});

describe('title', () => {
  test('is one line in which nothing acts', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const written = title(prose`fix(cart): set it to ${text}`);
        expect(written).toMatch(/^fix\(cart\): set it to[^\n]*$/);
        expect(written).not.toMatch(/:\/\/|\bwww\.\w|`/i);
        expect(written).not.toMatch(/:[\w+-]{1,40}:/);
        expectInert(written);
      }),
      { numRuns: 250 },
    );
  });

  test('leaves versions, images and names as they are', () => {
    const text = 'registry.example:5000/shop/cart:2.14.3@sha256:ab12 in shop/cart (v1.2-rc.1)';
    expect(title(untrusted(text))).toBe(text);
  });
});

describe('a value with an address', () => {
  test('is one link to the given address, whatever the label and the path', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (label, path) => {
        const url = `https://github.com/acme/infra/blob/main/${urlPath(path)}#L21`;
        const { type, children } = only(parseGfm(inline(prose`at ${linked(`x${label}`, url)}.`)).children);
        expect(type).toBe('paragraph');
        expect(children!.map((child) => child.type)).toEqual(['text', 'link', 'text']);
        expect(children![1]!.url).toBe(url);
        expect(only(children![1]!.children).type).toBe('inlineCode');
      }),
      { numRuns: 150 },
    );
  });

  test('that counts something ours is words', () => {
    expect(inline(prose`at ${linked('line 13', 'https://github.com/acme/infra')}`)).toBe(
      'at [line 13](https://github.com/acme/infra)',
    );
  });

  test('is no link where the address could end it', () => {
    expect(inline(prose`at ${linked('here', 'https://github.com/a) [b](c')}`)).toBe('at `here`');
  });
});

describe('mermaid', () => {
  test('gives a label that cannot end its quotes or its line', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(mermaid(text)).toMatch(/^[\p{L}\p{N} .,:()%/+-]{0,60}$/u);
        expect(mermaid(text)).not.toMatch(/%%|-->/);
      }),
    );
  });
});

describe('plainText', () => {
  test.each(HOSTILE)('has no control characters in %j', (text) => {
    expect(plainText(untrusted(text))).not.toMatch(HIDDEN);
  });

  test('drops whole terminal escapes', () => {
    expect(plainText(untrusted('\u001b[1;31mfatal\u001b[0m: \u001b]0;title\u0007x'))).toBe('fatal: x');
  });

  test('masks a secret that was cut up by colours or invisible characters', () => {
    const texts = ['password\u001b[0m=\u001b[32mhunter2', 'pass\u200bword=hunt\u200ber2'];
    expect(texts.map((text) => plainText(untrusted(text)))).toEqual(['password=***', 'password=***']);
  });

  test('reads a sentence with its values', () => {
    const value: Untrusted = untrusted('cart');
    expect(plainText(prose`Pod ${value} failed ${3} times.`)).toBe('Pod cart failed 3 times.');
  });
});

describe('sentenceOf', () => {
  test('takes plain words for ours and everything else for values', () => {
    expect(inline(sentenceOf('root apps/edge: 2 bases, x_y and @octocat, could not be read.'))).toBe(
      'root `apps/edge`: 2 bases, `x_y` and `@ octocat`, could not be read.',
    );
  });

  test('is inert, whatever it is made of', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { type, children } = only(parseGfm(`x ${inline(sentenceOf(text))} y`).children);
        expect(type).toBe('paragraph');
        expect(children!.filter((child) => child.type !== 'text' && child.type !== 'inlineCode')).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  test('reads as it was written', () => {
    const text = "it's in apps/cart/x.yaml:8, not there; see a_b!";
    expect(plainText(sentenceOf(text))).toBe(text);
  });
});
