import { writeSync } from 'node:fs';
import { ClusterMemory } from '../../../src/service/cluster-memory.ts';
import { openStore } from '../../../src/store/sqlite.ts';
import { readingAt } from './made-readings.ts';

/*
 * Remembers one reading of a cluster after the other in the store in `argv[2]`, from the number in `argv[3]` on, until it is killed. Each
 * is acknowledged on standard output once it is remembered.
 */
const [, , file, from] = process.argv;
const log = {
  warn: (facts: object, message: string) => void writeSync(2, `${message} ${JSON.stringify(facts)}\n`),
};
const memory = new ClusterMemory(await openStore(file!), log, 'prod');
for (let n = Number(from); ; n += 1) {
  await memory.with(readingAt(n));
  writeSync(1, `${n}\n`);
}
