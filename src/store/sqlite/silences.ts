import type { DatabaseSync } from 'node:sqlite';
import type { EvidenceKind, Ignore, Ignores, Snooze, Snoozes } from '../store.ts';
import { Table } from './table.ts';

export class SqliteSnoozes implements Snoozes {
  readonly #table: Table<Snooze>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<Snooze>(database, 'snoozes', {
      fingerprint: 'word',
      until: 'word',
      by: 'word',
      reason: 'text',
      at: 'word',
    });
  }

  set(snooze: Snooze): void {
    this.#table.save(snooze);
  }

  active(fingerprint: string, now: number): Snooze | null {
    return this.#table.first('WHERE fingerprint = ? AND until > ?', fingerprint, now);
  }

  list(now: number): readonly Snooze[] {
    return this.#table.all('WHERE until > ? ORDER BY until, fingerprint', now);
  }

  end(fingerprint: string): void {
    this.#table.remove('fingerprint = ?', fingerprint);
  }

  forgetBefore(time: number): number {
    return this.#table.remove('until < ?', time);
  }
}

export class SqliteIgnores implements Ignores {
  readonly #table: Table<Ignore>;

  constructor(database: DatabaseSync) {
    this.#table = new Table<Ignore>(database, 'ignores', {
      fingerprint: 'word',
      by: 'word',
      reason: 'text',
      at: 'word',
      evidenceKinds: 'json',
    });
  }

  set(ignore: Ignore): void {
    this.#table.save(ignore);
  }

  active(fingerprint: string, evidenceKinds: readonly EvidenceKind[]): Ignore | null {
    const ignore = this.#table.first('WHERE fingerprint = ?', fingerprint);
    return ignore && evidenceKinds.every((kind) => ignore.evidenceKinds.includes(kind)) ? ignore : null;
  }

  list(): readonly Ignore[] {
    return this.#table.all('ORDER BY at DESC, fingerprint');
  }

  end(fingerprint: string): void {
    this.#table.remove('fingerprint = ?', fingerprint);
  }
}
