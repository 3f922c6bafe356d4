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
  const isWanted = ({ number }: Listed): boolean => number % 2 === 0;
  const searched: ReadonlySet<number>[] = [];
  const list = keptList({
    page: async (page) => {
      pages.push(page);
      const all = [...items.values()].sort(
        (a, b) => b.updated_at.localeCompare(a.updated_at) || b.number - a.number,
      );
      return all.slice((page - 1) * 100, page * 100);
    },
    search: async (known) => {
      searched.push(known);
      return { items: [...items.values()].filter(isWanted), isWhole: true };
    },
    isWanted,
    clock,
  });
  const numbers = async (): Promise<readonly number[]> =>
    (await list.all()).items.map(({ number }) => number);
  return { clock, list, numbers, touch, items, searched, asked: () => pages.splice(0) };
}

describe('a list that is kept', () => {
  test('is read in whole where it is short', async () => {
    const { numbers, asked, searched } = setting(99);
    expect(await numbers()).toHaveLength(49);
    expect(asked()).toEqual([1]);
    expect(searched).toEqual([]);
  });

  test('is searched where it is long, whatever its length', async () => {
    const { list, asked, searched } = setting(10_050);
    const { items, isWhole } = await list.all();
    expect(items).toHaveLength(5025);
    expect(isWhole).toBe(true);
    expect(asked()).toEqual([1]);
    expect(searched).toHaveLength(1);
  });

  test('is read as far as something changed later on', async () => {
    const { numbers, touch, clock, asked, searched } = setting(250);
    await clock.sleep(600_000);
    await numbers();
    asked();
    await clock.sleep(600_000);
    touch(2);
    touch(1000);
    const found = await numbers();
    expect(found).toHaveLength(126);
    expect(found).toContain(1000);
    expect(asked()).toEqual([1]);
    await clock.sleep(600_000);
    for (let number = 1; number <= 150; number += 1) touch(number);
    await numbers();
    expect(asked()).toEqual([1, 2]);
    expect(searched).toHaveLength(1);
  });

  test('is searched again when too much changed', async () => {
    const { numbers, touch, clock, asked, searched } = setting(10_050);
    await clock.sleep(600_000);
    await numbers();
    asked();
    await clock.sleep(600_000);
    for (let number = 1; number <= 9_000; number += 1) touch(number);
    touch(20_000);
    expect(await numbers()).toContain(20_000);
    expect(asked()).toEqual([1, 2, 3]);
    expect(searched).toHaveLength(2);
  });

  test('is read further when a change of the same moment could hide behind the last', async () => {
    const { list, asked } = setting(250);
    await list.all();
    asked();
    await list.all();
    expect(asked()).toEqual([1, 2, 3]);
  });

  test('is no longer read as changed once the moment is over', async () => {
    const { list, clock, asked } = setting(10_050);
    await list.all();
    await clock.sleep(600_000);
    await list.all();
    asked();
    await clock.sleep(600_000);
    await list.all();
    expect(asked()).toEqual([1]);
  });

  test('is read again when the last time failed on the way', async () => {
    const { clock } = setting(0);
    let fails = false;
    let time = '2020-01-01T00:00:00Z';
    const page = async (number: number): Promise<readonly Listed[]> => {
      if (number === 2 && fails) throw new Error('down');
      return Array.from({ length: 100 }, (_item, index) => ({
        number: number * 100 + index,
        updated_at: number < 3 ? time : '2020-01-01T00:00:00Z',
      }));
    };
    const search = async () => ({ items: [], isWhole: true });
    const list = keptList({ page, search, isWanted: () => true, clock });
    expect((await list.all()).items).toHaveLength(100);
    fails = true;
    time = '2020-01-02T00:00:00Z';
    await expect(list.all()).rejects.toThrow('down');
    fails = false;
    expect((await list.all()).items).toHaveLength(300);
  });

  test('is not whole where the search could not be', async () => {
    const { clock } = setting(0);
    const updated_at = '2020-01-01T00:00:00Z';
    const list = keptList({
      page: async () => Array.from({ length: 100 }, (_item, number) => ({ number, updated_at })),
      search: async () => ({ items: [], isWhole: false }),
      isWanted: () => false,
      clock,
    });
    expect(await list.all()).toEqual({ items: [], isWhole: false });
  });

  test('forgets what is gone', async () => {
    const { list, numbers, items } = setting(4);
    await list.all();
    items.delete(2);
    list.forget(2);
    expect(await numbers()).toEqual([4]);
  });

  test('has what was just made, although GitHub does not list it yet', async () => {
    const { list, items } = setting(2);
    await list.all();
    const made = { number: 4, updated_at: '2026-03-01T10:00:01Z' };
    list.add(made);
    expect((await list.all()).items).toContainEqual(made);
    const listed = { ...made, updated_at: '2026-03-01T10:00:02Z' };
    items.set(4, listed);
    expect((await list.all()).items).toEqual([{ number: 2, updated_at: expect.any(String) }, listed]);
  });
});
