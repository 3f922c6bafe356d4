import type { Read } from '../model/tracking.ts';

/** Who has worked out something from what was read. */
export interface Reader {
  /** Something that was read may read otherwise now. */
  touched(): void;
}

const NONE: ReadonlySet<Read> = new Set();

/** Who depends on which reads. */
export class Dependents {
  #readers = new Map<Read, Set<Reader>>();
  #reads = new Map<Reader, ReadonlySet<Read>>();

  /** From now on the reader depends on these reads, and on no others. */
  track(reader: Reader, reads: ReadonlySet<Read>): void {
    const before = this.#reads.get(reader) ?? NONE;
    for (const read of before) if (!reads.has(read)) this.#drop(read, reader);
    for (const read of reads) {
      if (before.has(read)) continue;
      const readers = this.#readers.get(read);
      if (readers) readers.add(reader);
      else this.#readers.set(read, new Set([reader]));
    }
    if (reads.size === 0) this.#reads.delete(reader);
    else this.#reads.set(reader, reads);
  }

  /** The reader depends on these reads as well. */
  trackAlso(reader: Reader, reads: ReadonlySet<Read>): void {
    const before = this.#reads.get(reader) ?? NONE;
    if ([...reads].some((read) => !before.has(read))) this.track(reader, new Set([...before, ...reads]));
  }

  forget(reader: Reader): void {
    this.track(reader, NONE);
  }

  touch(read: Read): void {
    for (const reader of this.#readers.get(read) ?? []) reader.touched();
  }

  isRead(read: Read): boolean {
    return this.#readers.has(read);
  }

  clear(): void {
    this.#readers = new Map();
    this.#reads = new Map();
  }

  #drop(read: Read, reader: Reader): void {
    const readers = this.#readers.get(read);
    readers?.delete(reader);
    if (readers?.size === 0) this.#readers.delete(read);
  }
}
