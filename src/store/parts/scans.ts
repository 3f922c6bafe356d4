import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { ClusterScan } from '../records.ts';
import type { Scans } from '../store.ts';
import { inTransaction } from '../transaction.ts';

export class SqlScans implements Scans {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  note(scan: ClusterScan): Promise<void> {
    return inTransaction(this.#database, async (database) => {
      const known = await new SqlScans(database).list(scan.repository);
      const before = known.find(({ cluster }) => cluster === scan.cluster)?.scannedAt ?? null;
      await save(database, 'scans', { ...scan, scannedAt: scan.scannedAt ?? before });
    });
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
