import { describe, expect, test } from 'vitest';
import { onTheWordOf, weigh, type Outcome } from '../../src/rules/weigh.ts';
import { ownText } from '../../src/untrusted/prose.ts';

const outcome = (cause: string): Outcome => ({ cause, summary: ownText(''), rootCause: ownText('') });
const leak = { what: ownText('a leak'), because: ownText('memory stays level') };
const heap = { what: ownText('the heap'), because: ownText('it fits') };

describe('weighing', () => {
  test('lets the first cause that holds decide, and keeps what was ruled out before it', () => {
    const weighed = weigh(
      [() => null, () => leak, (known: number) => (known > 1 ? outcome('large') : null), () => heap],
      2,
    );
    expect(weighed).toEqual({ outcome: outcome('large'), ruledOut: [leak] });
  });

  test('concludes nothing where no cause holds', () => {
    expect(weigh([() => leak, () => heap], null)).toEqual({ outcome: null, ruledOut: [leak, heap] });
  });
});

test('a conclusion takes from a witness what it states, and no more', () => {
  const says = ownText('It is full.');
  expect(onTheWordOf({ says, evidence: [] })).toEqual({ rootCause: says, evidence: [] });
  expect(onTheWordOf({ says, evidence: [], reason: says, advice: [says], blames: [] })).toEqual({
    rootCause: says,
    evidence: [],
    reason: says,
    advice: [says],
    blames: [],
  });
});
