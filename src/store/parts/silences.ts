import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { EvidenceKind, Ignore, Snooze } from '../records.ts';
import type { Ignores, Snoozes } from '../store.ts';

export class SqlSnoozes implements Snoozes {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  set(snooze: Snooze): Promise<void> {
    return save(this.#database, 'snoozes', snooze);
  }

  async active(fingerprint: string, now: number): Promise<Snooze | null> {
    const row = await this.#database
      .selectFrom('snoozes')
      .selectAll()
      .where('fingerprint', '=', fingerprint)
      .where('until', '>', now)
      .executeTakeFirst();
    return row ? recordOf('snoozes', row) : null;
  }

  async list(now: number): Promise<readonly Snooze[]> {
    const rows = await this.#database
      .selectFrom('snoozes')
      .selectAll()
      .where('until', '>', now)
      .orderBy('until')
      .orderBy('fingerprint')
      .execute();
    return rows.map((row) => recordOf('snoozes', row));
  }

  async end(fingerprint: string): Promise<void> {
    await this.#database.deleteFrom('snoozes').where('fingerprint', '=', fingerprint).execute();
  }
}

export class SqlIgnores implements Ignores {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  set(ignore: Ignore): Promise<void> {
    return save(this.#database, 'ignores', ignore);
  }

  async get(fingerprint: string): Promise<Ignore | null> {
    const row = await this.#database
      .selectFrom('ignores')
      .selectAll()
      .where('fingerprint', '=', fingerprint)
      .executeTakeFirst();
    return row ? recordOf('ignores', row) : null;
  }

  async active(fingerprint: string, evidenceKinds: readonly EvidenceKind[]): Promise<Ignore | null> {
    const ignore = await this.get(fingerprint);
    return ignore && evidenceKinds.every((kind) => ignore.evidenceKinds.includes(kind)) ? ignore : null;
  }

  async list(): Promise<readonly Ignore[]> {
    const rows = await this.#database
      .selectFrom('ignores')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('fingerprint')
      .execute();
    return rows.map((row) => recordOf('ignores', row));
  }

  async end(fingerprint: string): Promise<void> {
    await this.#database.deleteFrom('ignores').where('fingerprint', '=', fingerprint).execute();
  }
}
