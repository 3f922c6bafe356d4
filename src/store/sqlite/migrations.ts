import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './transaction.ts';

/**
 * Each brings a file one version further. One that was released is never changed: what comes next is appended. Columns are named as
 * the members of the records in `store.ts`; lists and records stand in them as JSON.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE incidents (
    fingerprint TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    object TEXT NOT NULL,
    container TEXT,
    rule TEXT NOT NULL,
    cause TEXT NOT NULL,
    summary TEXT NOT NULL,
    firstSeen INTEGER NOT NULL,
    lastSeen INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    evidenceKinds TEXT NOT NULL,
    decision TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'recovered')),
    episode INTEGER NOT NULL,
    notSeenSince INTEGER,
    recoveredAt INTEGER
  ) STRICT;
  CREATE INDEX incidentsOfCluster ON incidents (cluster, state);

  CREATE TABLE snoozes (
    fingerprint TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE ignores (
    fingerprint TEXT PRIMARY KEY,
    "by" TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    evidenceKinds TEXT NOT NULL
  ) STRICT;

  CREATE TABLE proposals (
    repository TEXT NOT NULL,
    branch TEXT NOT NULL,
    "key" TEXT NOT NULL,
    base TEXT NOT NULL,
    pullRequest INTEGER,
    head TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'open', 'merged', 'closed')),
    waitingFor TEXT,
    title TEXT NOT NULL,
    action TEXT NOT NULL,
    draft INTEGER NOT NULL,
    fingerprints TEXT NOT NULL,
    provenCommit TEXT NOT NULL,
    statusComment INTEGER,
    evidenceKinds TEXT NOT NULL,
    changes TEXT NOT NULL,
    approved TEXT,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    endedAt INTEGER,
    PRIMARY KEY (repository, branch)
  ) STRICT;
  CREATE INDEX proposalsByKey ON proposals (repository, "key");

  CREATE TABLE verifications (
    repository TEXT NOT NULL,
    pullRequest INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    cluster TEXT NOT NULL,
    fingerprints TEXT NOT NULL,
    mergedAt INTEGER NOT NULL,
    mergeCommit TEXT,
    appliedAt INTEGER,
    quietUntil INTEGER,
    baseline TEXT NOT NULL,
    outcome TEXT NOT NULL,
    decidedAt INTEGER,
    revertPullRequest INTEGER,
    times TEXT NOT NULL,
    PRIMARY KEY (repository, pullRequest)
  ) STRICT;

  CREATE TABLE writes (repository TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE INDEX writesByTime ON writes (at);

  CREATE TABLE handled (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE cursors ("key" TEXT PRIMARY KEY, value TEXT NOT NULL, etag TEXT) STRICT, WITHOUT ROWID;

  CREATE TABLE issues (
    repository TEXT NOT NULL,
    purpose TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (repository, purpose)
  ) STRICT, WITHOUT ROWID;

  -- The process that writes to this file, or did last.
  CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, since INTEGER NOT NULL) STRICT;

  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX auditCheckpoints ON audit (json_extract(payload, '$.through')) WHERE kind = 'checkpoint';

  -- At the end, after the last record, and nowhere else. INSERT OR REPLACE is refused here too: it would run no delete trigger.
  CREATE TRIGGER auditGrowsAtTheEnd BEFORE INSERT ON audit
  WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
    OR NEW.previous IS NOT coalesce((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), '${'0'.repeat(64)}')
  BEGIN
    SELECT raise(ABORT, 'the audit log grows at its end only');
  END;

  CREATE TRIGGER auditStays BEFORE UPDATE ON audit
  BEGIN
    SELECT raise(ABORT, 'records of the audit log are never changed');
  END;

  -- A checkpoint vouches for the record that it names, which must be there and be that one.
  CREATE TRIGGER auditCheckpointsAreTrue BEFORE INSERT ON audit
  WHEN NEW.kind = 'checkpoint' AND json_extract(NEW.payload, '$.hash') IS NOT
    (SELECT hash FROM audit WHERE sequence = json_extract(NEW.payload, '$.through'))
  BEGIN
    SELECT raise(ABORT, 'a checkpoint names a record that is not there');
  END;

  -- The one way out: what a checkpoint vouches for may go.
  CREATE TRIGGER auditRetires BEFORE DELETE ON audit
  WHEN NOT EXISTS (
    SELECT 1 FROM audit WHERE kind = 'checkpoint' AND json_extract(payload, '$.through') >= OLD.sequence
  )
  BEGIN
    SELECT raise(ABORT, 'a record of the audit log goes only when a checkpoint vouches for it');
  END;

  -- Where heads of the audit log were written down.
  CREATE TABLE anchors (place TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // 1 while a process writes to the file. In a file that was copied without its -wal it stays so: see `wasCopiedAlone`.
  'ALTER TABLE writer ADD COLUMN "open" INTEGER NOT NULL DEFAULT 0',
  `
  CREATE TABLE commands (
    repository TEXT NOT NULL, thread INTEGER NOT NULL, id TEXT NOT NULL, writtenAt INTEGER NOT NULL, "by" TEXT NOT NULL,
    kind TEXT NOT NULL, fingerprints TEXT NOT NULL, field TEXT, value TEXT, replaced TEXT NOT NULL, isTakenBack INTEGER NOT NULL,
    PRIMARY KEY (repository, id)
  ) STRICT, WITHOUT ROWID;

  -- Last lines of descriptions as Faultline wrote them: the newest, and the one before it.
  CREATE TABLE markers (
    repository TEXT NOT NULL, pullRequest INTEGER NOT NULL, line TEXT NOT NULL, before TEXT,
    PRIMARY KEY (repository, pullRequest)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Brings a file to the newest version, each step in a transaction of its own. The version stands in `user_version`. */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  for (let version = versionOf(database); version < migrations.length; version++) {
    inTransaction(database, () => {
      database.exec(migrations[version]!);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()!['user_version']);
}
