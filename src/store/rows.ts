import type { Kysely } from 'kysely';
import type { Json } from '../kubernetes/objects.ts';
import { asJson } from './canonical-json.ts';
import { maskedJson, maskedText } from './masked.ts';
import {
  COLUMNS,
  KEYS,
  type ColumnType,
  type Records,
  type Row,
  type Schema,
  type TableName,
} from './schema.ts';

/** A record as its table holds it: masked, with lists and records as JSON. */
export function rowOf<T extends TableName>(table: T, record: Records[T]): Row<T> {
  return mapped(table, record, toColumn) as Row<T>;
}

export function recordOf<T extends TableName>(table: T, row: Row<T>): Records[T] {
  return mapped(table, row, fromColumn) as Records[T];
}

/** Inserts a record, in place of the one with the same key. */
export function save<T extends TableName>(
  database: Kysely<Schema>,
  table: T,
  record: Records[T],
): Promise<void> {
  return saveRow(database, table, rowOf(table, record));
}

export async function saveRow<T extends TableName>(
  database: Kysely<Schema>,
  table: T,
  row: Row<T>,
): Promise<void> {
  // Through a parameter the compiler does not follow which columns belong to which table.
  const [name, values] = [table as 'cursors', row as unknown as Row<'cursors'>];
  await database
    .insertInto(name)
    .values(values)
    .onConflict((conflict) => conflict.columns([...KEYS[name]]).doUpdateSet(values))
    .execute();
}

/** So many are written by one statement. */
const TOGETHER = 500;

/** Inserts records, each in place of the one with the same key. */
export async function saveAll<T extends TableName>(
  database: Kysely<Schema>,
  table: T,
  records: readonly Records[T][],
): Promise<void> {
  const name = table as 'cursors';
  const columns = Object.keys(COLUMNS[table]) as 'value'[];
  for (let from = 0; from < records.length; from += TOGETHER) {
    const rows = records.slice(from, from + TOGETHER).map((record) => rowOf(table, record));
    await database
      .insertInto(name)
      .values(rows as unknown as Row<'cursors'>[])
      .onConflict((conflict) =>
        conflict
          .columns([...KEYS[name]])
          .doUpdateSet(({ ref }) =>
            Object.fromEntries(columns.map((column) => [column, ref(`excluded.${column}`)])),
          ),
      )
      .execute();
  }
}

function mapped(
  table: TableName,
  values: object,
  convert: (value: unknown, type: ColumnType) => unknown,
): object {
  return Object.fromEntries(
    Object.entries<ColumnType>(COLUMNS[table]).map(([name, type]) => [
      name,
      convert((values as Readonly<Record<string, unknown>>)[name], type),
    ]),
  );
}

function toColumn(value: unknown, type: ColumnType): unknown {
  if (value === null) return null;
  if (type === 'json') return JSON.stringify(maskedJson(asJson(value)));
  if (type === 'flag') return value === true ? 1 : 0;
  return type === 'text' ? maskedText(value as string) : value;
}

function fromColumn(value: unknown, type: ColumnType): unknown {
  if (value === null) return null;
  if (type === 'json') return JSON.parse(value as string) as Json;
  return type === 'flag' ? value === 1 : value;
}
