import type { Read } from '../model/tracking.ts';

/** So many reads are kept; who asks for what changed before them is told that everything has. */
const MOST_READS = 50_000;

interface Entry {
  readonly version: number;
  readonly reads: ReadonlySet<Read>;
}

/** What of a changing cluster reads otherwise from one version to the next. */
export class Journal {
  #version = 0;
  /** The oldest version of which all later changes are told. */
  #from = 0;
  #entries: Entry[] = [];
  #size = 0;
  #open = new Set<Read>();

  touch(read: Read): void {
    this.#open.add(read);
    if (this.#open.size > MOST_READS) this.touchAll();
  }

  /** From here on nothing is known of what was before. */
  touchAll(): void {
    this.#version += 1;
    this.#from = this.#version;
    this.#entries = [];
    this.#size = 0;
    this.#open = new Set();
  }

  /** The version that the cluster has now. */
  version(): number {
    if (this.#open.size > 0) {
      this.#version += 1;
      this.#entries.push({ version: this.#version, reads: this.#open });
      this.#size += this.#open.size;
      this.#open = new Set();
      while (this.#size > MOST_READS) {
        const oldest = this.#entries.shift()!;
        this.#size -= oldest.reads.size;
        this.#from = oldest.version;
      }
    }
    return this.#version;
  }

  /** What reads otherwise in version `to` than in version `from`; null: nobody knows any more. */
  between(from: number, to: number): ReadonlySet<Read> | null {
    if (from < this.#from || from > to) return null;
    const reads = new Set<Read>();
    for (const entry of this.#entries)
      if (entry.version > from && entry.version <= to) for (const read of entry.reads) reads.add(read);
    return reads;
  }
}
