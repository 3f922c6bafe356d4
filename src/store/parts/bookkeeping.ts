import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { Cursors, Handled, Unanswered } from '../store.ts';
import type { HandledKind, UnansweredComment } from '../records.ts';

export class SqlHandled implements Handled {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async has(kind: HandledKind, id: string): Promise<boolean> {
    const found = await this.#database
      .selectFrom('handled')
      .select('id')
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
    return found !== undefined;
  }

  async add(kind: HandledKind, id: string, at: number): Promise<boolean> {
    const { numInsertedOrUpdatedRows: added } = await this.#database
      .insertInto('handled')
      .values({ kind, id, at })
      .onConflict((conflict) => conflict.columns(['kind', 'id']).doNothing())
      .executeTakeFirst();
    return Number(added) > 0;
  }
}

export class SqlCursors implements Cursors {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async get(key: string): Promise<string | null> {
    const found = await this.#database
      .selectFrom('cursors')
      .select('value')
      .where('key', '=', key)
      .executeTakeFirst();
    return found?.value ?? null;
  }

  set(key: string, value: string): Promise<void> {
    return save(this.#database, 'cursors', { key, value });
  }

  async remove(key: string): Promise<void> {
    await this.#database.deleteFrom('cursors').where('key', '=', key).execute();
  }
}

export class SqlUnanswered implements Unanswered {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  add(comment: UnansweredComment): Promise<void> {
    return save(this.#database, 'unanswered', comment);
  }

  async remove({
    repository,
    kind,
    id,
  }: Pick<UnansweredComment, 'repository' | 'kind' | 'id'>): Promise<void> {
    await this.#database
      .deleteFrom('unanswered')
      .where('repository', '=', repository)
      .where('kind', '=', kind)
      .where('id', '=', id)
      .execute();
  }

  async list(repository: string): Promise<readonly UnansweredComment[]> {
    const rows = await this.#database
      .selectFrom('unanswered')
      .selectAll()
      .where('repository', '=', repository)
      .orderBy('createdAt')
      .orderBy('id')
      .execute();
    return rows.map((row) => recordOf('unanswered', row));
  }
}
