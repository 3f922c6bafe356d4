import type { DatabaseSync } from 'node:sqlite';

/** Runs all of `work` or nothing of it. Inside another transaction it is a part of that one, which goes on when it fails. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  const [begin, commit, rollback] = database.isTransaction
    ? ['SAVEPOINT part', 'RELEASE part', 'ROLLBACK TO part; RELEASE part']
    : // IMMEDIATE: a transaction that starts by reading cannot wait for the write lock later.
      ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'];
  database.exec(begin!);
  try {
    const result = work();
    if (result instanceof Promise) throw new TypeError('a transaction cannot wait for a promise');
    database.exec(commit!);
    return result;
  } catch (error) {
    // A full disk and the like have rolled back by themselves.
    if (database.isTransaction) database.exec(rollback!);
    throw error;
  }
}
