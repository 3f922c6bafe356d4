import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/sqlite.ts';

/*
 * Writes to the store in `argv[2]` until it is killed, as fast as it can: records of the audit log, alone or in a transaction with
 * something else, and now and then a retirement. Each record is acknowledged on standard output once its promise has resolved.
 */
const store = await openStore(process.argv[2]!);
for (let n = 0; ; n++) {
  const { sequence, hash } = await store.transaction(async ({ audit, handled }) => {
    const record = await audit.append('command', { n, text: 'x'.repeat(n % 700) }, Date.now());
    if (n % 3 > 0) await handled.add('comment', String(record.sequence), record.at);
    return record;
  });
  writeSync(1, `${sequence} ${hash} ${n % 3 > 0 ? 'both' : 'alone'}\n`);
  if (n % 40 === 39) await store.audit.retire(Date.now() - 30, Date.now());
}
