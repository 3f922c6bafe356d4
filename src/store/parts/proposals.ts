import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Row, Schema } from '../schema.ts';
import type { ProposalFilter, Proposals } from '../store.ts';
import type { ProposalRecord } from '../records.ts';
import { inTransaction } from '../transaction.ts';

export class SqlProposals implements Proposals {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  change(
    repository: string,
    branch: string,
    change: (known: ProposalRecord | null) => ProposalRecord | null,
  ): Promise<void> {
    return inTransaction(this.#database, async (database) => {
      const known = await new SqlProposals(database).byBranch(repository, branch);
      const next = change(known);
      if (next) await save(database, 'proposals', next);
    });
  }

  async byBranch(repository: string, branch: string): Promise<ProposalRecord | null> {
    const row = await this.#database
      .selectFrom('proposals')
      .selectAll()
      .where('repository', '=', repository)
      .where('branch', '=', branch)
      .executeTakeFirst();
    return row ? recordOf('proposals', row) : null;
  }

  async byPullRequest(repository: string, pullRequest: number): Promise<ProposalRecord | null> {
    const row = await this.#database
      .selectFrom('proposals')
      .selectAll()
      .where('repository', '=', repository)
      .where('pullRequest', '=', pullRequest)
      .executeTakeFirst();
    return row ? recordOf('proposals', row) : null;
  }

  async byFingerprint(fingerprint: string): Promise<readonly ProposalRecord[]> {
    const rows = await this.#database
      .selectFrom('proposals')
      .selectAll()
      // Every engine can search JSON as text; the filter below compares whole members.
      .where('fingerprints', 'like', `%${fingerprint}%`)
      .orderBy('createdAt', 'desc')
      .orderBy('branch')
      .execute();
    return recordsOf(rows).filter(({ fingerprints }) => fingerprints.includes(fingerprint));
  }

  async list({ repository, states }: ProposalFilter = {}): Promise<readonly ProposalRecord[]> {
    if (states?.length === 0) return [];
    const rows = await this.#database
      .selectFrom('proposals')
      .selectAll()
      .$if(repository !== undefined, (query) => query.where('repository', '=', repository!))
      .$if(states !== undefined, (query) => query.where('state', 'in', states!))
      .orderBy('createdAt', 'desc')
      .orderBy('branch')
      .execute();
    return recordsOf(rows);
  }

  async remove(repository: string, branch: string): Promise<void> {
    await this.#database
      .deleteFrom('proposals')
      .where('repository', '=', repository)
      .where('branch', '=', branch)
      .execute();
  }
}

function recordsOf(rows: readonly Row<'proposals'>[]): readonly ProposalRecord[] {
  return rows.map((row) => recordOf('proposals', row));
}
