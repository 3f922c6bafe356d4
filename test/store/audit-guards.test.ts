import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';
import { filled } from './contract/audit-log.ts';

describe('the file refuses', () => {
  /** Another program that opens the file of a log of five, of which one is retired. */
  async function intruder(): Promise<DatabaseSync> {
    const file = join(madeFolder(), 'faultline.db');
    const store = await openStore(file);
    await (await filled(store.audit)).retire(1_500, 9_000);
    await store.close();
    const database = new DatabaseSync(file);
    onTestFinished(() => database.close());
    return database;
  }

  const columns = '(sequence, at, kind, payload, previous, hash)';

  test.each([
    ['a change', `UPDATE audit SET payload = '{}' WHERE sequence = 3`, /never changed/],
    ['a change of the order', 'UPDATE audit SET sequence = 9 WHERE sequence = 3', /never changed/],
    ['a removal', 'DELETE FROM audit WHERE sequence = 3', /only when a checkpoint vouches/],
    ['the removal of everything', 'DELETE FROM audit', /only when a checkpoint vouches/],
    [
      'a replacement',
      `INSERT OR REPLACE INTO audit SELECT sequence, at, kind, '{}', previous, hash FROM audit WHERE sequence = 3`,
      /grows at its end only/,
    ],
    [
      'a record in a gap',
      `INSERT INTO audit SELECT 1, at, kind, payload, previous, hash FROM audit WHERE sequence = 3`,
      /grows at its end only/,
    ],
    [
      'a record that follows another one than the last',
      `INSERT INTO audit ${columns} VALUES (7, 0, 'scan', '{}', 'x', 'y')`,
      /grows at its end only/,
    ],
    [
      'a checkpoint of a record that is not there',
      `INSERT INTO audit ${columns} SELECT 7, 0, 'checkpoint', '{"through":4,"hash":"x"}', hash, 'y' FROM audit WHERE sequence = 6`,
      /names a record that is not there/,
    ],
  ])('%s', async (_what, sql, message) => {
    const database = await intruder();
    expect(() => database.exec(sql)).toThrow(message);
    expect(database.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 5 });
  });
});
