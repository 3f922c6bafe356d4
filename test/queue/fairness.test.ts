import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InProcessQueue } from '../../src/queue/in-process.ts';
import { Timetable } from '../../src/queue/timetable.ts';

interface Payloads {
  readonly work: { readonly owner: string | null };
}

const SECOND = 1_000;

/** A queue whose tasks take a time of a made clock, and what began when. */
function made(seconds: number, atOnce = 8) {
  let time = 0;
  const ending: { readonly at: number; end(): void }[] = [];
  const begun: { readonly owner: string | null; readonly key: string; readonly at: number }[] = [];
  const queue = new InProcessQueue<Payloads>({
    now: () => time,
    atOnce,
    patience: 1_000_000,
    whoseOf: ({ payload: { owner }, key }) => (owner === null ? null : { group: owner, part: key }),
    around: async ({ key }, work) => {
      begun.push({ owner: /^(\w+)\//.exec(key)?.[1] ?? null, key, at: time });
      await new Promise<void>((resolve) => ending.push({ at: time + seconds * SECOND, end: resolve }));
      await work();
    },
  });
  const start = (): void => queue.start({ work: async () => {} });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const pass = async (duration: number): Promise<void> => {
    for (const until = time + duration; time < until; time += SECOND) {
      await settle();
      for (const one of ending.splice(0)) {
        if (one.at <= time) one.end();
        else ending.push(one);
      }
      await settle();
      void queue.add(
        { name: 'work', key: 'tick', queue: 'tick', payload: { owner: null } },
        time + 3_600 * SECOND,
      );
    }
  };
  const add = (owner: string | null, repository: number | string): Promise<void> => {
    const key = owner === null ? String(repository) : `${owner}/${repository}`;
    return queue.add({ name: 'work', key, queue: key, payload: { owner } });
  };
  return { queue, begun, pass, add, start };
}

describe('an organisation with a storm in 400 repositories', () => {
  test('delays another, whose task comes in the middle of it, by nothing', async () => {
    const { begun, pass, add, queue, start } = made(30);
    start();
    // As every repository that is served has: its next poll.
    await queue.add(
      { name: 'work', key: 'small/poll', queue: 'small', payload: { owner: 'small' } },
      3_600 * SECOND,
    );
    for (let index = 0; index < 400; index += 1) await add('big', index);
    await pass(20 * SECOND);
    await add('small', 'infra');
    await pass(SECOND);
    expect(begun.at(-1)).toMatchObject({ owner: 'small', at: 20 * SECOND });
  });

  test('gets all places but two while there are others, and all of them alone', async () => {
    const { begun, pass, add, queue, start } = made(30);
    start();
    for (let index = 0; index < 400; index += 1) await add('big', index);
    await pass(SECOND);
    expect(begun).toHaveLength(8);
    await queue.add(
      { name: 'work', key: 'small/x', queue: 'small', payload: { owner: 'small' } },
      3_600 * SECOND,
    );
    await pass(31 * SECOND);
    // All eight have ended, and six took their places.
    expect(begun.filter(({ at }) => at >= 30 * SECOND)).toHaveLength(6);
  });

  test('takes turns with another storm, task by task', async () => {
    const { begun, pass, add, start } = made(10);
    for (let index = 0; index < 400; index += 1) await add('big', index);
    for (let index = 0; index < 40; index += 1) await add('small', index);
    start();
    await pass(102 * SECOND);
    const count = (owner: string): number => begun.filter((one) => one.owner === owner).length;
    // Half of the places each, until the smaller one is through.
    expect(count('small')).toBe(40);
    expect(count('big')).toBeGreaterThanOrEqual(40);
  });

  test('does not delay what is everybody’s, such as reading a cluster', async () => {
    const { begun, pass, add, queue, start } = made(30);
    start();
    await queue.add(
      { name: 'work', key: 'small/poll', queue: 'small', payload: { owner: 'small' } },
      3_600 * SECOND,
    );
    for (let index = 0; index < 400; index += 1) await add('big', index);
    await pass(5 * SECOND);
    await add(null, 'watch prod');
    await pass(SECOND);
    expect(begun.at(-1)).toMatchObject({ key: 'watch prod', at: 5 * SECOND });
  });
});

test('twenty organisations get the same, however many repositories each has', async () => {
  const { begun, pass, add, start } = made(10);
  for (let owner = 0; owner < 20; owner += 1)
    for (let index = 0; index < 5 + owner * 20; index += 1) await add(`org${owner}`, index);
  start();
  await pass(62 * SECOND);
  const counts = new Map<string | null, number>();
  for (const { owner } of begun) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  expect(begun).toHaveLength(7 * 8);
  expect(counts.size).toBe(20);
  expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
});

test('within an organisation, the task that is due first comes first', async () => {
  const { begun, pass, add, start } = made(1, 1);
  start();
  for (const name of ['c', 'a', 'b']) await add('one', name);
  await pass(5 * SECOND);
  expect(begun.map(({ key }) => key)).toEqual(['one/c', 'one/a', 'one/b']);
});

test('a timetable gives what is earliest, in the order of its addition', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 }))), (steps) => {
      const table = new Timetable<number>();
      const model: { at: number; thing: number }[] = [];
      for (const [index, [isRemoval, at]] of steps.entries()) {
        if (isRemoval) {
          expect(table.first()?.thing ?? null).toBe(model[0]?.thing ?? null);
          table.removeFirst();
          model.shift();
        } else {
          table.add(at, index);
          model.push({ at, thing: index });
          model.sort((one, other) => one.at - other.at || one.thing - other.thing);
        }
      }
      for (const { thing } of model) {
        expect(table.first()?.thing).toBe(thing);
        table.removeFirst();
      }
      expect(table.first()).toBeNull();
    }),
  );
});
