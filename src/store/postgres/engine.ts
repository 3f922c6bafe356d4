import { sql } from 'kysely';
import { NO_RECORD } from '../audit.ts';
import type { Engine, Tables } from '../tables.ts';

/** The version is in a table of its own. Texts are compared by their bytes, as in a file. */
export const POSTGRES: Engine = {
  integer: 'bigint',
  text: sql`text collate "C"`,
  tableEnd: '',
  async version(database) {
    const { rows } = await sql<{ readonly version: number }>`select version from "storeVersion"`.execute(
      database,
    );
    return rows[0]?.version ?? 0;
  },
  async setVersion(database, version) {
    await sql`insert into "storeVersion" (one, version) values (1, ${version})
      on conflict (one) do update set version = excluded.version`.execute(database);
  },
  async guardAudit(database) {
    for (const statement of AUDIT_GUARDS) await sql.raw(statement).execute(database);
  },
};

/**
 * Held by whoever writes, until the end of the transaction. Its second part is the schema, so that two stores in one database do not wait for
 * each other.
 */
export const WRITE_LOCK = 'pg_advisory_xact_lock(1179404364, hashtext(current_schema()))';

/** A single statement takes the lock in the database: whoever sends it may be slow, and the others do not wait for that. */
export async function lockWrites(database: Tables): Promise<void> {
  const { rows } = await sql<{ readonly name: string }>`
    select tables.tablename as name from pg_tables as tables
    where schemaname = current_schema() and tablename <> all(array['replicas', 'leases'])
      and not exists (
        select 1 from pg_trigger as triggers
        where triggers.tgrelid = format('%I.%I', schemaname, tablename)::regclass and tgname = 'aaWritesWait'
      )`.execute(database);
  if (rows.length === 0) return;
  await sql
    .raw(
      `CREATE OR REPLACE FUNCTION "writesWait"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
       BEGIN
         PERFORM ${WRITE_LOCK};
         RETURN NULL;
       END $$`,
    )
    .execute(database);
  // Triggers run in the order of their names.
  for (const { name } of rows)
    await sql`create trigger "aaWritesWait" before insert or update or delete on ${sql.table(name)}
      for each statement execute function "writesWait"()`.execute(database);
}

/** The table that {@link POSTGRES} has the version in. */
export const VERSION_TABLE = `create table if not exists "storeVersion" (
  one integer primary key check (one = 1),
  version integer not null
)`;

const AUDIT_GUARDS = [
  `CREATE INDEX "auditCheckpoints" ON audit (sequence) WHERE kind = 'checkpoint'`,

  // At the end, after the last record, and nowhere else. A checkpoint vouches for the record that it names, which must be that one.
  `CREATE FUNCTION "auditGrows"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
   DECLARE
     last record;
     said json;
   BEGIN
     SELECT sequence, hash INTO last FROM audit ORDER BY sequence DESC LIMIT 1;
     IF NEW.sequence IS DISTINCT FROM coalesce(last.sequence, 0) + 1
       OR NEW.previous IS DISTINCT FROM coalesce(last.hash, '${NO_RECORD}') THEN
       RAISE EXCEPTION 'the audit log grows at its end only';
     END IF;
     IF NEW.kind = 'checkpoint' THEN
       said := NEW.payload::json;
       IF NOT EXISTS (
         SELECT 1 FROM audit WHERE sequence = (said->>'through')::bigint AND hash = said->>'hash'
       ) THEN
         RAISE EXCEPTION 'a checkpoint names a record that is not there';
       END IF;
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER "auditGrowsAtTheEnd" BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION "auditGrows"()`,

  `CREATE FUNCTION "auditRefuses"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
   BEGIN
     RAISE EXCEPTION 'records of the audit log are never changed';
   END $$`,
  `CREATE TRIGGER "auditStays" BEFORE UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION "auditRefuses"()`,

  // The one way out: what a checkpoint vouches for may go.
  `CREATE FUNCTION "auditShrinks"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
   BEGIN
     IF (SELECT max(sequence) FROM gone) > coalesce(
       (SELECT max((payload::json->>'through')::bigint) FROM audit WHERE kind = 'checkpoint'), 0
     ) THEN
       RAISE EXCEPTION 'a record of the audit log goes only when a checkpoint vouches for it';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER "auditRetires" AFTER DELETE ON audit REFERENCING OLD TABLE AS gone
   FOR EACH STATEMENT EXECUTE FUNCTION "auditShrinks"()`,
];
