import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { CommandRecord } from '../records.ts';
import type { Commands, Markers } from '../store.ts';

export class SqlCommands implements Commands {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  save(command: CommandRecord): Promise<void> {
    return save(this.#database, 'commands', command);
  }

  async remove(repository: string, id: string): Promise<void> {
    await this.#database
      .deleteFrom('commands')
      .where('repository', '=', repository)
      .where('id', '=', id)
      .execute();
  }

  async list(repository: string, thread?: number): Promise<readonly CommandRecord[]> {
    const rows = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('repository', '=', repository)
      .$if(thread !== undefined, (query) => query.where('thread', '=', thread!))
      .execute();
    return rows.map((row) => recordOf('commands', row)).sort(byTime);
  }
}

/** Comments have times of one second; within it, the numbers of comments and of the commands in them tell. */
function byTime(one: CommandRecord, other: CommandRecord): number {
  const numbers = ({ id }: CommandRecord): readonly number[] => (id.match(/\d+/g) ?? []).map(Number);
  const [a, b] = [numbers(one), numbers(other)];
  return one.writtenAt - other.writtenAt || (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}

export class SqlMarkers implements Markers {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  note(repository: string, pullRequest: number, line: string, inPlaceOf: string | null): Promise<void> {
    return save(this.#database, 'markers', { repository, pullRequest, line, before: inPlaceOf });
  }

  async of(
    repository: string,
    pullRequests: readonly number[],
  ): Promise<ReadonlyMap<number, readonly string[]>> {
    if (pullRequests.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom('markers')
      .selectAll()
      .where('repository', '=', repository)
      .where('pullRequest', 'in', pullRequests)
      .execute();
    return new Map(
      rows.map(({ pullRequest, line, before }) => [pullRequest, before === null ? [line] : [line, before]]),
    );
  }
}
