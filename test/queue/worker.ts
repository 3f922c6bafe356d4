import { writeSync } from 'node:fs';
import pg from 'pg';
import { GraphileQueue } from '../../src/queue/postgres.ts';
import type { Payloads } from './contract.ts';

/* Begins the first task of the schema `argv[3]` in the database `argv[2]`, says so, and never ends it. */
const [, , connectionString, schema] = process.argv;
const pool = new pg.Pool({ connectionString });
const queue = new GraphileQueue<Payloads>({ pool, schema: schema!, place: 'prod', now: Date.now });
queue.start({
  note: ({ text }) => {
    writeSync(1, `${text}\n`);
    return new Promise(() => {});
  },
  other: async () => {},
});
