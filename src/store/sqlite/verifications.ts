import type { DatabaseSync } from 'node:sqlite';
import type { VerificationRecord, Verifications } from '../store.ts';
import { Table } from './table.ts';

export class SqliteVerifications implements Verifications {
  readonly #table: Table<VerificationRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<VerificationRecord>(database, 'verifications', {
      repository: 'word',
      pullRequest: 'word',
      key: 'word',
      cluster: 'word',
      fingerprints: 'json',
      mergedAt: 'word',
      mergeCommit: 'word',
      appliedAt: 'word',
      quietUntil: 'word',
      baseline: 'json',
      outcome: 'word',
      decidedAt: 'word',
      revertPullRequest: 'word',
      times: 'json',
    });
  }

  save(verification: VerificationRecord): void {
    this.#table.save(verification);
  }

  get(repository: string, pullRequest: number): VerificationRecord | null {
    return this.#table.first('WHERE repository = ? AND pullRequest = ?', repository, pullRequest);
  }

  pending(): readonly VerificationRecord[] {
    return this.#table.all(`WHERE outcome = 'pending' ORDER BY mergedAt, repository, pullRequest`);
  }

  byFingerprint(fingerprint: string): readonly VerificationRecord[] {
    return this.#table.all(
      'WHERE EXISTS (SELECT 1 FROM json_each(fingerprints) WHERE value = ?) ORDER BY mergedAt DESC, pullRequest DESC',
      fingerprint,
    );
  }

  forgetBefore(time: number): number {
    return this.#table.remove('decidedAt < ?', time);
  }
}
