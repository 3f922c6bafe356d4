import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { link, markup, preformatted } from '../../src/untrusted/html.ts';
import { linked, plainText, prose, untrusted } from '../../src/untrusted/prose.ts';
import { HOSTILE, hostileText } from './hostile.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** What a browser reads in text without tags; fails where it would read anything else than the five entities. */
function read(text: string): string {
  expect(text).not.toMatch(/[<>"']/);
  expect(text.replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
  return text.replace(/&([a-z]+|#39);/g, (_all, name: string) => ENTITIES[name]!);
}

describe('a template', () => {
  test('leaves our own tags alone and escapes what is inserted, in text and in attributes', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const page = markup`<p title="${text}">${text}</p>`.toString();
        const [, title, content] = /^<p title="([^"]*)">([^<]*)<\/p>$/.exec(page) ?? [];
        const shown = plainText(untrusted(text));
        expect(read(title!)).toBe(shown);
        expect(read(content!)).toBe(shown);
      }),
      { examples: HOSTILE.map((text) => [text]) },
    );
  });

  test('puts the values of a sentence into code, with nothing in it that a browser would act on', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const inside = markup`${prose`before \`${text}\` after ${text}!`}`.toString();
        read(inside.replaceAll(/<\/?code>/g, ''));
      }),
      { examples: HOSTILE.map((text) => [text]) },
    );
  });

  test('shows names as code, and numbers and times as text', () => {
    const text = prose`Container ${'api'} of ${'Deployment shop/cart'} was killed ${4} times since ${'2026-05-21 10:40 UTC'}.`;
    expect(markup`${text}`.toString()).toBe(
      'Container <code>api</code> of <code>Deployment shop/cart</code> was killed 4 times since 2026-05-21 10:40 UTC.',
    );
  });

  test('hides a secret in whatever is inserted', () => {
    const secret = 'password=hunter2-hunter2';
    expect(markup`<i>${secret}</i>${preformatted(untrusted(secret))}`.toString()).not.toContain('hunter2');
  });

  test('joins lists and leaves out null', () => {
    expect(markup`${['a', null, markup`<b>${'<'}</b>`]}${null}${3}`.toString()).toBe('a<b>&lt;</b>3');
  });
});

describe('a link', () => {
  test('leads to the web or into the site', () => {
    expect(link('https://github.com/acme/infra/blob/1a2b/x.yaml#L2', 'x').toString()).toBe(
      '<a href="https://github.com/acme/infra/blob/1a2b/x.yaml#L2" rel="noreferrer">x</a>',
    );
    expect(link('./incidents/0011', 'x').toString()).toBe('<a href="./incidents/0011">x</a>');
    expect(link('?page=2', 'x').toString()).toBe('<a href="?page=2">x</a>');
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    '//evil.example/x',
    '/\\evil.example',
    'https:evil.example',
    'https://github.com@evil.example/x',
    'https://x.example/"onmouseover="alert(1)',
    'https://x.example/ y',
    '',
  ])('is only its label where the address is %s', (address) => {
    expect(link(address, 'x').toString()).toBe('x');
  });

  test('of a value in a sentence is one where the value has an address', () => {
    const line = linked('apps/cart.yaml:3', 'https://github.com/acme/infra/blob/1a2b/apps/cart.yaml#L3');
    expect(markup`${prose`see ${line}`}`.toString()).toBe(
      'see <a href="https://github.com/acme/infra/blob/1a2b/apps/cart.yaml#L3" rel="noreferrer"><code>apps/cart.yaml:3</code></a>',
    );
    expect(markup`${linked('x', 'javascript:alert(1)')}`.toString()).toBe('<code>x</code>');
  });
});
