import { sql, type Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Runs all of `work` or nothing of it. Inside another transaction it is a part of that one, which goes on when it fails. */
export async function inTransaction<T>(
  database: Kysely<Schema>,
  work: (database: Kysely<Schema>) => Promise<T>,
  accessMode: 'read only' | 'read write' = 'read write',
): Promise<T> {
  if (!database.isTransaction) return database.transaction().setAccessMode(accessMode).execute(work);
  await sql`savepoint part`.execute(database);
  try {
    const result = await work(database);
    await sql`release savepoint part`.execute(database);
    return result;
  } catch (error) {
    await undoPart(database, error);
    throw error;
  }
}

/** @throws what made the part fail, where the engine has undone the whole transaction already, as on a full disk */
async function undoPart(database: Kysely<Schema>, cause: unknown): Promise<void> {
  try {
    await sql`rollback to savepoint part`.execute(database);
    await sql`release savepoint part`.execute(database);
  } catch {
    throw cause;
  }
}
