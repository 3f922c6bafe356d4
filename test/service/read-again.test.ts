import { expect, test } from 'vitest';
import type { Host, HostReview, ReviewComment } from '../../src/github/host.ts';
import { readAgain } from '../../src/service/read-again.ts';
import type { UnansweredComment } from '../../src/store/records.ts';

const AT = 1_000;
const comment = { id: 7, author: 'ana', isBot: false, url: '', createdAt: AT };
const review = { id: 7, author: 'ana', isBot: false, body: 'of a review', submittedAt: AT };

function hostOf(updatedAt: number): Host {
  const host: Partial<Host> = {
    commentById: async (id) => (id === 7 ? { ...comment, body: 'of a comment', updatedAt } : null),
    reviewComments: async () => [
      { ...comment, body: 'of a review comment', updatedAt } as unknown as ReviewComment,
    ],
    reviews: async () => [review as unknown as HostReview],
    isReviewEdited: async () => updatedAt > AT,
    edits: async () => ({
      body: 'of a description',
      edits: updatedAt > AT ? [{ by: 'ana', isBot: false, at: updatedAt }] : [],
    }),
  };
  return host as Host;
}

const waiting = (kind: UnansweredComment['kind'], id = 7): UnansweredComment => ({
  repository: 'acme/infra',
  kind,
  id,
  thread: 12,
  root: kind === 'review-comment' ? 6 : null,
  author: 'ana',
  createdAt: AT,
});

test.each([
  ['comment', 'of a comment'],
  ['review-comment', 'of a review comment'],
  ['review', 'of a review'],
  ['description', 'of a description'],
] as const)('the words of a %s are read again, and whether they were edited', async (kind, body) => {
  const read = await readAgain(hostOf(AT), waiting(kind));
  expect(read).toEqual({
    kind,
    id: 7,
    thread: 12,
    ...(kind === 'review-comment' ? { root: 6 } : {}),
    author: 'ana',
    isBot: false,
    body,
    createdAt: AT,
    updatedAt: AT,
  });
  const edited = await readAgain(hostOf(AT + 500), waiting(kind));
  expect(edited?.updatedAt).toBeGreaterThan(AT);
});

test.each(['comment', 'review-comment', 'review'] as const)(
  'a %s that is gone is told as none',
  async (kind) => {
    expect(await readAgain(hostOf(AT), waiting(kind, 8))).toBeNull();
  },
);
