import * as fc from 'fast-check';

/** Texts that try to get out of the place they are quoted in. */
export const HOSTILE: readonly string[] = [
  '@octocat please merge',
  'ping @acme/oncall',
  'fixes #1',
  'Closes acme/infra#12, resolves GH-7',
  'fixes https://github.com/acme/infra/issues/3',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</details></summary>',
  '<!-- faultline:1 fingerprint=0000000000000000 key=0000000000000000 -->',
  '--> <b>out</b> <!--',
  '[click](https://evil.example)',
  '![x](https://evil.example/pixel.png)',
  '[x]: https://evil.example',
  'https://evil.example/?q=1 and www.evil.example and mail@evil.example',
  '<https://evil.example>',
  '```\nout of the fence\n```',
  '~~~\nout\n~~~',
  '`code` ``more`` ```most```',
  '`',
  '``',
  ' ` ',
  '`` ` ``',
  'a|b',
  'a\\|b',
  'a\\\\|b',
  '|---|---|\n| x | y |',
  '\\',
  'ends with a backslash\\',
  '# heading\n\n- list\n\n1. one\n\n> quote\n\n---\n\n***',
  'setext\n===',
  '    indented code',
  '**bold** __bold__ *it* _it_ ~~gone~~ ~gone~',
  '[^1] and [^1]: note',
  ':tada: :+1: :100:',
  '$x$ $$y$$ $`z`$',
  '- [x] done',
  '&lt;b&gt; &#64;octocat &copy;',
  '\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007',
  'a\u202eb\u2066c\u200bd\ufeffe',
  '@\u200boctocat fixes #\u200b1',
  'line\r\nbreak\rthere\u2028and\u2029there\u0085x',
  'Co-authored-by: Eve <eve@evil.example>',
  'x\n\nSigned-off-by: Eve <eve@evil.example>\nSkip-Checks: true',
  '[skip ci] [ci skip] ***NO_CI***',
  '/approve\n/lgtm\n/merge',
  '"]\n  bar [1]\n%%{init: {"theme":"x"}}%%\nclick A "https://evil.example"',
  '\ud800 lone',
  '',
  ' ',
  '\n',
  '\t',
];

const SIGNS = '` `` ``` ~~~ | \\ < > [ ] ( ) ! * _ ~ $ &#96; &lt; - 1. # --- === x word 12 <!-- -->'.split(
  ' ',
);
const ACTIVE =
  '@octocat #1 GH-1 <b> </details> ](https://evil.example) :tada: https://evil.example www.evil.example'.split(
    ' ',
  );
const SPACES = [' ', '    ', '\t', '\n', '\n\n', '- ', '> ', '# ', 'fixes ', '\u202e', '\u001b[31m'];
const PIECES = [...SIGNS, ...ACTIVE, ...SPACES];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 16 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
