import { expect, test } from 'vitest';
import { revertMessage } from '../../src/lifecycle/revert-title.ts';

const MERGED = { title: 'fix(cart): raise memory limit to 768Mi', number: 12, mergeCommit: null };

test.each([
  [null, 'since it was applied, something has failed that was healthy before.'],
  ['ana', 'as ana asked for.'],
])('the message of a revert says why it is made: asked for by %s', (askedBy, why) => {
  expect(revertMessage(MERGED, { commit: 'c0ffee' }, askedBy)).toContain(why);
});
