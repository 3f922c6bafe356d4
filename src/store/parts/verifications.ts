import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { VerificationRecord } from '../records.ts';
import type { Verifications } from '../store.ts';

export class SqlVerifications implements Verifications {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  save(verification: VerificationRecord): Promise<void> {
    return save(this.#database, 'verifications', verification);
  }

  async get(repository: string, pullRequest: number): Promise<VerificationRecord | null> {
    const row = await this.#database
      .selectFrom('verifications')
      .selectAll()
      .where('repository', '=', repository)
      .where('pullRequest', '=', pullRequest)
      .executeTakeFirst();
    return row ? recordOf('verifications', row) : null;
  }

  async byFingerprint(fingerprint: string): Promise<readonly VerificationRecord[]> {
    const rows = await this.#database
      .selectFrom('verifications')
      .selectAll()
      .where('fingerprints', 'like', `%${fingerprint}%`)
      .orderBy('mergedAt', 'desc')
      .orderBy('pullRequest', 'desc')
      .execute();
    return rows
      .map((row) => recordOf('verifications', row))
      .filter(({ fingerprints }) => fingerprints.includes(fingerprint));
  }
}
