import { sweepMirrors } from '../git/mirror-folder.ts';
import type { Log } from './log.ts';

export interface SweepParts {
  /** Which has the mirrors, or a folder for each shard with its mirrors. */
  readonly folder: string;
  /** Bytes on disk that they may take together; null for any. */
  readonly maxBytes: number | null;
  readonly log: Log;
  readonly now: () => number;
}

/** Keeps the mirrors of a process within their budget. Says once that they cannot be, until they are. */
export class MirrorSweep {
  readonly #parts: SweepParts;
  #isOver = false;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  async sweep(): Promise<void> {
    const { folder, maxBytes, log, now } = this.#parts;
    if (maxBytes === null) return;
    const { removed, bytes, isOver } = await sweepMirrors({ folder, maxBytes, now });
    if (removed.length > 0)
      log.info({ removed, bytes, maxBytes }, 'removed mirrors that were used longest ago');
    if (isOver && !this.#isOver)
      log.warn({ bytes, maxBytes }, 'mirrors in use take more than mirrors.maxBytes');
    this.#isOver = isOver;
  }
}
