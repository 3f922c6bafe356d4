import { sql, type CreateTableBuilder, type Kysely, type RawBuilder } from 'kysely';

/** What engines do each in its own way when tables are made. */
export interface Engine {
  /** The type of integers up to 2^53. */
  readonly integer: 'integer' | 'bigint';
  /** The type of texts. They are compared by their bytes. */
  readonly text: 'text' | RawBuilder<unknown>;
  /** What every CREATE TABLE ends with. */
  readonly tableEnd: 'strict' | '';
  /** How many of the migrations the database has had. */
  version(database: Tables): Promise<number>;
  setVersion(database: Tables, version: number): Promise<void>;
  /** Makes the database refuse every change of the audit log but records at its end, and the retirement of old ones. */
  guardAudit(database: Tables): Promise<void>;
}

/** Which tables there are depends on the version. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Tables = Kysely<any>;

/** `?`: may be null. */
type Column = 'text' | 'text?' | 'integer' | 'integer?';

export function table(
  database: Tables,
  { integer, text, tableEnd }: Engine,
  name: string,
  key: readonly string[],
  columns: Readonly<Record<string, Column>>,
): CreateTableBuilder<string, string> {
  const made = Object.entries(columns).reduce<CreateTableBuilder<string, string>>(
    (builder, [column, type]) =>
      builder.addColumn(column, type.startsWith('text') ? text : integer, (one) =>
        type.endsWith('?') ? one : one.notNull(),
      ),
    database.schema.createTable(name).modifyEnd(sql.raw(tableEnd)),
  );
  return key.length === 0 ? made : made.addPrimaryKeyConstraint(`${name}Key`, [...key]);
}

export async function index(
  database: Tables,
  name: string,
  on: string,
  columns: readonly string[],
): Promise<void> {
  await database.schema
    .createIndex(name)
    .on(on)
    .columns([...columns])
    .execute();
}
