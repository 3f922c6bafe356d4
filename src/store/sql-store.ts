import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import { forgetBefore } from './parts/forget-before.ts';
import { SqlAlerts } from './parts/alerts.ts';
import { SqlAuditLog } from './parts/audit-log.ts';
import { SqlCursors, SqlHandled, SqlUnanswered } from './parts/bookkeeping.ts';
import { SqlCommands, SqlMarkers } from './parts/commands.ts';
import { SqlIncidents } from './parts/incidents.ts';
import { SqlJudgements } from './parts/judgements.ts';
import { SqlMemories } from './parts/memories.ts';
import { SqlProposals } from './parts/proposals.ts';
import { renameRepository } from './parts/rename-repository.ts';
import { SqlScans } from './parts/scans.ts';
import { SqlIgnores, SqlSnoozes } from './parts/silences.ts';
import { SqlOutbox, SqlStories, SqlThreads } from './parts/telling.ts';
import { SqlVerifications } from './parts/verifications.ts';
import type { Schema } from './schema.ts';
import type { OpenStore, Store } from './store.ts';
import { inTransaction } from './transaction.ts';

/** A transaction that code runs inside of. */
export interface Scope {
  isOver: boolean;
}

export type Scopes = AsyncLocalStorage<Scope>;

interface Connected {
  readonly database: Kysely<Schema>;
  /** Known to the driver too, which refuses queries of a transaction's work that would wait for the transaction to end. */
  readonly scopes: Scopes;
}

/** A store on a database that Kysely has a dialect for, or inside one of its transactions. */
export class SqlStore implements Store {
  readonly incidents: SqlIncidents;
  readonly snoozes: SqlSnoozes;
  readonly ignores: SqlIgnores;
  readonly proposals: SqlProposals;
  readonly verifications: SqlVerifications;
  readonly handled: SqlHandled;
  readonly cursors: SqlCursors;
  readonly commands: SqlCommands;
  readonly markers: SqlMarkers;
  readonly scans: SqlScans;
  readonly unanswered: SqlUnanswered;
  readonly memories: SqlMemories;
  readonly alerts: SqlAlerts;
  readonly stories: SqlStories;
  readonly outbox: SqlOutbox;
  readonly threads: SqlThreads;
  readonly judgements: SqlJudgements;
  readonly audit: SqlAuditLog;
  readonly #connected: Connected;

  constructor(connected: Connected) {
    const { database } = connected;
    this.#connected = connected;
    this.incidents = new SqlIncidents(database);
    this.snoozes = new SqlSnoozes(database);
    this.ignores = new SqlIgnores(database);
    this.proposals = new SqlProposals(database);
    this.verifications = new SqlVerifications(database);
    this.handled = new SqlHandled(database);
    this.cursors = new SqlCursors(database);
    this.commands = new SqlCommands(database);
    this.markers = new SqlMarkers(database);
    this.scans = new SqlScans(database);
    this.unanswered = new SqlUnanswered(database);
    this.memories = new SqlMemories(database);
    this.alerts = new SqlAlerts(database);
    this.stories = new SqlStories(database);
    this.outbox = new SqlOutbox(database);
    this.threads = new SqlThreads(database);
    this.judgements = new SqlJudgements(database);
    this.audit = new SqlAuditLog(database);
  }

  transaction<T>(work: (store: Store) => Promise<T>): Promise<T> {
    return this.#inScope(work, 'read write');
  }

  moment<T>(work: (store: Store) => Promise<T>): Promise<T> {
    return this.#inScope(work, 'read only');
  }

  #inScope<T>(work: (store: Store) => Promise<T>, access: 'read only' | 'read write'): Promise<T> {
    const { database, scopes } = this.#connected;
    const inside = async (part: Kysely<Schema>): Promise<T> => {
      const scope: Scope = { isOver: false };
      try {
        return await scopes.run(scope, () => work(new SqlStore({ database: part, scopes })));
      } finally {
        scope.isOver = true;
      }
    };
    return inTransaction(database, inside, access);
  }

  forgetBefore(time: number): Promise<number> {
    return forgetBefore(this.#connected.database, time);
  }

  renameRepository(from: string, to: string): Promise<void> {
    return renameRepository(this.#connected.database, from, to);
  }
}

export class OpenSqlStore extends SqlStore implements OpenStore {
  readonly #close: () => Promise<void>;

  constructor(connected: Connected, close: () => Promise<void>) {
    super(connected);
    this.#close = close;
  }

  close(): Promise<void> {
    return this.#close();
  }
}
