import type { Kysely } from 'kysely';
import { recordOf, rowOf } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { ClusterScan } from '../records.ts';
import type { Scans } from '../store.ts';

export class SqlScans implements Scans {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async note(scan: ClusterScan): Promise<void> {
    await this.#database
      .insertInto('scans')
      .values(rowOf('scans', scan))
      .onConflict((conflict) =>
        conflict.columns(['repository', 'cluster']).doUpdateSet(({ fn, ref }) => ({
          problem: ref('excluded.problem'),
          scannedAt: fn.coalesce('excluded.scannedAt', 'scans.scannedAt'),
        })),
      )
      .execute();
  }

  async list(repository: string): Promise<readonly ClusterScan[]> {
    const rows = await this.#database
      .selectFrom('scans')
      .selectAll()
      .where('repository', '=', repository)
      .orderBy('cluster')
      .execute();
    return rows.map((row) => recordOf('scans', row));
  }
}
