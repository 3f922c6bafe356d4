import type { Kysely } from 'kysely';
import type { Remembered } from '../../model/remembered.ts';
import { recordOf, saveAll } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { Memories } from '../store.ts';
import { inTransaction } from '../transaction.ts';

export class SqlMemories implements Memories {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  change(cluster: string, changed: readonly Remembered[], forgotten: readonly string[]): Promise<void> {
    return inTransaction(this.#database, async (database) => {
      for (const id of forgotten)
        await database.deleteFrom('remembered').where('cluster', '=', cluster).where('id', '=', id).execute();
      const records = changed.map((content) => ({ cluster, id: content.id, at: content.at, content }));
      await saveAll(database, 'remembered', records);
    });
  }

  async of(cluster: string): Promise<readonly Remembered[]> {
    const rows = await this.#database
      .selectFrom('remembered')
      .selectAll()
      .where('cluster', '=', cluster)
      .orderBy('at')
      .orderBy('id')
      .execute();
    return rows.map((row) => recordOf('remembered', row).content);
  }
}
