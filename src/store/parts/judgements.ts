import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { FixVerdict } from '../../model/verdict.ts';
import type { JudgedWorkload, Judgement, Judgements } from '../telling.ts';
import { inTransaction } from '../transaction.ts';

/** Workloads in one query: databases take so many values and no more. */
const MOST_AT_ONCE = 1_000;

export class SqlJudgements implements Judgements {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  note(of: JudgedWorkload, at: number): Promise<void> {
    return inTransaction(this.#database, async (database) => {
      const known = await database
        .selectFrom('judgements')
        .select('rule')
        .where('repository', '=', of.repository)
        .where('pullRequest', '=', of.pullRequest)
        .where('workload', '=', of.workload)
        .where('rule', '=', of.rule)
        .executeTakeFirst();
      if (!known) await save(database, 'judgements', { ...of, verdict: null, at });
    });
  }

  async settle(repository: string, pullRequest: number, verdict: FixVerdict, at: number): Promise<void> {
    await this.#database
      .updateTable('judgements')
      .set({ verdict, at })
      .where('repository', '=', repository)
      .where('pullRequest', '=', pullRequest)
      .where(({ eb, or }) =>
        or([
          eb('verdict', 'is', null),
          eb.and([eb('verdict', '!=', verdict), eb('verdict', '!=', 'reverted')]),
        ]),
      )
      .execute();
  }

  async of(workloads: readonly string[]): Promise<readonly Judgement[]> {
    const asked = [...new Set(workloads)];
    const found: Judgement[] = [];
    for (let at = 0; at < asked.length; at += MOST_AT_ONCE) {
      const rows = await this.#database
        .selectFrom('judgements')
        .selectAll()
        .where('workload', 'in', asked.slice(at, at + MOST_AT_ONCE))
        .where('verdict', 'is not', null)
        .orderBy('at', 'desc')
        .orderBy('repository')
        .orderBy('pullRequest', 'desc')
        .execute();
      for (const { verdict, ...rest } of rows.map((row) => recordOf('judgements', row)))
        if (verdict !== null) found.push({ ...rest, verdict });
    }
    return found;
  }
}
