import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUpStore } from '../../src/store/sqlite/backup.ts';
import { recoverStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';
import { lostOf, rememberUntilKilled } from './faults/kill-rememberer.ts';

test(
  'what was remembered is there after a SIGKILL at any moment, in a backup, and in a recovered copy',
  { timeout: 120_000 },
  async () => {
    const folder = madeFolder();
    const file = join(folder, 'faultline.db');
    let from = 0;
    for (const life of [1, 13, 29, 47]) {
      const acknowledged = await rememberUntilKilled(file, from, life);
      expect(await lostOf(file, acknowledged), `after ${acknowledged}`).toEqual([]);
      from = acknowledged + 1;
    }
    const copy = join(folder, 'copy.db');
    await backUpStore(file, copy);
    expect(await lostOf(copy, from - 1)).toEqual([]);
    await recoverStore(copy, Date.now());
    expect(await lostOf(copy, from - 1)).toEqual([]);
  },
);
