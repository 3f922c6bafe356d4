import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Json } from '../../kubernetes/objects.ts';
import { asJson } from '../canonical-json.ts';
import { maskedJson, maskedText } from '../masked.ts';

/** `word`: stored as it is. `text`: masked. `json`: masked, and stored as JSON. `flag`: a boolean, stored as 0 or 1. */
type ColumnType = 'word' | 'text' | 'json' | 'flag';

/** The columns of a table: every member of its records. */
export type Columns<R> = Readonly<Record<keyof R & string, ColumnType>>;

/** Rows of one table as records. Names of tables and conditions come from this program alone. */
export class Table<R extends object> {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #columns: readonly (readonly [name: string, type: ColumnType])[];
  readonly #save: StatementSync;
  readonly #queries = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, name: string, columns: Columns<R>) {
    this.#database = database;
    this.#name = name;
    this.#columns = Object.entries<ColumnType>(columns);
    const names = this.#columns.map(([column]) => `"${column}"`).join(', ');
    const places = this.#columns.map(() => '?').join(', ');
    this.#save = database.prepare(`INSERT OR REPLACE INTO ${name} (${names}) VALUES (${places})`);
  }

  /** Inserts a record, in place of the one with the same key. */
  save(record: R): void {
    const values = record as Readonly<Record<string, unknown>>;
    this.#save.run(...this.#columns.map(([name, type]) => toColumn(values[name], type)));
  }

  /** @param rest what follows `SELECT * FROM table` */
  all(rest: string, ...values: readonly SQLInputValue[]): readonly R[] {
    return this.#query(`SELECT * FROM ${this.#name} ${rest}`)
      .all(...values)
      .map((row) => this.#record(row));
  }

  first(rest: string, ...values: readonly SQLInputValue[]): R | null {
    const row = this.#query(`SELECT * FROM ${this.#name} ${rest}`).get(...values);
    return row ? this.#record(row) : null;
  }

  count(condition: string, ...values: readonly SQLInputValue[]): number {
    return Number(
      this.#query(`SELECT count(*) AS n FROM ${this.#name} WHERE ${condition}`).get(...values)!['n'],
    );
  }

  /** Answers with how many rows went. */
  remove(condition: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#query(`DELETE FROM ${this.#name} WHERE ${condition}`).run(...values).changes);
  }

  #query(sql: string): StatementSync {
    const known = this.#queries.get(sql) ?? this.#database.prepare(sql);
    this.#queries.set(sql, known);
    return known;
  }

  #record(row: Readonly<Record<string, unknown>>): R {
    return Object.fromEntries(this.#columns.map(([name, type]) => [name, fromColumn(row[name], type)])) as R;
  }
}

function toColumn(value: unknown, type: ColumnType): SQLInputValue {
  if (value === null) return null;
  if (type === 'json') return JSON.stringify(maskedJson(asJson(value)));
  if (type === 'flag') return value === true ? 1 : 0;
  return type === 'text' ? maskedText(value as string) : (value as string | number);
}

function fromColumn(value: unknown, type: ColumnType): unknown {
  if (value === null) return null;
  if (type === 'json') return JSON.parse(value as string) as Json;
  return type === 'flag' ? value === 1 : value;
}
