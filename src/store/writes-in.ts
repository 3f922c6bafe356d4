import type { LogEvent } from 'kysely';
import type { StoreOptions } from './store-options.ts';

/** What Kysely logs of statements, where they write: it writes them in lower case and quotes every table. */
export function writesIn(onWrite: NonNullable<StoreOptions['onWrite']>): (event: LogEvent) => void {
  return ({ query: { sql }, queryDurationMillis }) => {
    const [, table] = /^(?:insert into|update|delete from) "(\w+)"/.exec(sql) ?? [];
    if (table !== undefined) onWrite(table, queryDurationMillis / 1000);
  };
}
