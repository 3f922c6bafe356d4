-- A file of version 3 as it was released, with a row in every table. Never changed: it shows that such a file can still be opened.
PRAGMA application_id = 1179407436;
PRAGMA user_version = 3;

CREATE TABLE anchors (place TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "anchors" VALUES('acme/infra#12',3,'643282f247280f11847841f9a2751842');
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(2,2000,'scan','{"n":2}','36e455f505d57e93d0e00a27f205d8d349229d6b3870234410700a8a586168f8','5111e0fb249e10335921ac988a18def8e1cdbb91e2643b95aee4a024b9137d3e');
INSERT INTO "audit" VALUES(3,3000,'scan','{"n":3}','5111e0fb249e10335921ac988a18def8e1cdbb91e2643b95aee4a024b9137d3e','643282f247280f11847841f9a27518420900177b71f0055e0393f874beafaff6');
INSERT INTO "audit" VALUES(4,9000,'checkpoint','{"before":1500,"hash":"36e455f505d57e93d0e00a27f205d8d349229d6b3870234410700a8a586168f8","removed":1,"through":1}','643282f247280f11847841f9a27518420900177b71f0055e0393f874beafaff6','e6cae711b567908e0bd5dd542014609c8a03c07272152795b4f017caa055bffe');
INSERT INTO "audit" VALUES(5,11000,'command','{"by":"ada"}','e6cae711b567908e0bd5dd542014609c8a03c07272152795b4f017caa055bffe','2d16803b00b99b4e04484216782d0aa95d8dd28e63fc3befafb9fbeadd02e801');
CREATE TABLE commands (
    repository TEXT NOT NULL, thread INTEGER NOT NULL, id TEXT NOT NULL, writtenAt INTEGER NOT NULL, "by" TEXT NOT NULL,
    kind TEXT NOT NULL, fingerprints TEXT NOT NULL, field TEXT, value TEXT, replaced TEXT NOT NULL, isTakenBack INTEGER NOT NULL,
    PRIMARY KEY (repository, id)
  ) STRICT, WITHOUT ROWID;
INSERT INTO "commands" VALUES('acme/infra',12,'9/0',1000,'ana','set','["a1b2c3d4e5f60718"]','spec.maxReplicas','16','[]',1);
CREATE TABLE cursors ("key" TEXT PRIMARY KEY, value TEXT NOT NULL, etag TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "cursors" VALUES('comments acme/infra','2026-01-02T00:00:00Z','W/"1"');
CREATE TABLE handled (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "handled" VALUES('comment','7',1000);
CREATE TABLE ignores (
  fingerprint TEXT PRIMARY KEY,
  "by" TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  evidenceKinds TEXT NOT NULL
) STRICT;
INSERT INTO "ignores" VALUES('ffffffffffffffff','ada','a test',1000,'["a:event"]');
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
INSERT INTO "incidents" VALUES('a1b2c3d4e5f60718','prod-eu','{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop","name":"cart"}','server','image-pull','tag-not-found','Container server of Deployment shop/cart cannot pull its image.',1000,2000,3,'["tag-not-found:event"]','{"action":"propose","reason":"a person merges","draft":false,"policy":"policy.default"}','open',1,NULL,NULL);
CREATE TABLE issues (
  repository TEXT NOT NULL,
  purpose TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (repository, purpose)
) STRICT, WITHOUT ROWID;
INSERT INTO "issues" VALUES('acme/infra','dashboard',3);
CREATE TABLE markers (
    repository TEXT NOT NULL, pullRequest INTEGER NOT NULL, line TEXT NOT NULL, before TEXT,
    PRIMARY KEY (repository, pullRequest)
  ) STRICT, WITHOUT ROWID;
INSERT INTO "markers" VALUES('acme/infra',12,'two','one');
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
INSERT INTO "proposals" VALUES('acme/infra','faultline/image-pull/cart-00112233','0011223344556677','main',12,'cccccccccccccccccccccccccccccccccccccccc','open',NULL,'Restore the image of cart','propose',0,'["a1b2c3d4e5f60718"]','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',9001,'["tag-not-found:event"]','[{"object":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop","name":"cart"},"field":"spec.template.spec.containers[name=server].image","before":"shop/cart:2","after":"shop/cart:1"}]',NULL,3000,3500,NULL);
CREATE TABLE snoozes (
  fingerprint TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  "by" TEXT NOT NULL,
  reason TEXT,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO "snoozes" VALUES('a1b2c3d4e5f60718',9000,'ada',NULL,1000);
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
INSERT INTO "verifications" VALUES('acme/infra',12,'0011223344556677','prod-eu','["a1b2c3d4e5f60718"]',4000,'dddddddddddddddddddddddddddddddddddddddd',5000,6000,'[{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop","name":"cart"}]','pending',NULL,NULL,'{"detect":100,"propose":2000,"merge":1000,"recover":null}');
CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, since INTEGER NOT NULL, "open" INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "writer" VALUES(1,21898,1795737165208,0);
CREATE TABLE writes (repository TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
INSERT INTO "writes" VALUES('acme/infra','pull-request',1000);
CREATE INDEX incidentsOfCluster ON incidents (cluster, state);
CREATE INDEX proposalsByKey ON proposals (repository, "key");
CREATE INDEX writesByTime ON writes (at);
CREATE INDEX auditCheckpoints ON audit (json_extract(payload, '$.through')) WHERE kind = 'checkpoint';
CREATE TRIGGER auditGrowsAtTheEnd BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
  OR NEW.previous IS NOT coalesce((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN
  SELECT raise(ABORT, 'the audit log grows at its end only');
END;
CREATE TRIGGER auditStays BEFORE UPDATE ON audit
BEGIN
  SELECT raise(ABORT, 'records of the audit log are never changed');
END;
CREATE TRIGGER auditCheckpointsAreTrue BEFORE INSERT ON audit
WHEN NEW.kind = 'checkpoint' AND json_extract(NEW.payload, '$.hash') IS NOT
  (SELECT hash FROM audit WHERE sequence = json_extract(NEW.payload, '$.through'))
BEGIN
  SELECT raise(ABORT, 'a checkpoint names a record that is not there');
END;
CREATE TRIGGER auditRetires BEFORE DELETE ON audit
WHEN NOT EXISTS (
  SELECT 1 FROM audit WHERE kind = 'checkpoint' AND json_extract(payload, '$.through') >= OLD.sequence
)
BEGIN
  SELECT raise(ABORT, 'a record of the audit log goes only when a checkpoint vouches for it');
END;
