import { describe, expect, test } from 'vitest';
import { answerText, findAnswer, workingText } from '../../src/chatops/answer.ts';
import type { HostComment } from '../../src/github/host.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { OWN_LOGIN } from './test-host.ts';

const SEVEN = { kind: 'comment', id: 7 } as const;

function ours(body: string): HostComment {
  return { id: 1, author: OWN_LOGIN, isBot: true, body, url: '', createdAt: 0, updatedAt: 0 };
}

describe('an answer that is too long', () => {
  const LONG = `before\n\n\`\`\`\`diff\n${'+ a\n\n'.repeat(20_000)}\`\`\`\`\n\nafter`;

  test('loses what is behind the last paragraph that fits, and never half a code block', () => {
    const text = answerText(SEVEN, [{ line: '/rca explain', text: LONG, outcome: 'done' }], 0);
    expect(text.length).toBeLessThan(65_000);
    expect(text).toMatch(/^before\n\nThe rest was left out for length\.\n\n<!-- faultline:answer/);
  });

  test('keeps the code blocks that fit', () => {
    const answers = ['short', LONG].map((text) => ({
      line: '/rca explain',
      outcome: 'done' as const,
      text: `\`\`\`diff\n${text.slice(0, 50)}\n\n+\n\`\`\`\n\n${text}`,
    }));
    const text = answerText(SEVEN, answers, 0);
    expect(allNodes(parseGfm(text)).at(-1)).toMatchObject({
      type: 'html',
      value: expect.stringContaining('state=done'),
    });
    expect(findAnswer([ours(text)], OWN_LOGIN, SEVEN)).toEqual({
      id: 1,
      state: 'done',
      outcomes: ['done', 'done'],
    });
  });
});

describe('the answer to a comment is found again', () => {
  test('done or under way', () => {
    expect(findAnswer([ours(workingText(SEVEN, 2))], OWN_LOGIN, SEVEN)).toMatchObject({
      id: 1,
      state: 'working',
    });
    expect(
      findAnswer([ours(answerText(SEVEN, [{ line: 'a', text: 'b', outcome: 'done' }], 0))], OWN_LOGIN, SEVEN)
        ?.state,
    ).toBe('done');
  });

  test.each([
    ['to another comment', ours(workingText({ ...SEVEN, id: 77 }, 1))],
    ['of somebody else', { ...ours(workingText(SEVEN, 1)), author: 'eve' }],
    ['with something behind its marker', ours(`${workingText(SEVEN, 1)}\n\nx`)],
  ])('but not one %s', (_what, comment) => {
    expect(findAnswer([comment], OWN_LOGIN, SEVEN)).toBeNull();
  });
});
