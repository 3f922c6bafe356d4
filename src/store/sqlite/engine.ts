import { sql } from 'kysely';
import { NO_RECORD } from '../audit.ts';
import type { Engine } from '../tables.ts';

/** The version is in `user_version` of the file's header. */
export const SQLITE: Engine = {
  integer: 'integer',
  text: 'text',
  tableEnd: 'strict',
  async version(database) {
    const { rows } = await sql<{ readonly version: number }>`
      select user_version as version from pragma_user_version`.execute(database);
    return rows[0]!.version;
  },
  async setVersion(database, version) {
    await sql`pragma user_version = ${sql.lit(version)}`.execute(database);
  },
  async guardAudit(database) {
    for (const statement of AUDIT_GUARDS) await sql.raw(statement).execute(database);
  },
};

const AUDIT_GUARDS = [
  `CREATE INDEX auditCheckpoints ON audit (json_extract(payload, '$.through')) WHERE kind = 'checkpoint'`,

  // At the end, after the last record, and nowhere else. INSERT OR REPLACE is refused here too: it would run no delete trigger.
  `CREATE TRIGGER auditGrowsAtTheEnd BEFORE INSERT ON audit
   WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
     OR NEW.previous IS NOT coalesce((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), '${NO_RECORD}')
   BEGIN
     SELECT raise(ABORT, 'the audit log grows at its end only');
   END`,

  `CREATE TRIGGER auditStays BEFORE UPDATE ON audit
   BEGIN
     SELECT raise(ABORT, 'records of the audit log are never changed');
   END`,

  // A checkpoint vouches for the record that it names, which must be there and be that one.
  `CREATE TRIGGER auditCheckpointsAreTrue BEFORE INSERT ON audit
   WHEN NEW.kind = 'checkpoint' AND json_extract(NEW.payload, '$.hash') IS NOT
     (SELECT hash FROM audit WHERE sequence = json_extract(NEW.payload, '$.through'))
   BEGIN
     SELECT raise(ABORT, 'a checkpoint names a record that is not there');
   END`,

  // The one way out: what a checkpoint vouches for may go.
  `CREATE TRIGGER auditRetires BEFORE DELETE ON audit
   WHEN NOT EXISTS (
     SELECT 1 FROM audit WHERE kind = 'checkpoint' AND json_extract(payload, '$.through') >= OLD.sequence
   )
   BEGIN
     SELECT raise(ABORT, 'a record of the audit log goes only when a checkpoint vouches for it');
   END`,
];
