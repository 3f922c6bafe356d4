import { sql, type Kysely } from 'kysely';
import type { AuditReader, AuditRecord } from './audit.ts';
import { checkChain, type IntactChain } from './check-chain.ts';
import { SqlAuditLog, SqlAuditReader } from './parts/audit-log.ts';
import { shownPlace } from './postgres/address.ts';
import { withPostgresTables, type PostgresOptions } from './postgres.ts';
import { COLUMNS, type Schema, type TableName } from './schema.ts';
import { withTables } from './sqlite.ts';
import { StoreError } from './store-error.ts';

export interface MigratedStore {
  /** Rows by table, the audit log and its anchors included. */
  readonly rows: Readonly<Record<string, number>>;
  /** The audit log as it was taken over. */
  readonly audit: IntactChain;
}

/** So many rows are written by one statement. */
const PAGE = 200;

const TABLES = [...(Object.keys(COLUMNS) as TableName[]), 'anchors', 'audit'] as const;

/**
 * Copies a store from its file into an empty PostgreSQL database: all of it or, whatever happens, nothing. The audit log is verified in the file,
 * and again in the database before it is there for others. The file stays as it is.
 *
 * @param now milliseconds since the epoch, for the record that tells of it
 * @throws {StoreError} `in-use` while a process writes to the file, `exists` where the database has records, `corrupt` for a broken audit log
 */
export function migrateStore(
  file: string,
  address: string,
  now: number,
  options: Pick<PostgresOptions, 'schema'> = {},
): Promise<MigratedStore> {
  return withTables(file, async (source) => {
    const audit = await verified(new SqlAuditReader(source), file);
    const place = shownPlace(address);
    return withPostgresTables(address, options, (database) =>
      database.transaction().execute(async (target) => {
        await refuseRecords(target, place);
        // Its first record need not be number 1: those before it may be retired.
        await sql`alter table audit disable trigger user`.execute(target);
        const rows: Record<string, number> = {};
        for (const table of TABLES) rows[table] = await copied(table, source, target);
        await sql`alter table audit enable trigger user`.execute(target);
        await refuseDifference(source, target, place);
        await new SqlAuditLog(target).append('start', { migrated: 'from a file', rows }, now);
        return { rows, audit };
      }),
    );
  });
}

async function verified(audit: AuditReader, place: string): Promise<IntactChain> {
  const check = await checkChain(audit.records(), await audit.anchors());
  if (check.intact) return check;
  throw new StoreError(
    'corrupt',
    `${place}: the audit log is broken at record ${check.sequence}: ${check.message}. Nothing was copied`,
  );
}

async function refuseRecords(target: Kysely<Schema>, place: string): Promise<void> {
  for (const table of TABLES) {
    const found = await target
      .selectFrom(named(table))
      .select(sql`1`.as('one'))
      .limit(1)
      .execute();
    if (found.length > 0)
      throw new StoreError(
        'exists',
        `${place}: the store there has records already (table ${table}); expected an empty one. Nothing was copied`,
      );
  }
}

async function copied(
  table: (typeof TABLES)[number],
  source: Kysely<Schema>,
  target: Kysely<Schema>,
): Promise<number> {
  const name = named(table);
  const order = table === 'audit' ? sql`sequence` : sql`rowid`;
  for (let from = 0; ; from += PAGE) {
    const page = await source.selectFrom(name).selectAll().orderBy(order).limit(PAGE).offset(from).execute();
    if (page.length > 0) await target.insertInto(name).values(page).execute();
    if (page.length < PAGE) return from + page.length;
  }
}

/** Record by record: an intact chain could still be another one. */
async function refuseDifference(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  place: string,
): Promise<void> {
  const copy = new SqlAuditReader(target);
  await verified(copy, place);
  const copies = copy.records()[Symbol.asyncIterator]();
  const same = (one: AuditRecord, other: AuditRecord | undefined): boolean =>
    other !== undefined && one.sequence === other.sequence && one.hash === other.hash;
  for await (const record of new SqlAuditReader(source).records()) {
    const { value } = (await copies.next()) as { readonly value: AuditRecord | undefined };
    if (!same(record, value))
      throw new StoreError('corrupt', `${place}: record ${record.sequence} was not copied as it is`);
  }
}

/** Through a name the compiler does not follow which columns belong to which table. */
function named(table: (typeof TABLES)[number]): 'cursors' {
  return table as 'cursors';
}
