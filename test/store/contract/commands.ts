import { describe, expect, test } from 'vitest';
import { command, REPOSITORY } from '../records.ts';
import { opened, type Open } from './open.ts';

export function commandsContract(open: Open): void {
  describe('commands', () => {
    test('come in the order in which they were written, by number within one second', async () => {
      const { commands } = await opened(open);
      const all = [command('9/1', 1000), command('9/0', 1000), command('100/0', 1000), command('3/0', 2000)];
      for (const one of all) await commands.save(one);
      await commands.save(command('4/0', 500, { thread: 13 }));
      const listed = await commands.list(REPOSITORY, 12);
      expect(listed.map(({ id }) => id)).toEqual(['9/0', '9/1', '100/0', '3/0']);
      expect(await commands.list(REPOSITORY)).toHaveLength(5);
    });

    test('are kept as they were given, and replaced by their id', async () => {
      const { commands } = await opened(open);
      const later = command('9/0', 1000, { isTakenBack: true, value: null });
      await commands.save(command('9/0', 1000));
      await commands.save(later);
      expect(await commands.list(REPOSITORY, 12)).toEqual([later]);
      await commands.remove(REPOSITORY, '9/0');
      expect(await commands.list(REPOSITORY)).toEqual([]);
    });
  });

  test('of markers the newest is known, and the one that it takes the place of', async () => {
    const { markers } = await opened(open);
    expect(await markers.of(REPOSITORY, [])).toEqual(new Map());
    await markers.note(REPOSITORY, 12, 'one', null);
    await markers.note(REPOSITORY, 13, 'a', null);
    expect(await markers.of(REPOSITORY, [12, 99])).toEqual(new Map([[12, ['one']]]));
    await markers.note(REPOSITORY, 12, 'two', 'one');
    await markers.note(REPOSITORY, 12, 'three', 'one');
    expect(await markers.of(REPOSITORY, [12, 13])).toEqual(
      new Map([
        [12, ['three', 'one']],
        [13, ['a']],
      ]),
    );
  });
}
