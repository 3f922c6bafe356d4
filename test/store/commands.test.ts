import { describe, expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { CommandRecord } from '../../src/store/store.ts';
import { REPOSITORY } from './records.ts';

function command(id: string, writtenAt: number, more: Partial<CommandRecord> = {}): CommandRecord {
  return {
    repository: REPOSITORY,
    thread: 12,
    id,
    writtenAt,
    by: 'ana',
    kind: 'set',
    fingerprints: ['a1b2c3d4e5f60718'],
    field: 'spec.maxReplicas',
    value: '16',
    replaced: [],
    isTakenBack: false,
    ...more,
  };
}

describe('commands', () => {
  test('come in the order in which they were written, by number within one second', () => {
    const { commands } = openMemoryStore();
    const all = [command('9/1', 1000), command('9/0', 1000), command('100/0', 1000), command('3/0', 2000)];
    for (const one of all) commands.save(one);
    commands.save(command('4/0', 500, { thread: 13 }));
    expect(commands.list(REPOSITORY, 12).map(({ id }) => id)).toEqual(['9/0', '9/1', '100/0', '3/0']);
    expect(commands.list(REPOSITORY)).toHaveLength(5);
  });

  test('are kept as they were given, and replaced by their id', () => {
    const { commands } = openMemoryStore();
    commands.save(command('9/0', 1000));
    commands.save(command('9/0', 1000, { isTakenBack: true, value: null }));
    expect(commands.list(REPOSITORY, 12)).toEqual([command('9/0', 1000, { isTakenBack: true, value: null })]);
    commands.remove(REPOSITORY, '9/0');
    expect(commands.list(REPOSITORY)).toEqual([]);
  });
});

test('of markers the newest is known, and the one that it takes the place of', () => {
  const { markers } = openMemoryStore();
  expect(markers.of(REPOSITORY, 12)).toEqual([]);
  markers.note(REPOSITORY, 12, 'one', null);
  expect(markers.of(REPOSITORY, 12)).toEqual(['one']);
  markers.note(REPOSITORY, 12, 'two', 'one');
  markers.note(REPOSITORY, 12, 'three', 'one');
  expect(markers.of(REPOSITORY, 12)).toEqual(['three', 'one']);
});
