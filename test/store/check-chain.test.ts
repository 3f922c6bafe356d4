import { describe, expect, test } from 'vitest';
import { anchorOf } from '../../src/store/audit.ts';
import { checkChain } from '../../src/store/check-chain.ts';
import { headOf, madeChain, rewritten, type Entry } from './made-chain.ts';

const entries = [1, 2, 3, 4, 5].map((n): Entry => ({ at: n * 1_000, kind: 'scan', payload: { n } }));
const chain = madeChain(entries);
const retired = madeChain(entries, 2);

describe('an intact log', () => {
  test('is intact without anchors and with true ones', async () => {
    const head = headOf(chain);
    expect(await checkChain(chain)).toEqual({ intact: true, records: 5, first: 1, head, tooOld: [] });
    const short = { sequence: 2, hash: chain[1]!.hash.slice(0, 16) };
    expect((await checkChain(chain, [head, short])).intact).toBe(true);
  });

  test('may be empty', async () => {
    expect(await checkChain([])).toEqual({ intact: true, records: 0, first: null, head: null, tooOld: [] });
  });

  test('starts behind what a checkpoint vouches for', async () => {
    const old = anchorOf(chain[1]!);
    expect(await checkChain(retired, [old])).toEqual({
      intact: true,
      records: 4,
      first: 3,
      head: headOf(retired),
      tooOld: [old],
    });
  });
});

describe('a broken log', () => {
  test('with another payload', async () => {
    const changed = chain.with(2, { ...chain[2]!, payload: '{"n":4}' });
    expect(await checkChain(changed)).toEqual({
      intact: false,
      sequence: 3,
      fault: 'changed',
      message: 'record 3 is not what its hash was made of',
    });
  });

  test('with a record that was made anew, and its hash with it', async () => {
    const changed = chain.with(2, rewritten([{ ...chain[2]!, payload: '{"n":4}' }], chain[1])[0]!);
    expect(await checkChain(changed)).toMatchObject({
      sequence: 3,
      fault: 'changed',
      message: 'record 4 was written after another record 3 than the one that is there now',
    });
  });

  test('with everything made anew from a record on', async () => {
    const anew = rewritten([{ ...chain[2]!, payload: '{"n":4}' }, chain[3]!, chain[4]!], chain[1]);
    const changed = [...chain.slice(0, 2), ...anew];
    expect((await checkChain(changed)).intact).toBe(true);
    expect(await checkChain(changed, [headOf(chain)])).toMatchObject({
      sequence: 5,
      fault: 'changed',
      message: expect.stringMatching(/^record 5 is not the one of the anchor 5:[0-9a-f]{32}: /),
    });
  });

  test('without a record', async () => {
    expect(await checkChain(chain.toSpliced(2, 1))).toMatchObject({
      sequence: 3,
      fault: 'missing',
      message: 'record 3 is missing',
    });
    expect(await checkChain(chain.toSpliced(1, 2))).toMatchObject({ message: 'records 2 to 3 are missing' });
  });

  test('without its start', async () => {
    expect(await checkChain(chain.slice(2))).toMatchObject({
      sequence: 1,
      fault: 'missing',
      message: 'records 1 to 2 are missing, and no checkpoint says that they were retired',
    });
  });

  test('without more of its start than was retired', async () => {
    expect(await checkChain(retired.slice(1))).toMatchObject({ sequence: 3, fault: 'missing' });
  });

  test.each(['null', 'no JSON', '{"through":2}'])('under a checkpoint that only says %s', async (payload) => {
    const made = rewritten([{ at: 0, kind: 'checkpoint', payload }], chain[4]);
    expect(await checkChain([...chain.slice(2), ...made])).toMatchObject({ sequence: 1, fault: 'missing' });
  });

  test('with records that changed places', async () => {
    expect(await checkChain(chain.with(1, chain[2]!).with(2, chain[1]!))).toMatchObject({
      sequence: 2,
      fault: 'reordered',
      message: 'record 3 is where record 2 belongs',
    });
  });

  test('with a record twice', async () => {
    expect(await checkChain(chain.toSpliced(1, 0, chain[1]!))).toMatchObject({
      sequence: 2,
      fault: 'reordered',
    });
  });

  test('without its end', async () => {
    expect(await checkChain(chain.slice(0, 3), [headOf(chain)])).toMatchObject({
      sequence: 4,
      fault: 'cut-off',
      message: expect.stringMatching(/^the log ends with record 3, and the anchor 5:\S+ knows of record 5$/),
    });
  });

  test('without anything', async () => {
    expect(await checkChain([], [headOf(chain)])).toMatchObject({ sequence: 1, fault: 'cut-off' });
  });
});
