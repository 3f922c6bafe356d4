/** One thing that can be read of a cluster, as its states name it: an object, a list, the events about an object. */
export type Read = string;

/** Is told of what is read. Times are milliseconds since the epoch. */
export interface ReadNotes {
  read(what: Read): void;
  /** The time itself was read. */
  now(): void;
  /** An answer holds until then, whatever changes. */
  until(time: number): void;
}

/** How a state tells what was read of it, and what of that has changed since an earlier one. */
export interface Tracking<State> {
  /** Names this state for `since`, without keeping it. */
  readonly mark: unknown;
  /** The same moment. All that is read of it is noted. */
  noting(notes: ReadNotes): State;
  /** What may read otherwise than in the state with this mark; null: everything. The time aside. */
  since(mark: unknown): Iterable<Read> | null;
}
