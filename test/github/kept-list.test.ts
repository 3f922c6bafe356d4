import { describe, expect, test } from 'vitest';
import { keptList, type Listed } from '../../src/github/kept-list.ts';
import { madeClock } from './made-clock.ts';

const START = Date.parse('2026-03-01T10:00:00Z');

/** A list of GitHub that counts its pages. */
function setting(size: number) {
  const clock = madeClock(START);
  const items = new Map<number, Listed>();
  const touch = (number: number): void => {
    items.set(number, { number, updated_at: new Date(clock.now()).toISOString() });
  };
  for (let number = 1; number <= size; number += 1) touch(number);
  const pages: number[] = [];
  const list = keptList(
    async (page) => {
      pages.push(page);
      const all = [...items.values()].sort(
        (a, b) => b.updated_at.localeCompare(a.updated_at) || b.number - a.number,
      );
      return all.slice((page - 1) * 100, page * 100);
    },
    ({ number }) => number % 2 === 0,
    clock,
  );
  return { clock, list, touch, items, asked: () => pages.splice(0) };
}

describe('a list that is kept', () => {
  test('is read in whole the first time, and gives what is wanted', async () => {
    const { list, asked } = setting(250);
    expect(await list.all()).toHaveLength(125);
    expect(asked()).toEqual([1, 2, 3]);
  });

  test('is read as far as something changed later on', async () => {
    const { list, touch, clock, asked } = setting(250);
    await clock.sleep(600_000);
    await list.all();
    asked();
    await clock.sleep(600_000);
    touch(2);
    touch(1000);
    const numbers = (await list.all()).map(({ number }) => number);
    expect(numbers).toHaveLength(126);
    expect(numbers).toContain(1000);
    expect(asked()).toEqual([1]);
    await clock.sleep(600_000);
    for (let number = 1; number <= 150; number += 1) touch(number);
    await list.all();
    expect(asked()).toEqual([1, 2]);
  });

  test('is read further when a change of the same moment could hide behind the last', async () => {
    const { list, asked } = setting(250);
    await list.all();
    asked();
    await list.all();
    expect(asked()).toEqual([1, 2, 3]);
  });

  test('is read in whole again when the first time failed on the way', async () => {
    const { clock } = setting(0);
    let fails = true;
    const page = async (number: number): Promise<readonly Listed[]> => {
      if (number === 2 && fails) throw new Error('down');
      const count = number < 3 ? 100 : 1;
      return Array.from({ length: count }, (_item, index) => ({
        number: number * 100 + index,
        updated_at: '2020-01-01T00:00:00Z',
      }));
    };
    const list = keptList(page, () => true, clock);
    await expect(list.all()).rejects.toThrow('down');
    fails = false;
    expect(await list.all()).toHaveLength(201);
  });

  test('forgets what is gone', async () => {
    const { list, items } = setting(4);
    await list.all();
    items.delete(2);
    list.forget(2);
    expect((await list.all()).map(({ number }) => number)).toEqual([4]);
  });

  test('has what was just made, although GitHub does not list it yet', async () => {
    const { list, items } = setting(2);
    await list.all();
    const made = { number: 4, updated_at: '2026-03-01T10:00:01Z' };
    list.add(made);
    expect(await list.all()).toContainEqual(made);
    const listed = { ...made, updated_at: '2026-03-01T10:00:02Z' };
    items.set(4, listed);
    expect(await list.all()).toEqual([{ number: 2, updated_at: expect.any(String) }, listed]);
  });
});
