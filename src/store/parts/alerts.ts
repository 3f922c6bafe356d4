import type { Kysely } from 'kysely';
import type { ReceivedAlert } from '../../model/received-alert.ts';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { AlertKey, Alerts } from '../store.ts';

export class SqlAlerts implements Alerts {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async get({ cluster, source, id }: AlertKey): Promise<ReceivedAlert | null> {
    const row = await this.#database
      .selectFrom('alerts')
      .selectAll()
      .where('cluster', '=', cluster)
      .where('source', '=', source)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? recordOf('alerts', row) : null;
  }

  save(alert: ReceivedAlert): Promise<void> {
    return save(this.#database, 'alerts', alert);
  }

  async list(cluster?: string): Promise<readonly ReceivedAlert[]> {
    const all = this.#database.selectFrom('alerts').selectAll();
    const rows = await (cluster === undefined ? all : all.where('cluster', '=', cluster))
      .orderBy('receivedAt')
      .orderBy('source')
      .orderBy('id')
      .execute();
    return rows.map((row) => recordOf('alerts', row));
  }

  async forgetBefore(time: number): Promise<void> {
    await this.#database.deleteFrom('alerts').where('lastAt', '<', time).execute();
  }
}
