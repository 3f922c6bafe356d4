import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './transaction.ts';

const TABLES = ['proposals', 'verifications', 'writes', 'issues'] as const;

/** In every table but the audit log, whatever the case of the name. */
export function renameRepository(database: DatabaseSync, from: string, to: string): void {
  inTransaction(database, () => {
    for (const table of TABLES)
      database
        .prepare(`UPDATE OR REPLACE ${table} SET repository = ?2 WHERE lower(repository) = lower(?1)`)
        .run(from, to);
    // Keys are words with a space between them; names in them are in lower case.
    database
      .prepare(
        `UPDATE OR REPLACE cursors SET "key" = trim(replace("key" || ' ', ' ' || lower(?1) || ' ', ' ' || lower(?2) || ' '))
         WHERE instr("key" || ' ', ' ' || lower(?1) || ' ') > 0`,
      )
      .run(from, to);
  });
}
