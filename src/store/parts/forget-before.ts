import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { inTransaction } from '../transaction.ts';

export function forgetBefore(database: Kysely<Schema>, time: number): Promise<number> {
  return inTransaction(database, async (part) => {
    let forgotten = 0;
    for (const query of [
      part.deleteFrom('incidents').where('lastSeen', '<', time).where('notSeenSince', '<', time),
      part.deleteFrom('snoozes').where('until', '<', time),
      // Those that were closed unmerged stay: a person decided so, with the evidence that was known to them.
      part
        .deleteFrom('proposals')
        .where('state', '=', 'merged')
        .where('endedAt', '<', time)
        .where(({ not, exists, selectFrom, ref }) =>
          not(
            exists(
              selectFrom('verifications')
                .select('verifications.key')
                .where('verifications.repository', '=', ref('proposals.repository'))
                .where('verifications.pullRequest', '=', ref('proposals.pullRequest'))
                .where('verifications.outcome', '=', 'pending'),
            ),
          ),
        ),
      part.deleteFrom('verifications').where('decidedAt', '<', time),
      part.deleteFrom('scans').where('scannedAt', '<', time),
      part.deleteFrom('unanswered').where('createdAt', '<', time),
      part.deleteFrom('remembered').where('at', '<', time),
      part.deleteFrom('alerts').where('lastAt', '<', time),
      part.deleteFrom('stories').where('at', '<', time),
      part.deleteFrom('outbox').where('endedAt', '<', time),
      part.deleteFrom('threads').where('at', '<', time),
      part.deleteFrom('judgements').where('at', '<', time),
      part.deleteFrom('handled').where('at', '<', time),
      // A command binds its pull request for as long as that is open, which takes less time than this.
      part.deleteFrom('commands').where('writtenAt', '<', time),
    ]) {
      const { numDeletedRows } = await query.executeTakeFirst();
      forgotten += Number(numDeletedRows);
    }
    return forgotten;
  });
}
