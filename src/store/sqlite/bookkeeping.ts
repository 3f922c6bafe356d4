import type { DatabaseSync } from 'node:sqlite';
import type {
  ContentWrite,
  Cursor,
  Cursors,
  Handled,
  HandledKind,
  IssuePurpose,
  Issues,
  WriteFilter,
  Writes,
} from '../store.ts';
import { Table } from './table.ts';

export class SqliteWrites implements Writes {
  readonly #table: Table<ContentWrite>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<ContentWrite>(database, 'writes', {
      repository: 'word',
      kind: 'word',
      at: 'word',
    });
  }

  record(write: ContentWrite): void {
    this.#table.save(write);
  }

  count({ since, repository, kind }: WriteFilter): number {
    return this.#table.count(
      'at >= ? AND repository = coalesce(?, repository) AND kind = coalesce(?, kind)',
      since,
      repository ?? null,
      kind ?? null,
    );
  }

  forgetBefore(time: number): number {
    return this.#table.remove('at < ?', time);
  }
}

interface HandledId {
  readonly kind: HandledKind;
  readonly id: string;
  readonly at: number;
}

export class SqliteHandled implements Handled {
  readonly #table: Table<HandledId>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<HandledId>(database, 'handled', { kind: 'word', id: 'word', at: 'word' });
  }

  has(kind: HandledKind, id: string): boolean {
    return this.#table.count('kind = ? AND id = ?', kind, id) > 0;
  }

  add(kind: HandledKind, id: string, at: number): boolean {
    if (this.has(kind, id)) return false;
    this.#table.save({ kind, id, at });
    return true;
  }

  forgetBefore(time: number): number {
    return this.#table.remove('at < ?', time);
  }
}

export class SqliteCursors implements Cursors {
  readonly #table: Table<Cursor & { readonly key: string }>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<Cursor & { readonly key: string }>(database, 'cursors', {
      key: 'word',
      value: 'word',
      etag: 'word',
    });
  }

  get(key: string): Cursor | null {
    const found = this.#table.first('WHERE "key" = ?', key);
    return found && { value: found.value, etag: found.etag };
  }

  set(key: string, { value, etag }: Cursor): void {
    this.#table.save({ key, value, etag });
  }

  remove(key: string): void {
    this.#table.remove('"key" = ?', key);
  }
}

interface KeptIssue {
  readonly repository: string;
  readonly purpose: IssuePurpose;
  readonly number: number;
}

export class SqliteIssues implements Issues {
  readonly #table: Table<KeptIssue>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<KeptIssue>(database, 'issues', {
      repository: 'word',
      purpose: 'word',
      number: 'word',
    });
  }

  get(repository: string, purpose: IssuePurpose): number | null {
    return this.#table.first('WHERE repository = ? AND purpose = ?', repository, purpose)?.number ?? null;
  }

  set(repository: string, purpose: IssuePurpose, number: number): void {
    this.#table.save({ repository, purpose, number });
  }

  remove(repository: string, purpose: IssuePurpose): void {
    this.#table.remove('repository = ? AND purpose = ?', repository, purpose);
  }
}
