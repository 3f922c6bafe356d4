export interface StoreOptions {
  /** Told of each statement that writes, with the table and the seconds that it took. */
  readonly onWrite?: (table: string, seconds: number) => void;
}
