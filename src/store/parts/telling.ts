import type { Kysely } from 'kysely';
import type { Story } from '../../model/story.ts';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { Outbox, OutboxRecord, Stories, ThreadRecord, Threads } from '../telling.ts';
import { inTransaction } from '../transaction.ts';

export class SqlStories implements Stories {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async get(fingerprint: string): Promise<Story | null> {
    const row = await this.#database
      .selectFrom('stories')
      .selectAll()
      .where('fingerprint', '=', fingerprint)
      .executeTakeFirst();
    return row ? recordOf('stories', row).content : null;
  }

  save(content: Story, at: number): Promise<void> {
    return save(this.#database, 'stories', { fingerprint: content.fingerprint, at, content });
  }

  async list(): Promise<readonly Story[]> {
    const rows = await this.#database
      .selectFrom('stories')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('fingerprint')
      .execute();
    return rows.map((row) => recordOf('stories', row).content);
  }
}

export class SqlOutbox implements Outbox {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  add(message: OutboxRecord): Promise<void> {
    return inTransaction(this.#database, async (database) => {
      const known = await database
        .selectFrom('outbox')
        .select('id')
        .where('id', '=', message.id)
        .executeTakeFirst();
      if (!known) await save(database, 'outbox', message);
    });
  }

  save(message: OutboxRecord): Promise<void> {
    return save(this.#database, 'outbox', message);
  }

  async open(route: string): Promise<readonly OutboxRecord[]> {
    const rows = await this.#database
      .selectFrom('outbox')
      .selectAll()
      .where('route', '=', route)
      .where('state', 'in', ['waiting', 'sending'])
      .orderBy('at')
      .orderBy('id')
      .execute();
    return rows.map((row) => recordOf('outbox', row));
  }

  async has(route: string, incident: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('outbox')
      .select('id')
      .where('route', '=', route)
      .where('incident', '=', incident)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }
}

export class SqlThreads implements Threads {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async get(route: string, incident: string): Promise<ThreadRecord | null> {
    const row = await this.#database
      .selectFrom('threads')
      .selectAll()
      .where('route', '=', route)
      .where('incident', '=', incident)
      .executeTakeFirst();
    return row ? recordOf('threads', row) : null;
  }

  save(thread: ThreadRecord): Promise<void> {
    return save(this.#database, 'threads', thread);
  }
}
