export interface WatchedFileParts {
  /** The content of the file; null where it cannot be read now. */
  readonly read: () => Promise<string | null>;
  /** Waits for some milliseconds, and keeps no process alive. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Told once of each new content. */
  readonly changed: () => Promise<void>;
}

/** Time between two reads, in milliseconds. */
const INTERVAL = 2_000;

/**
 * Tells when the content of a file is another one. It reads the file and waits for no event of the file system: a ConfigMap is swapped by a link two folders up, and
 * network file systems tell of nothing. A file that is being written has to read the same twice.
 */
export async function watchFile(
  { read, sleep, changed }: WatchedFileParts,
  isStopped: () => boolean,
): Promise<void> {
  let known = await read();
  let last = known;
  while (!isStopped()) {
    await sleep(INTERVAL);
    const now = await read();
    const isSettled = now !== null && now === last;
    last = now;
    if (!isSettled || now === known || isStopped()) continue;
    known = now;
    await changed();
  }
}
