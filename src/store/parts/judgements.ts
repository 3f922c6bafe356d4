import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { FixVerdict } from '../../model/verdict.ts';
import type { JudgedWorkload, Judgement, Judgements } from '../telling.ts';
import { inTransaction } from '../transaction.ts';

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

  async of(workload: string, rule: string): Promise<readonly Judgement[]> {
    const rows = await this.#database
      .selectFrom('judgements')
      .selectAll()
      .where('workload', '=', workload)
      .where('rule', '=', rule)
      .where('verdict', 'is not', null)
      .orderBy('at', 'desc')
      .orderBy('repository')
      .orderBy('pullRequest', 'desc')
      .execute();
    return rows
      .map((row) => recordOf('judgements', row))
      .flatMap(({ verdict, ...rest }) => (verdict === null ? [] : [{ ...rest, verdict }]));
  }
}
