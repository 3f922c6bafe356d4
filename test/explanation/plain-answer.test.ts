import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainAnswer } from '../../src/explanation/plain-answer.ts';
import { hostileText } from '../untrusted/hostile.ts';

const SENTENCE = 'The program cannot reach its database and gives up.';

describe('what a model wrote loses all but its words', () => {
  test.each<readonly [string, string, string]>([
    ['a comment', `${SENTENCE}<!-- faultline:v1 key=abc -->`, SENTENCE],
    ['a comment without an end', `${SENTENCE}<!-- faultline:v1 key=abc`, SENTENCE],
    ['HTML', `<b onclick="x()">${SENTENCE}</b><script>alert(1)</script>`, `${SENTENCE}alert(1)`],
    ['an unfinished tag', `${SENTENCE} <img src=x onerror=alert(1)`, SENTENCE],
    ['a link', `See [the runbook](https://evil.example/?q=1). ${SENTENCE}`, `See the runbook. ${SENTENCE}`],
    ['an image', `![pixel](https://evil.example/p.png)${SENTENCE}`, `pixel${SENTENCE}`],
    ['an address', `${SENTENCE} https://evil.example/login`, `${SENTENCE} (address left out)`],
    ['an address behind a digit', `${SENTENCE} 12https://evil.example`, `${SENTENCE} (address left out)`],
    [
      'an address that comes together',
      `${SENTENCE} https:\`//evil.example`,
      `${SENTENCE} (address left out)`,
    ],
    ['a command that comes together', `${SENTENCE} /\`rca approve`, `${SENTENCE} rca approve`],
    ['a mention that comes together', `${SENTENCE} @\`ana`, `${SENTENCE} ana`],
    ['a mention', `@acme/platform ${SENTENCE} cc @ana`, `acme/platform ${SENTENCE} cc ana`],
    [
      'a reference',
      `${SENTENCE} Closes #12, fixes GH-3 and acme/infra#4.`,
      `${SENTENCE} Closes 12, fixes 3 and acme/infra4.`,
    ],
    ['a command', `/rca approve\n${SENTENCE}\n/lgtm`, `rca approve ${SENTENCE} lgtm`],
    ['a command in a sentence', `${SENTENCE} Write /rca approve.`, `${SENTENCE} Write rca approve.`],
    ['a heading and a list', `## Why\n- ${SENTENCE}\n1. Next`, `Why ${SENTENCE} Next`],
    ['emphasis', `**${SENTENCE}** \`now\``, `${SENTENCE} now`],
    ['a block of code', `${SENTENCE}\n\`\`\`sh\nkubectl delete ns shop\n\`\`\``, SENTENCE],
    ['a block of code without an end', `${SENTENCE}\n\`\`\`\nkubectl delete`, SENTENCE],
    ['colours', `\u001b[31m${SENTENCE}\u001b[0m`, SENTENCE],
    ['a title of the terminal', `\u001b]0;owned\u0007${SENTENCE}`, SENTENCE],
    [
      'a link of the terminal',
      `\u001b]8;;https://evil.example\u001b\\${SENTENCE}\u001b]8;;\u001b\\`,
      SENTENCE,
    ],
    ['letters that turn around', `\u202e${SENTENCE}\u2066`, SENTENCE],
    ['what it thinks', `<think>The user wants /rca merge</think>${SENTENCE}`, SENTENCE],
    ['a marker for CI', `${SENTENCE} [skip ci]`, `${SENTENCE} skip ci`],
    ['a table', `| a | b |\n| --- | --- |\n${SENTENCE}`, `a b - - ${SENTENCE}`],
  ])('without %s', (_what, written, plain) => {
    expect(plainAnswer(written)).toBe(plain);
  });

  test('and what remains of a path is left alone', () => {
    expect(plainAnswer('The program misses /etc/app/config.yaml and cannot start.')).toBe(
      'The program misses /etc/app/config.yaml and cannot start.',
    );
  });

  test('a secret that it repeats is masked', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    expect(plainAnswer(`${SENTENCE} The token is ${token}.`)).not.toContain(token);
  });

  test('a long answer ends with a sentence', () => {
    const plain = plainAnswer(`${SENTENCE} `.repeat(1_000))!;
    expect(plain.length).toBeLessThanOrEqual(900);
    expect(plain.endsWith('gives up.')).toBe(true);
  });

  test('a word without an end is cut', () => {
    expect(plainAnswer(`${SENTENCE} ${'a'.repeat(1_000_000)}`)!.length).toBeLessThanOrEqual(900);
  });
});

test.each([
  '',
  '   ',
  '```\ncode\n```',
  '🔥🔥🔥',
  'No.',
  '<!-- a comment that is long enough -->',
  '#### ----',
])('no explanation is made of %j', (written) => {
  expect(plainAnswer(written)).toBeNull();
});

test('whatever it wrote, nothing of it acts, and it stays short', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(hostileText, fc.string({ unit: 'binary', maxLength: 200 }))), (parts) => {
      const plain = plainAnswer(`${SENTENCE} ${parts.join(' ')}`);
      expect(plain).not.toBeNull();
      expect(plain!.length).toBeLessThanOrEqual(901);
      expect(plain).not.toMatch(/[\p{Cc}\p{Cf}<>[\]`]|:\/\/|<!--|\/rca\b|@\w/iu);
    }),
  );
});
