import { sql } from 'kysely';
import { index, table, type Engine, type Tables } from './tables.ts';
import { inTransaction } from './transaction.ts';

type Migration = (database: Tables, engine: Engine) => Promise<void>;

/**
 * Each brings a database one version further. One that was released is never changed: what comes next is appended. Columns are named
 * as the members of the records in `store.ts`; lists and records are stored as JSON.
 */
export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  whetherItIsOpen,
  commandsAndMarkers,
  withoutWhatNobodyReads,
  lastScans,
  unansweredComments,
  rememberedOfClusters,
  receivedAlerts,
  returnsAndEndings,
  toldAndJudged,
  whenGoingWasTold,
];

/** Brings a database to the newest version, each step in a transaction of its own. */
export async function migrate(
  database: Tables,
  engine: Engine,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  for (let version = await engine.version(database); version < migrations.length; version++) {
    await inTransaction(database, async (step: Tables) => {
      await migrations[version]!(step, engine);
      await engine.setVersion(step, version + 1);
    });
  }
}

async function firstTables(database: Tables, engine: Engine): Promise<void> {
  await firstIncidentTables(database, engine);
  await firstProposalTables(database, engine);
  await firstServiceTables(database, engine);
  await firstAuditTables(database, engine);
}

async function firstIncidentTables(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'incidents', ['fingerprint'], {
    fingerprint: 'text',
    cluster: 'text',
    object: 'text',
    container: 'text?',
    rule: 'text',
    cause: 'text',
    summary: 'text',
    firstSeen: 'integer',
    lastSeen: 'integer',
    occurrences: 'integer',
    evidenceKinds: 'text',
    decision: 'text?',
    state: 'text',
    episode: 'integer',
    notSeenSince: 'integer?',
    recoveredAt: 'integer?',
  }).execute();
  await index(database, 'incidentsOfCluster', 'incidents', ['cluster', 'state']);
  await table(database, engine, 'snoozes', ['fingerprint'], {
    fingerprint: 'text',
    until: 'integer',
    by: 'text',
    reason: 'text?',
    at: 'integer',
  }).execute();
  await table(database, engine, 'ignores', ['fingerprint'], {
    fingerprint: 'text',
    by: 'text',
    reason: 'text',
    at: 'integer',
    evidenceKinds: 'text',
  }).execute();
}

async function firstProposalTables(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'proposals', ['repository', 'branch'], {
    repository: 'text',
    branch: 'text',
    key: 'text',
    base: 'text',
    pullRequest: 'integer?',
    head: 'text?',
    state: 'text',
    waitingFor: 'text?',
    title: 'text',
    action: 'text',
    draft: 'integer',
    fingerprints: 'text',
    provenCommit: 'text',
    statusComment: 'integer?',
    evidenceKinds: 'text',
    changes: 'text',
    approved: 'text?',
    createdAt: 'integer',
    updatedAt: 'integer',
    endedAt: 'integer?',
  })
    .addCheckConstraint('proposalState', sql`state in ('waiting', 'open', 'merged', 'closed')`)
    .execute();
  await index(database, 'proposalsByKey', 'proposals', ['repository', 'key']);
  await table(database, engine, 'verifications', ['repository', 'pullRequest'], {
    repository: 'text',
    pullRequest: 'integer',
    key: 'text',
    cluster: 'text',
    fingerprints: 'text',
    mergedAt: 'integer',
    mergeCommit: 'text?',
    appliedAt: 'integer?',
    quietUntil: 'integer?',
    baseline: 'text',
    outcome: 'text',
    decidedAt: 'integer?',
    revertPullRequest: 'integer?',
    times: 'text',
  }).execute();
}

async function firstServiceTables(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'writes', [], {
    repository: 'text',
    kind: 'text',
    at: 'integer',
  }).execute();
  await index(database, 'writesByTime', 'writes', ['at']);
  await table(database, engine, 'handled', ['kind', 'id'], {
    kind: 'text',
    id: 'text',
    at: 'integer',
  }).execute();
  await table(database, engine, 'cursors', ['key'], {
    key: 'text',
    value: 'text',
    etag: 'text?',
  }).execute();
  await table(database, engine, 'issues', ['repository', 'purpose'], {
    repository: 'text',
    purpose: 'text',
    number: 'integer',
  }).execute();
  // The process that writes to this database, or did last.
  await table(database, engine, 'writer', ['one'], {
    one: 'integer',
    pid: 'integer',
    since: 'integer',
  })
    .addCheckConstraint('oneWriter', sql`one = 1`)
    .execute();
}

async function firstAuditTables(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'audit', ['sequence'], {
    sequence: 'integer',
    at: 'integer',
    kind: 'text',
    payload: 'text',
    previous: 'text',
    hash: 'text',
  }).execute();
  await engine.guardAudit(database);
  // Where heads of the audit log were written down.
  await table(database, engine, 'anchors', ['place'], {
    place: 'text',
    sequence: 'integer',
    hash: 'text',
  }).execute();
}

/** 1 while a process writes to it. In a file that was copied without its -wal it stays so: see `wasCopiedAlone`. */
async function whetherItIsOpen(database: Tables, { integer }: Engine): Promise<void> {
  await database.schema
    .alterTable('writer')
    .addColumn('open', integer, (column) => column.notNull().defaultTo(0))
    .execute();
}

async function commandsAndMarkers(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'commands', ['repository', 'id'], {
    repository: 'text',
    thread: 'integer',
    id: 'text',
    writtenAt: 'integer',
    by: 'text',
    kind: 'text',
    fingerprints: 'text',
    field: 'text?',
    value: 'text?',
    replaced: 'text',
    isTakenBack: 'integer',
  }).execute();
  // Last lines of descriptions as Faultline wrote them: the newest, and the one before it.
  await table(database, engine, 'markers', ['repository', 'pullRequest'], {
    repository: 'text',
    pullRequest: 'integer',
    line: 'text',
    before: 'text?',
  }).execute();
}

/** What was written and never read, or never written. */
async function withoutWhatNobodyReads(database: Tables): Promise<void> {
  await database.schema.dropTable('writes').execute();
  await database.schema.dropTable('issues').execute();
  await database.schema.dropIndex('incidentsOfCluster').execute();
  await database.schema.dropIndex('proposalsByKey').execute();
  for (const column of ['state', 'episode', 'recoveredAt'])
    await database.schema.alterTable('incidents').dropColumn(column).execute();
  await index(database, 'incidentsByCluster', 'incidents', ['cluster']);
}

async function lastScans(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'scans', ['repository', 'cluster'], {
    repository: 'text',
    cluster: 'text',
    scannedAt: 'integer?',
    problem: 'text?',
  }).execute();
}

async function unansweredComments(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'unanswered', ['repository', 'kind', 'id'], {
    repository: 'text',
    kind: 'text',
    id: 'integer',
    thread: 'integer',
    root: 'integer?',
    author: 'text',
    createdAt: 'integer',
  }).execute();
}

async function rememberedOfClusters(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'remembered', ['cluster', 'id'], {
    cluster: 'text',
    id: 'text',
    at: 'integer',
    content: 'text',
  }).execute();
}

async function receivedAlerts(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'alerts', ['cluster', 'source', 'id'], {
    cluster: 'text',
    source: 'text',
    id: 'text',
    title: 'text',
    summary: 'text',
    names: 'text',
    state: 'text',
    about: 'text',
    why: 'text?',
    startsAt: 'integer?',
    receivedAt: 'integer',
    lastAt: 'integer',
    resolvedAt: 'integer?',
  }).execute();
}

/** Whose object it was, why it is not seen any more, and how often it came back. */
async function returnsAndEndings(database: Tables, { integer }: Engine): Promise<void> {
  const change = () => database.schema.alterTable('incidents');
  await change().addColumn('uid', 'text').execute();
  await change().addColumn('ending', 'text').execute();
  await change()
    .addColumn('returned', integer, (column) => column.notNull().defaultTo(0))
    .execute();
  await change().addColumn('returnedAt', integer).execute();
}

/** What people are told of incidents, what was sent, and what they made of proposals. */
async function toldAndJudged(database: Tables, engine: Engine): Promise<void> {
  await table(database, engine, 'stories', ['fingerprint'], {
    fingerprint: 'text',
    at: 'integer',
    content: 'text',
  }).execute();
  await table(database, engine, 'outbox', ['id'], {
    id: 'text',
    route: 'text',
    incident: 'text?',
    outcome: 'text',
    at: 'integer',
    dueAt: 'integer',
    attempts: 'integer',
    state: 'text',
    held: 'integer',
    problem: 'text?',
    endedAt: 'integer?',
  }).execute();
  await index(database, 'outboxByRoute', 'outbox', ['route', 'state']);
  await table(database, engine, 'threads', ['route', 'incident'], {
    route: 'text',
    incident: 'text',
    channel: 'text',
    message: 'text',
    at: 'integer',
  }).execute();
  await table(database, engine, 'judgements', ['repository', 'pullRequest', 'workload', 'rule'], {
    repository: 'text',
    pullRequest: 'integer',
    workload: 'text',
    rule: 'text',
    verdict: 'text?',
    at: 'integer',
  }).execute();
  await index(database, 'judgementsByWorkload', 'judgements', ['workload', 'rule']);
}

/** Until now, each going was told at once. */
async function whenGoingWasTold(database: Tables, { integer }: Engine): Promise<void> {
  await database.schema.alterTable('incidents').addColumn('goneToldAt', integer).execute();
  await sql`update incidents set "goneToldAt" = "notSeenSince"`.execute(database);
}
