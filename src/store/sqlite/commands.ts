import type { DatabaseSync } from 'node:sqlite';
import type { CommandRecord, Commands, Markers } from '../store.ts';
import { Table } from './table.ts';

export class SqliteCommands implements Commands {
  readonly #table: Table<CommandRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<CommandRecord>(database, 'commands', {
      repository: 'word',
      thread: 'word',
      id: 'word',
      writtenAt: 'word',
      by: 'word',
      kind: 'word',
      fingerprints: 'json',
      field: 'word',
      value: 'text',
      replaced: 'json',
      isTakenBack: 'flag',
    });
  }

  save(command: CommandRecord): void {
    this.#table.save(command);
  }

  remove(repository: string, id: string): void {
    this.#table.remove('repository = ? AND id = ?', repository, id);
  }

  list(repository: string, thread?: number): readonly CommandRecord[] {
    const found = this.#table.all(
      'WHERE repository = ? AND thread = coalesce(?, thread)',
      repository,
      thread ?? null,
    );
    return [...found].sort(byTime);
  }

  /** A command binds its pull request for as long as that is open, which takes less time than this. */
  forgetBefore(time: number): number {
    return this.#table.remove('writtenAt < ?', time);
  }
}

/** Comments have times of one second; within it, the numbers of comments and of the commands in them tell. */
function byTime(one: CommandRecord, other: CommandRecord): number {
  const numbers = ({ id }: CommandRecord): readonly number[] => (id.match(/\d+/g) ?? []).map(Number);
  const [a, b] = [numbers(one), numbers(other)];
  return one.writtenAt - other.writtenAt || (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}

interface NotedMarker {
  readonly repository: string;
  readonly pullRequest: number;
  readonly line: string;
  readonly before: string | null;
}

export class SqliteMarkers implements Markers {
  readonly #table: Table<NotedMarker>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<NotedMarker>(database, 'markers', {
      repository: 'word',
      pullRequest: 'word',
      line: 'word',
      before: 'word',
    });
  }

  note(repository: string, pullRequest: number, line: string, inPlaceOf: string | null): void {
    this.#table.save({ repository, pullRequest, line, before: inPlaceOf });
  }

  of(repository: string, pullRequest: number): readonly string[] {
    const found = this.#table.first('WHERE repository = ? AND pullRequest = ?', repository, pullRequest);
    return found === null ? [] : [found.line, ...(found.before === null ? [] : [found.before])];
  }
}
