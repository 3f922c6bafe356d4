import type { DatabaseSync } from 'node:sqlite';
import type { ProposalFilter, ProposalRecord, Proposals } from '../store.ts';
import { Table } from './table.ts';

export class SqliteProposals implements Proposals {
  readonly #table: Table<ProposalRecord>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<ProposalRecord>(database, 'proposals', {
      repository: 'word',
      branch: 'word',
      key: 'word',
      base: 'word',
      pullRequest: 'word',
      head: 'word',
      state: 'word',
      waitingFor: 'text',
      title: 'text',
      action: 'word',
      draft: 'flag',
      fingerprints: 'json',
      provenCommit: 'word',
      statusComment: 'word',
      evidenceKinds: 'json',
      changes: 'json',
      approved: 'json',
      createdAt: 'word',
      updatedAt: 'word',
      endedAt: 'word',
    });
  }

  save(proposal: ProposalRecord): void {
    this.#table.save(proposal);
  }

  byKey(repository: string, key: string): ProposalRecord | null {
    return this.#table.first(
      `WHERE repository = ? AND "key" = ? ORDER BY state IN ('waiting', 'open') DESC, createdAt DESC`,
      repository,
      key,
    );
  }

  byBranch(repository: string, branch: string): ProposalRecord | null {
    return this.#table.first('WHERE repository = ? AND branch = ?', repository, branch);
  }

  byPullRequest(repository: string, pullRequest: number): ProposalRecord | null {
    return this.#table.first('WHERE repository = ? AND pullRequest = ?', repository, pullRequest);
  }

  byFingerprint(fingerprint: string): readonly ProposalRecord[] {
    return this.#table.all(
      'WHERE EXISTS (SELECT 1 FROM json_each(fingerprints) WHERE value = ?) ORDER BY createdAt DESC, branch',
      fingerprint,
    );
  }

  list({ repository, states }: ProposalFilter = {}): readonly ProposalRecord[] {
    return this.#table.all(
      `WHERE repository = coalesce(?1, repository)
         AND (?2 IS NULL OR state IN (SELECT value FROM json_each(?2)))
       ORDER BY createdAt DESC, branch`,
      repository ?? null,
      states === undefined ? null : JSON.stringify(states),
    );
  }

  remove(repository: string, branch: string): void {
    this.#table.remove('repository = ? AND branch = ?', repository, branch);
  }

  /** One that was closed unmerged stays: it is a person's word, with the evidence that was known to them. */
  forgetBefore(time: number): number {
    return this.#table.remove(
      `state = 'merged' AND endedAt < ? AND NOT EXISTS (
         SELECT 1 FROM verifications
         WHERE verifications.repository = proposals.repository
           AND verifications.pullRequest = proposals.pullRequest AND outcome = 'pending')`,
      time,
    );
  }
}
