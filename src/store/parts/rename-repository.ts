import type { Kysely } from 'kysely';
import { saveRow } from '../rows.ts';
import type { Schema } from '../schema.ts';
import { inTransaction } from '../transaction.ts';

const TABLES = [
  'proposals',
  'verifications',
  'commands',
  'markers',
  'scans',
  'unanswered',
  'judgements',
] as const;

/** In every table but the audit log, whatever the case of the name. What the new name had under the same key goes. */
export function renameRepository(database: Kysely<Schema>, from: string, to: string): Promise<void> {
  return inTransaction(database, async (part) => {
    for (const table of TABLES) await renameIn(part, table, from, to);
    await renameInCursors(part, from.toLowerCase(), to.toLowerCase());
  });
}

async function renameIn(
  database: Kysely<Schema>,
  table: (typeof TABLES)[number],
  from: string,
  to: string,
): Promise<void> {
  const rows = await database
    .selectFrom(table)
    .selectAll()
    .where(({ fn }) => fn<string>('lower', ['repository']), '=', from.toLowerCase())
    .execute();
  for (const row of rows) {
    await database.deleteFrom(table).where('repository', '=', row.repository).execute();
  }
  for (const row of rows) await saveRow(database, table, { ...row, repository: to });
}

/** Keys are words with a space between them; names in them are in lower case. */
async function renameInCursors(database: Kysely<Schema>, from: string, to: string): Promise<void> {
  const rows = await database.selectFrom('cursors').selectAll().where('key', 'like', `%${from}%`).execute();
  for (const row of rows) {
    const words = row.key.split(' ');
    if (!words.includes(from)) continue;
    const key = words.map((word) => (word === from ? to : word)).join(' ');
    await database.deleteFrom('cursors').where('key', '=', row.key).execute();
    await saveRow(database, 'cursors', { ...row, key });
  }
}
